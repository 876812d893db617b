#include "CAllocator.h"

#include <jemalloc/jemalloc.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

int casework_allocator_start(void) {
    bool on = true;
    return mallctl("background_thread", NULL, NULL, &on, sizeof on);
}

int casework_allocator_leave_sqlite_uncounted(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
