#include "CAllocator.h"

#include <jemalloc/jemalloc.h>
#include <stdbool.h>
#include <stddef.h>

int casework_allocator_start(void) {
    bool on = true;
    return mallctl("background_thread", NULL, NULL, &on, sizeof on);
}
