#ifndef CASEWORK_ALLOCATIONS_H
#define CASEWORK_ALLOCATIONS_H

#include <stdint.h>

/// How often this thread has asked for memory so far, or -1 where that cannot be counted.
int64_t casework_allocations(void);

#endif
