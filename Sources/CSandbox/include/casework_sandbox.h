/*
 * What a plugin's process may do (Linux). It shuts itself in before any byte of the library runs, loads it, and then
 * gives up opening files too.
 */
#ifndef CASEWORK_SANDBOX_H
#define CASEWORK_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct casework_limits {
    uint64_t memory_bytes; /* of address space */
    uint64_t cpu_seconds;  /* of the process's life */
} casework_limits;

/*
 * In the child, before the library is loaded: no new privileges, death with the parent, every other descriptor closed,
 * resource limits, files only to read and only where libraries lie, no network, no processes. Answers 0 or an errno
 * value. `missing` receives a sentence when the kernel lacks a part, else it is empty.
 */
int casework_sandbox_enter(casework_limits limits, pid_t parent, char *_Nonnull missing, size_t room);

/* In the child, when the library is loaded: no file is opened and no code is mapped any more. 0 or an errno value. */
int casework_sandbox_close(void);

#endif
