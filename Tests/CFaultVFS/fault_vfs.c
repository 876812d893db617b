#include "fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A write or a truncation that the disk may not have. */
typedef struct Change {
    struct Change *next;
    int64_t offset;
    int64_t length; /* of a write; a truncation to `offset` has -1 */
    bool lost;      /* a failed sync was to bring it to the disk; none will */
    unsigned char bytes[];
} Change;

typedef struct Bytes {
    unsigned char *start;
    int64_t length;
} Bytes;

typedef struct Model {
    struct Model *next;
    char *path;
    Bytes durable;
    Change *first, *last;
    int64_t size; /* of the real file */
} Model;

typedef struct {
    sqlite3_file base;
    Model *model; /* NULL for temporary files */
    /* the real file follows */
} File;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *real;
static sqlite3_vfs vfs;
static Model *models;
static int64_t operations, power_fails_at = -1, sync_fails_in, limit = -1;
static bool power_failed;

static sqlite3_file *inner(sqlite3_file *file) { return (sqlite3_file *)((File *)file + 1); }

static void check_memory(const void *memory) {
    if (!memory) abort();
}

/* ---- the model; all under the lock ---- */

static void resize(Bytes *bytes, int64_t length) {
    if (length > bytes->length) {
        bytes->start = realloc(bytes->start, (size_t)length);
        check_memory(bytes->start);
        memset(bytes->start + bytes->length, 0, (size_t)(length - bytes->length));
    }
    bytes->length = length;
}

static void put(Bytes *bytes, const unsigned char *source, int64_t offset, int64_t length) {
    if (offset + length > bytes->length) resize(bytes, offset + length);
    memcpy(bytes->start + offset, source, (size_t)length);
}

/* Writing to a page of the operating system makes the whole page dirty again, and with it what a failed sync lost. */
static void revive(Model *model, int64_t offset, int64_t length) {
    const int64_t page = 4096;
    int64_t start = offset / page * page, end = (offset + length + page - 1) / page * page;
    for (Change *change = model->first; change; change = change->next)
        if (change->length > 0 && change->offset < end && change->offset + change->length > start) change->lost = false;
}

static void append(Model *model, const void *bytes, int64_t offset, int64_t length) {
    Change *change = calloc(1, sizeof(Change) + (length > 0 ? (size_t)length : 0));
    check_memory(change);
    change->offset = offset;
    change->length = length;
    if (length > 0) {
        revive(model, offset, length);
        memcpy(change->bytes, bytes, (size_t)length);
    }
    if (model->last) model->last->next = change; else model->first = change;
    model->last = change;
}

static void apply(Bytes *bytes, const Change *change) {
    if (change->length < 0) resize(bytes, change->offset);
    else put(bytes, change->bytes, change->offset, change->length);
}

static Change **last_link(Change **list) {
    while (*list) list = &(*list)->next;
    return list;
}

/* Once a truncation is on the disk, what was lost behind it is gone for good. */
static void drop_behind(Change **list, int64_t size) {
    while (*list) {
        Change *change = *list;
        if (change->offset < size) {
            list = &change->next;
            continue;
        }
        *list = change->next;
        free(change);
    }
}

/* Brings the changes to the disk. When the sync fails, writes are lost from then on; a truncation is not, for the
 * file's size goes through the file system's journal. */
static void synced(Model *model, bool failed) {
    Change *kept = NULL, *next;
    for (Change *change = model->first; change; change = next) {
        next = change->next;
        change->next = NULL;
        if (failed && change->length > 0) change->lost = true;
        if (failed || change->lost) {
            *last_link(&kept) = change;
            continue;
        }
        apply(&model->durable, change);
        if (change->length < 0) drop_behind(&kept, change->offset);
        free(change);
    }
    model->first = kept;
    model->last = NULL;
    for (Change *change = kept; change; change = change->next) model->last = change;
}

static Model *find(const char *path) {
    for (Model *model = models; model; model = model->next)
        if (strcmp(model->path, path) == 0) return model;
    return NULL;
}

static void forget(Model *model) {
    for (Model **link = &models; *link; link = &(*link)->next) {
        if (*link != model) continue;
        *link = model->next;
        break;
    }
    for (Change *change = model->first, *next; change; change = next) {
        next = change->next;
        free(change);
    }
    free(model->durable.start);
    free(model->path);
    free(model);
}

/* What lies in the file when it is first opened counts as durable. */
static Model *learn(const char *path, sqlite3_file *file) {
    Model *model = find(path);
    if (model) return model;
    model = calloc(1, sizeof(Model));
    check_memory(model);
    model->path = strdup(path);
    check_memory(model->path);
    sqlite3_int64 size = 0;
    if (file->pMethods->xFileSize(file, &size) == SQLITE_OK && size > 0) {
        resize(&model->durable, size);
        file->pMethods->xRead(file, model->durable.start, (int)size, 0);
    }
    model->size = size;
    model->next = models;
    models = model;
    return model;
}

static int64_t total_size(void) {
    int64_t sum = 0;
    for (Model *model = models; model; model = model->next) sum += model->size;
    return sum;
}

/* Counts an operation; true when the power is gone. `now` tells that it went with this one. */
static bool count_operation(bool *now) {
    operations++;
    *now = !power_failed && power_fails_at >= 0 && operations >= power_fails_at;
    if (*now) power_failed = true;
    return power_failed;
}

/* ---- the methods of a file ---- */

static int fault_close(sqlite3_file *file) { return inner(file)->pMethods->xClose(inner(file)); }

static int fault_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    return inner(file)->pMethods->xRead(inner(file), bytes, count, offset);
}

static int write_locked(Model *model, sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    bool now;
    if (count_operation(&now)) {
        if (now) append(model, bytes, offset, count);
        return SQLITE_IOERR_WRITE;
    }
    int64_t growth = offset + count > model->size ? offset + count - model->size : 0;
    int allowed = count;
    if (limit >= 0 && growth > 0 && total_size() + growth > limit) allowed = count / 2;
    int result = file->pMethods->xWrite(file, bytes, allowed, offset);
    if (result != SQLITE_OK) return result;
    append(model, bytes, offset, allowed);
    if (offset + allowed > model->size) model->size = offset + allowed;
    return allowed == count ? SQLITE_OK : SQLITE_FULL;
}

static int fault_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    Model *model = ((File *)file)->model;
    if (!model) return inner(file)->pMethods->xWrite(inner(file), bytes, count, offset);
    pthread_mutex_lock(&lock);
    int result = write_locked(model, inner(file), bytes, count, offset);
    pthread_mutex_unlock(&lock);
    return result;
}

static int truncate_locked(Model *model, sqlite3_file *file, sqlite3_int64 size) {
    bool now;
    if (count_operation(&now)) {
        if (now) append(model, NULL, size, -1);
        return SQLITE_IOERR_TRUNCATE;
    }
    int result = file->pMethods->xTruncate(file, size);
    if (result != SQLITE_OK) return result;
    append(model, NULL, size, -1);
    model->size = size;
    return SQLITE_OK;
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size) {
    Model *model = ((File *)file)->model;
    if (!model) return inner(file)->pMethods->xTruncate(inner(file), size);
    pthread_mutex_lock(&lock);
    int result = truncate_locked(model, inner(file), size);
    pthread_mutex_unlock(&lock);
    return result;
}

/* The real file need not be synced: the model is the disk. */
static int fault_sync(sqlite3_file *file, int flags) {
    (void)flags;
    Model *model = ((File *)file)->model;
    if (!model) return SQLITE_OK;
    pthread_mutex_lock(&lock);
    bool now;
    int result = count_operation(&now) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    if (result == SQLITE_OK) {
        bool failed = sync_fails_in > 0 && --sync_fails_in == 0;
        synced(model, failed);
        if (failed) result = SQLITE_IOERR_FSYNC;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return inner(file)->pMethods->xFileSize(inner(file), size);
}
static int fault_lock(sqlite3_file *file, int level) { return inner(file)->pMethods->xLock(inner(file), level); }
static int fault_unlock(sqlite3_file *file, int level) { return inner(file)->pMethods->xUnlock(inner(file), level); }
static int fault_check_lock(sqlite3_file *file, int *held) {
    return inner(file)->pMethods->xCheckReservedLock(inner(file), held);
}
/* A size hint would make the real file longer than what was written to it. */
static int fault_control(sqlite3_file *file, int operation, void *argument) {
    if (operation == SQLITE_FCNTL_SIZE_HINT) return SQLITE_OK;
    return inner(file)->pMethods->xFileControl(inner(file), operation, argument);
}
static int fault_sector_size(sqlite3_file *file) { return inner(file)->pMethods->xSectorSize(inner(file)); }
static int fault_device(sqlite3_file *file) { return inner(file)->pMethods->xDeviceCharacteristics(inner(file)); }
static int fault_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
    return inner(file)->pMethods->xShmMap(inner(file), page, size, extend, memory);
}
static int fault_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return inner(file)->pMethods->xShmLock(inner(file), offset, count, flags);
}
static void fault_shm_barrier(sqlite3_file *file) { inner(file)->pMethods->xShmBarrier(inner(file)); }
static int fault_shm_unmap(sqlite3_file *file, int remove) {
    return inner(file)->pMethods->xShmUnmap(inner(file), remove);
}

/* Version 2: without memory mapping, whose writes could not be seen. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_file_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_check_lock,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector_size,
    .xDeviceCharacteristics = fault_device,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

/* ---- the VFS ---- */

static int fault_open(sqlite3_vfs *self, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags) {
    (void)self;
    file->pMethods = NULL;
    int result = real->xOpen(real, name, inner(file), flags, out_flags);
    if (result != SQLITE_OK) return result;
    ((File *)file)->model = NULL;
    if (name) {
        pthread_mutex_lock(&lock);
        ((File *)file)->model = learn(name, inner(file));
        pthread_mutex_unlock(&lock);
    }
    file->pMethods = &methods;
    return SQLITE_OK;
}

static int fault_delete(sqlite3_vfs *self, const char *name, int sync_folder) {
    (void)self;
    pthread_mutex_lock(&lock);
    int result = power_failed ? SQLITE_IOERR_DELETE : real->xDelete(real, name, sync_folder);
    if (result == SQLITE_OK) {
        Model *model = find(name);
        if (model) forget(model);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

bool fault_vfs_install(void) {
    if (real) return true;
    real = sqlite3_vfs_find(NULL);
    if (!real) return false;
    vfs = *real;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(File) + real->szOsFile;
    vfs.xOpen = fault_open;
    vfs.xDelete = fault_delete;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}

void fault_vfs_reset(void) {
    pthread_mutex_lock(&lock);
    while (models) forget(models);
    operations = 0;
    power_fails_at = -1;
    power_failed = false;
    sync_fails_in = 0;
    limit = -1;
    pthread_mutex_unlock(&lock);
}

#define LOCKED(type, expression)       \
    pthread_mutex_lock(&lock);         \
    type value = (expression);         \
    pthread_mutex_unlock(&lock);       \
    return value;

int64_t fault_vfs_operations(void) { LOCKED(int64_t, operations) }
bool fault_vfs_power_failed(void) { LOCKED(bool, power_failed) }
int64_t fault_vfs_size(void) { LOCKED(int64_t, total_size()) }

void fault_vfs_fail_power_at(int64_t operation) {
    pthread_mutex_lock(&lock);
    power_fails_at = operation;
    pthread_mutex_unlock(&lock);
}

void fault_vfs_fail_sync(int64_t sync) {
    pthread_mutex_lock(&lock);
    sync_fails_in = sync;
    pthread_mutex_unlock(&lock);
}

void fault_vfs_limit(int64_t bytes) {
    pthread_mutex_lock(&lock);
    limit = bytes;
    pthread_mutex_unlock(&lock);
}

/* ---- images ---- */

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void apply_some(Bytes *image, const Change *change, uint64_t *random, uint64_t odds, int64_t sector) {
    if (change->length < 0) {
        if (draw(random) % 16 < odds) resize(image, change->offset);
        return;
    }
    int64_t end = change->offset + change->length;
    for (int64_t at = change->offset; at < end;) {
        int64_t stop = (at / sector + 1) * sector;
        if (stop > end) stop = end;
        if (draw(random) % 16 < odds) put(image, change->bytes + (at - change->offset), at, stop - at);
        at = stop;
    }
}

static bool write_file(const char *path, const Bytes *bytes) {
    FILE *file = fopen(path, "wb");
    if (!file) return false;
    bool written = fwrite(bytes->start, 1, (size_t)bytes->length, file) == (size_t)bytes->length;
    return fclose(file) == 0 && written;
}

static bool write_image_of(const Model *model, const char *path, uint64_t *random, int64_t sector) {
    /* From nothing of what was not synced to all of it: both ends and what lies between. */
    uint64_t odds = draw(random) % 17;
    Bytes image = {0};
    if (model->durable.length > 0) put(&image, model->durable.start, 0, model->durable.length);
    for (const Change *change = model->first; change; change = change->next)
        apply_some(&image, change, random, odds, sector);
    bool written = write_file(path, &image);
    free(image.start);
    return written;
}

bool fault_vfs_write_image(const char *from, const char *to, uint64_t seed, int64_t sector) {
    bool complete = true;
    uint64_t random = seed;
    pthread_mutex_lock(&lock);
    for (const Model *model = models; model; model = model->next) {
        if (strncmp(model->path, from, strlen(from)) != 0) continue;
        char path[4096];
        snprintf(path, sizeof path, "%s%s", to, model->path + strlen(from));
        if (!write_image_of(model, path, &random, sector)) complete = false;
    }
    pthread_mutex_unlock(&lock);
    return complete;
}
