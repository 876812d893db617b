/*
 * Allow lists. What is not on the list answers EPERM, so that a plugin that tries gets an error it can report. The
 * second filter is laid over the first; a call must pass both.
 */
#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#error "the plugin sandbox knows x86-64 and AArch64"
#endif

/* Enough to compute, to talk over open descriptors, and to die. */
static const int serving[] = {
    SYS_read, SYS_readv, SYS_write, SYS_writev, SYS_sendto, SYS_sendmsg, SYS_recvfrom, SYS_recvmsg, SYS_ppoll,
    SYS_close, SYS_fstat, SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_clock_gettime,
    SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getrandom, SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn, SYS_sigaltstack, SYS_sched_yield, SYS_restart_syscall, SYS_getpid, SYS_gettid, SYS_exit,
    SYS_exit_group,
#ifdef SYS_poll
    SYS_poll,
#endif
};

/* What the dynamic linker needs besides. */
static const int loading[] = {
    SYS_newfstatat, SYS_pread64, SYS_lseek, SYS_readlinkat, SYS_faccessat, SYS_faccessat2, SYS_statx, SYS_getcwd,
    SYS_prctl, SYS_seccomp, SYS_uname, SYS_sched_getaffinity,
#ifdef SYS_access
    SYS_access,
#endif
#ifdef SYS_readlink
    SYS_readlink,
#endif
#ifdef SYS_stat
    SYS_stat,
#endif
};

enum { ROOM = 128 };

struct program {
    struct sock_filter code[ROOM];
    unsigned short count;
};

static void add(struct program *p, struct sock_filter instruction) {
    if (p->count < ROOM) p->code[p->count] = instruction;
    p->count++;
}

#define STATEMENT(code, k) ((struct sock_filter)BPF_STMT(code, k))
#define JUMP(code, k, yes, no) ((struct sock_filter)BPF_JUMP(code, k, yes, no))
#define LOAD(field) STATEMENT(BPF_LD | BPF_W | BPF_ABS, field)
#define ALLOW STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define DENY STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
/* Little-endian: the low half of an argument lies first. */
#define ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8 * (i))

static void begin(struct program *p) {
    add(p, LOAD(offsetof(struct seccomp_data, arch)));
    add(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0));
    add(p, STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    add(p, LOAD(offsetof(struct seccomp_data, nr)));
#if defined(__x86_64__)
    add(p, JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1)); /* the x32 interface */
    add(p, DENY);
#endif
}

static void allow(struct program *p, int number) {
    add(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1));
    add(p, ALLOW);
}

/* Allows the call unless its argument has one of these bits. */
static void allow_without(struct program *p, int number, int argument, uint32_t bits) {
    add(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
    add(p, LOAD((uint32_t)ARGUMENT(argument)));
    add(p, JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
    add(p, DENY);
    add(p, ALLOW);
}

/* Allows the call only for this value of its first argument. */
static void allow_first(struct program *p, int number, uint32_t value) {
    add(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
    add(p, LOAD((uint32_t)ARGUMENT(0)));
    add(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    add(p, DENY);
    add(p, ALLOW);
}

static int install(struct program *p) {
    add(p, DENY);
    if (p->count > ROOM) return E2BIG;
    struct sock_fprog filter = {.len = p->count, .filter = p->code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0 ? errno : 0;
}

static void allow_serving(struct program *p) {
    for (size_t i = 0; i < sizeof serving / sizeof *serving; i++) allow(p, serving[i]);
    allow_first(p, SYS_tgkill, (uint32_t)getpid()); /* abort() */
}

int casework_filter_loading(void) {
    struct program p = {.count = 0};
    begin(&p);
    allow_serving(&p);
    for (size_t i = 0; i < sizeof loading / sizeof *loading; i++) allow(&p, loading[i]);
    allow(&p, SYS_mmap);
    allow(&p, SYS_mprotect);
    allow_without(&p, SYS_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND);
    return install(&p);
}

int casework_filter_serving(void) {
    struct program p = {.count = 0};
    begin(&p);
    allow_serving(&p);
    allow_without(&p, SYS_mmap, 2, PROT_EXEC);
    allow_without(&p, SYS_mprotect, 2, PROT_EXEC);
    return install(&p);
}
