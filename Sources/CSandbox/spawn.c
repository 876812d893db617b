#define _GNU_SOURCE
#include "casework_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <unistd.h>

static int fail(int descriptor, int error) {
    close(descriptor);
    errno = error;
    return -1;
}

static int write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

int casework_sealed_copy(int source, const char *name, size_t limit) {
    int copy = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy < 0) return -1;
    char buffer[65536];
    size_t total = 0;
    for (;;) {
        ssize_t count = pread(source, buffer, sizeof buffer, (off_t)total);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(copy, errno);
        if (count == 0) break;
        total += (size_t)count;
        if (total > limit) return fail(copy, EFBIG);
        int error = write_all(copy, buffer, (size_t)count);
        if (error != 0) return fail(copy, error);
    }
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (fcntl(copy, F_ADD_SEALS, seals) < 0) return fail(copy, errno);
    return copy;
}

/* Above every number the child uses, so that no dup2 overwrites a descriptor that is still to be moved. */
static int lifted(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 16); }

static int add_descriptors(posix_spawn_file_actions_t *actions, const int lift[3]) {
    int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, lift[2], STDERR_FILENO);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, lift[0], CASEWORK_LIBRARY_FD);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, lift[1], CASEWORK_SOCKET_FD);
    return error;
}

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    return error;
}

int casework_spawn(
    const char *executable, char *const *arguments, char *const *environment, int library, int socket, int errors,
    pid_t *child) {
    int lift[3] = {lifted(library), lifted(socket), lifted(errors)};
    int error = lift[0] < 0 || lift[1] < 0 || lift[2] < 0 ? errno : 0;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (error == 0) error = add_descriptors(&actions, lift);
    if (error == 0) error = set_attributes(&attributes);
    if (error == 0) error = posix_spawn(child, executable, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 3; i++)
        if (lift[i] >= 0) close(lift[i]);
    return error;
}
