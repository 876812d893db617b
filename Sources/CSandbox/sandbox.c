#define _GNU_SOURCE
#include "casework_process.h"
#include "casework_sandbox.h"
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set_limit(__rlimit_resource_t resource, rlim_t value) {
    struct rlimit limit = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(resource, &limit) < 0 ? errno : 0;
}

/* SIGXCPU at the soft limit tells the server that the process is worn out; at the hard one it would be SIGKILL. */
static int limit_processor_time(uint64_t seconds) {
    struct rlimit limit = {.rlim_cur = seconds, .rlim_max = seconds + 1};
    return setrlimit(RLIMIT_CPU, &limit) < 0 ? errno : 0;
}

static int set_limits(casework_limits limits) {
    int error = set_limit(RLIMIT_AS, limits.memory_bytes);
    if (error == 0) error = limit_processor_time(limits.cpu_seconds);
    if (error == 0) error = set_limit(RLIMIT_FSIZE, 0);
    if (error == 0) error = set_limit(RLIMIT_CORE, 0);
    if (error == 0) error = set_limit(RLIMIT_NOFILE, 64);
    return error;
}

/* Rights and structures newer than the headers of the oldest supported distribution are spelled out. */
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

static uint64_t all_file_rights(int abi) {
    uint64_t rights = (1ull << 13) - 1;    /* ABI 1: execute … make symbolic link */
    if (abi >= 2) rights |= 1ull << 13; /* refer */
    if (abi >= 3) rights |= 1ull << 14; /* truncate */
    if (abi >= 5) rights |= 1ull << 15; /* device ioctl */
    return rights;
}

static size_t ruleset_size(int abi) {
    if (abi >= 6) return sizeof(struct ruleset);
    return abi >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, handled_access_net);
}

/* A place that does not exist needs no rule. */
static void allow_reading(int ruleset, const char *path, int is_directory) {
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return;
    uint64_t rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
    if (is_directory) rights |= LANDLOCK_ACCESS_FS_READ_DIR;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = place};
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(place);
}

/* Where the libraries of this process lie, those of its plugin lie too: the language's runtime, the C library. */
static int allow_directory_of(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    const char *slash = object->dlpi_name == NULL ? NULL : strrchr(object->dlpi_name, '/');
    char directory[4096];
    size_t length = slash == NULL ? 0 : (size_t)(slash - object->dlpi_name);
    if (length == 0 || length >= sizeof directory) return 0;
    memcpy(directory, object->dlpi_name, length);
    directory[length] = 0;
    allow_reading(*(int *)context, directory, 1);
    return 0;
}

static int restrict_files(int abi) {
    struct ruleset attributes = {
        .handled_access_fs = all_file_rights(abi),
        .handled_access_net = 3, /* bind and connect TCP */
        .scoped = 3,             /* abstract sockets and signals of other processes */
    };
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, ruleset_size(abi), 0);
    if (ruleset < 0) return errno;
    dl_iterate_phdr(allow_directory_of, &ruleset);
    static const char *const directories[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) allow_reading(ruleset, directories[i], 1);
    allow_reading(ruleset, "/etc/ld.so.cache", 0);
    int error = syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? errno : 0;
    close(ruleset);
    return error;
}

int casework_sandbox_enter(casework_limits limits, pid_t parent, char *missing, size_t room) {
    missing[0] = 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return errno;
    if (getppid() != parent) return ESRCH; /* it died before it could take us along */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
    if (prctl(PR_SET_DUMPABLE, 0) < 0) return errno;
    if (syscall(SYS_close_range, CASEWORK_SOCKET_FD + 1, ~0u, 0) < 0) return errno;
    int error = set_limits(limits);
    if (error != 0) return error;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi <= 0) {
        snprintf(missing, room, "this kernel has no Landlock (%s): a plugin may read files while it is loaded, "
                 "and none afterwards", strerror(errno));
    } else {
        error = restrict_files((int)abi);
        if (error != 0) return error;
    }
    return casework_filter_loading();
}

int casework_sandbox_close(void) { return casework_filter_serving(); }
