/*
 * How a plugin's process is started and watched (Linux): calls that Swift's view of the C library lacks.
 */
#ifndef CASEWORK_PROCESS_H
#define CASEWORK_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors the child finds open besides 0, 1 and 2. */
enum { CASEWORK_LIBRARY_FD = 3, CASEWORK_SOCKET_FD = 4 };

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

/* No core file of this process, nor a look into its memory by another user: it holds keys. 0 or an errno value. */
int casework_forbid_dumps(void);

/* A non-blocking pipe, a counter to wake a thread by, and a timer to poll. All are close-on-exec. -1 with errno. */
int casework_pipe(int *_Nonnull ends);
int casework_event(void);
int casework_timer(void);

/* From now; 0 nanoseconds stop the timer. */
void casework_timer_set(int timer, int64_t nanoseconds);

/* Names the calling thread; at most 15 bytes. */
void casework_name_thread(const char *_Nonnull name);

#endif
