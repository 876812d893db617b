/*
 * A plugin's process: how it is started and what it may do (Linux).
 *
 * The parent copies a library into a sealed memory file and starts the child with it. The child shuts itself in before
 * any byte of the library runs (`casework_sandbox_enter`), loads it, and then gives up opening files too
 * (`casework_sandbox_close`).
 */
#ifndef CASEWORK_SANDBOX_H
#define CASEWORK_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors the child finds open besides 0, 1 and 2. */
enum { CASEWORK_LIBRARY_FD = 3, CASEWORK_SOCKET_FD = 4 };

typedef struct casework_limits {
    uint64_t memory_bytes; /* of address space */
    uint64_t cpu_seconds;  /* of the process's life */
} casework_limits;

/*
 * Makes a sealed copy of `source` (an open file, from its start) in memory: nobody can change it any more. Answers its
 * descriptor (close-on-exec), or -1 with errno; EFBIG beyond `limit` bytes.
 */
int casework_sealed_copy(int source, const char *_Nonnull name, size_t limit);

/*
 * Starts `executable` with the library as descriptor 3, the socket as 4, `errors` as standard error, nothing else open
 * that is marked close-on-exec, in a session of its own. Answers 0, or an errno value.
 */
int casework_spawn(
    const char *_Nonnull executable, char *_Nullable const *_Nonnull arguments,
    char *_Nullable const *_Nonnull environment, int library, int socket, int errors, pid_t *_Nonnull child);

/*
 * In the child, before the library is loaded: no new privileges, death with the parent, every other descriptor closed,
 * resource limits, files only to read and only where libraries lie, no network, no processes. Answers 0 or an errno
 * value. `missing` receives a sentence when the kernel lacks a part, else it is empty.
 */
int casework_sandbox_enter(casework_limits limits, pid_t parent, char *_Nonnull missing, size_t room);

/* In the child, when the library is loaded: no file is opened and no code is mapped any more. 0 or an errno value. */
int casework_sandbox_close(void);

#endif
