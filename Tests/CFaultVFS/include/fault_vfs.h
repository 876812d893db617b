#ifndef CASEWORK_FAULT_VFS_H
#define CASEWORK_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An SQLite VFS named "fault" for tests of durability. It works on real files, and beside them keeps what a disk would
 * hold if the power failed now: for each file the bytes as of its last sync, and the writes since.
 *
 * One world for the process: tests that use it run one after another.
 */

/* Registers the VFS; again does nothing. False if SQLite refuses. */
bool fault_vfs_install(void);

/* Forgets all files and faults. No file may be open. */
void fault_vfs_reset(void);

/* Writes, truncations and syncs so far. */
int64_t fault_vfs_operations(void);

/* The power fails at operation number `operation` (counted as above): it and all later ones fail, and of it only parts
 * may reach the disk. */
void fault_vfs_fail_power_at(int64_t operation);
bool fault_vfs_power_failed(void);

/* Sync number `sync` from now (1 = the next) fails once. What it should have made durable counts as written to the
 * operating system, but no later sync brings it to the disk: that is how Linux behaves. */
void fault_vfs_fail_sync(int64_t sync);

/* The disk has room for this many bytes in all; a write beyond is cut short and fails. Negative: no limit. */
void fault_vfs_limit(int64_t bytes);
/* Bytes in all files now. */
int64_t fault_vfs_size(void);

/*
 * Writes what the disk may hold after a power failure: each file whose path begins with `from` goes to the same path
 * with `to` instead. Of the unsynced writes each sector (a power of two, in bytes) is there or not as `seed` decides.
 * False if a file cannot be written.
 */
bool fault_vfs_write_image(const char *from, const char *to, uint64_t seed, int64_t sector);

#endif
