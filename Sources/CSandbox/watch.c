#define _GNU_SOURCE
#include "casework_process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int casework_forbid_dumps(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

int casework_pipe(int *ends) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK); }

int casework_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int casework_timer(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

void casework_timer_set(int timer, int64_t nanoseconds) {
    struct itimerspec time = {
        .it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000},
    };
    timerfd_settime(timer, 0, &time, NULL);
}

void casework_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
