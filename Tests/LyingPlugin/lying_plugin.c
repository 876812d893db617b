#define _GNU_SOURCE
#include "lying_plugin.h"

#include <casework_plugin.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Manifest: name "lying", version "1.0.0", pool "rural-revitalization", number prefix "LY". */
static const char manifest[] = "\012\005lying\022\0051.0.0\052\024rural-revitalization\112\002LY";

static const char chart[] =
    "{\"chart\":\"lying\",\"format\":1,\"initial\":[\"intake\"],\"label\":{\"en\":\"Lying\",\""
    "zh\":\"说谎\"},\"states\":[{\"id\":\"intake\",\"label\":{\"en\":\"Intake\",\"zh\":\"收件\"},\"tr"
    "ansitions\":[{\"by\":[\"agent\"],\"do\":[\"obey\"],\"event\":\"case.open\",\"to\":[\"ope"
    "n\"]}]},{\"id\":\"open\",\"label\":{\"en\":\"In process\",\"zh\":\"办理中\"},\"transitions\""
    ":[{\"by\":[\"agent\"],\"do\":[\"obey\"],\"event\":\"do.*\",\"if\":\"obeys\"},{\"by\":[\"age"
    "nt\"],\"event\":\"end\",\"to\":[\"ended\"]}]},{\"final\":true,\"id\":\"ended\",\"label\":"
    "{\"en\":\"Ended\",\"zh\":\"结束\"}}]}";

/* The decision at hand, copied. */
static struct {
    char event[64];
    uint8_t payload[1 << 20];
    size_t count;
    int acted;
} now;

static casework_bytes text(const char *string) {
    return (casework_bytes){.start = (const uint8_t *)string, .count = strlen(string)};
}

static int is(const char *event) { return strcmp(now.event, event) == 0; }

static int32_t describe(void *instance, casework_sink sink) {
    (void)instance;
    sink.write(sink.context, CASEWORK_MANIFEST, (casework_bytes){(const uint8_t *)manifest, sizeof manifest - 1});
    sink.write(sink.context, CASEWORK_CHART, text(chart));
    sink.write(sink.context, CASEWORK_GUARD, text("obeys"));
    sink.write(sink.context, CASEWORK_ACTION, text("obey"));
    return CASEWORK_OK;
}

static int32_t begin(void *instance, const casework_decision *decision, casework_sink sink) {
    (void)instance;
    (void)sink;
    if (decision->event.count >= sizeof now.event) return CASEWORK_NOT_OK;
    if (decision->payload.count > sizeof now.payload) return CASEWORK_NOT_OK;
    if (decision->event.count > 0) memcpy(now.event, decision->event.start, decision->event.count);
    now.event[decision->event.count] = 0;
    if (decision->payload.count > 0) memcpy(now.payload, decision->payload.start, decision->payload.count);
    now.count = decision->payload.count;
    now.acted = 0;
    return CASEWORK_OK;
}

static void say(void) {
    size_t done = 0;
    while (done < now.count) {
        ssize_t count = write(4, now.payload + done, now.count - done);
        if (count <= 0) break;
        done += (size_t)count;
    }
    for (;;) pause();
}

static void eat(void) {
    for (;;) {
        char *block = malloc(1 << 20);
        if (block == NULL) __builtin_trap();
        memset(block, 1, 1 << 20);
    }
}

static void chatter(void) {
    for (int i = 0; i < 1000; i++) fprintf(stderr, "line %d\n", i);
}

/* What code that runs while the library is loaded, before the plugin is asked anything, could do: errno, or 0. */
static struct {
    int open, socket, write;
} loading;

__attribute__((constructor)) static void try_while_loading(void) {
    loading.open = open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
    loading.write = open("/tmp/casework-lying", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
    loading.socket = socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int attempted(int error) {
    errno = error;
    return error == 0 ? 0 : -1;
}

static int attempt(void) {
    if (is("do.try.loading.open")) return attempted(loading.open);
    if (is("do.try.loading.write")) return attempted(loading.write);
    if (is("do.try.loading.socket")) return attempted(loading.socket);
    if (is("do.try.open")) return open("/proc/self/status", O_RDONLY);
    if (is("do.try.socket")) return socket(AF_INET, SOCK_STREAM, 0);
    if (is("do.try.fork")) return fork();
    if (is("do.try.kill")) return kill(getppid(), 0);
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? -1 : 0;
}

static int32_t guard(void *instance, uint32_t index, casework_sink sink) {
    (void)instance;
    (void)index;
    if (is("do.number")) return 42;
    if (is("do.say")) say();
    if (is("do.hang"))
        for (volatile int i = 0;; i++) {}
    if (is("do.nap")) usleep(100000);
    if (is("do.trap")) __builtin_trap();
    if (is("do.exit")) _exit(7);
    if (is("do.eat")) eat();
    if (is("do.write")) chatter();
    if (strncmp(now.event, "do.try.", 7) == 0 && attempt() < 0) {
        sink.write(sink.context, CASEWORK_REASON, text(strerrorname_np(errno)));
        return CASEWORK_NO;
    }
    return CASEWORK_YES;
}

static int32_t action(void *instance, uint32_t index, casework_sink sink) {
    (void)instance;
    (void)index;
    (void)sink;
    now.acted = 1;
    return CASEWORK_DONE;
}

static void finish(void *instance, casework_sink sink) {
    (void)instance;
    casework_bytes payload = {.start = now.payload, .count = now.count};
    casework_bytes nothing = {.start = NULL, .count = 0};
    if (now.acted && !is("do.none")) sink.write(sink.context, CASEWORK_EFFECTS, is("do.effects") ? payload : nothing);
    if (now.acted) sink.write(sink.context, CASEWORK_RECORD, payload);
}

static void close_instance(void *instance) { (void)instance; }

int32_t casework_plugin_main(const casework_host *host, casework_plugin *plugin) {
    if (host->abi != CASEWORK_PLUGIN_ABI || plugin->size < sizeof *plugin) return CASEWORK_NOT_OK;
    *plugin = (casework_plugin){
        .abi = CASEWORK_PLUGIN_ABI, .size = sizeof *plugin, .describe = describe, .begin = begin, .guard = guard,
        .action = action, .finish = finish, .close = close_instance,
    };
    return CASEWORK_OK;
}
