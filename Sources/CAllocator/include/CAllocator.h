#ifndef CASEWORK_ALLOCATOR_H
#define CASEWORK_ALLOCATOR_H

/// Takes the process's memory from jemalloc, which whoever calls this is linked with, and lets a thread of its own
/// give pages back to the system, not the thread that happens to free one.
///
/// Returns 0, or an error number when jemalloc cannot start that thread; memory is jemalloc's nevertheless.
int casework_allocator_start(void);

/// Spares the system's SQLite the count of what it has allocated, which nobody asks for and which costs a lock each
/// time. To be called before anything else of SQLite.
///
/// Returns 0, or SQLite's result code when it was too late.
int casework_allocator_leave_sqlite_uncounted(void);

#endif
