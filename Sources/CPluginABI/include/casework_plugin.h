/*
 * The boundary between Casework and a case type's shared library (C11).
 *
 * A library exports one function, casework_plugin_main. It fills a table of functions; the host calls them to learn
 * what the plugin is and, one decision at a time, to ask its guards and perform its actions. Handlers are pure: all
 * that a decision may depend on is given to `begin`, all that it asks for is handed over by `finish`.
 *
 * Versions. Both sides give `abi` and `size`. `abi` changes only when old plugins can no longer be called. Functions
 * and fields are only appended; a side reads no field that lies beyond the size the other side gave.
 *
 * Memory. Every buffer is borrowed for the duration of the call that carries it, in both directions. What a plugin
 * has to say it writes to the sink it was given, which copies. A sink is not used after the call has returned.
 *
 * Threads. One decision at a time per instance: the host makes no call while another is running. A plugin starts no
 * thread and calls nothing of the host but sinks and `log`.
 *
 * Messages named Facts, Effects and Manifest are those of Schemas/casework/plugin/v1/decision.proto, encoded.
 */
#ifndef CASEWORK_PLUGIN_H
#define CASEWORK_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if __has_feature(nullability)
#define CASEWORK_NULLABLE _Nullable
#define CASEWORK_NONNULL _Nonnull
#else
#define CASEWORK_NULLABLE
#define CASEWORK_NONNULL
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define CASEWORK_PLUGIN_ABI 1u

/* `start` may be null only when `count` is 0. */
typedef struct casework_bytes {
    const uint8_t *CASEWORK_NULLABLE start;
    size_t count;
} casework_bytes;

/* What a buffer written to a sink is. */
enum {
    CASEWORK_MANIFEST = 1,    /* describe: a Manifest message */
    CASEWORK_CHART = 2,       /* describe: the chart as canonical JSON */
    CASEWORK_GUARD = 3,       /* describe: a guard's name; once a guard, in the order of their indices */
    CASEWORK_ACTION = 4,      /* describe: an action's name; likewise */
    CASEWORK_DESCRIPTORS = 5, /* describe: a google.protobuf.FileDescriptorSet of records and payloads */
    CASEWORK_REASON = 6,      /* begin, guard, action: why; a sentence in Chinese and English parted by " | " */
    CASEWORK_RAISED = 7,      /* action: the name of an internal event it raises; once an event, in order */
    CASEWORK_EFFECTS = 8,     /* finish: an Effects message; once an action that was done or refused, in order */
    CASEWORK_RECORD = 9       /* finish: the record after the decision; not written when it is unchanged */
};

typedef struct casework_sink {
    void *CASEWORK_NULLABLE context;
    void (*CASEWORK_NONNULL write)(void *CASEWORK_NULLABLE context, uint32_t part, casework_bytes bytes);
} casework_sink;

/* Answers of `guard`. Any other value is an illegal answer. */
enum { CASEWORK_NO = 0, CASEWORK_YES = 1, CASEWORK_GUARD_FAILED = 2, CASEWORK_NEEDS_PAYLOAD = 3 };

/* Answers of `action`. A failed action left record and effects as they were; a refused one ends the decision. */
enum { CASEWORK_DONE = 0, CASEWORK_ACTION_FAILED = 1, CASEWORK_REFUSED = 2 };

/* Answers of `describe` and `begin`. */
enum { CASEWORK_OK = 0, CASEWORK_NOT_OK = 1 };

typedef struct casework_decision {
    uint32_t size;          /* of this struct, in bytes */
    uint32_t has_payload;   /* 0 when a guard is asked by itself, before there is a payload */
    casework_bytes facts;   /* a Facts message */
    casework_bytes record;  /* empty for a case being opened */
    casework_bytes event;   /* UTF-8 name of the event, or the id of the timer; empty when a guard is asked by itself */
    casework_bytes payload; /* the message the manifest names for the event */
} casework_decision;

typedef struct casework_host {
    uint32_t abi;
    uint32_t size; /* of this struct, in bytes; it outlives the instance */
    void *CASEWORK_NULLABLE context;
    void (*CASEWORK_NONNULL log)(void *CASEWORK_NULLABLE context, casework_bytes line);
} casework_host;

typedef struct casework_plugin {
    uint32_t abi;  /* in: the host's; out: the plugin's */
    uint32_t size; /* in: the room the host has; out: what the plugin filled, at most that */
    void *CASEWORK_NULLABLE instance; /* passed to every function */
    int32_t (*CASEWORK_NULLABLE describe)(void *CASEWORK_NULLABLE instance, casework_sink sink);
    int32_t (*CASEWORK_NULLABLE begin)(
        void *CASEWORK_NULLABLE instance, const casework_decision *CASEWORK_NONNULL decision, casework_sink sink);
    int32_t (*CASEWORK_NULLABLE guard)(void *CASEWORK_NULLABLE instance, uint32_t index, casework_sink sink);
    int32_t (*CASEWORK_NULLABLE action)(void *CASEWORK_NULLABLE instance, uint32_t index, casework_sink sink);
    /* Called once after every begin, whatever was answered since; frees the decision. */
    void (*CASEWORK_NULLABLE finish)(void *CASEWORK_NULLABLE instance, casework_sink sink);
    void (*CASEWORK_NULLABLE close)(void *CASEWORK_NULLABLE instance); /* the last call; frees the instance */
} casework_plugin;

/* Answers CASEWORK_OK with the table filled, or CASEWORK_NOT_OK when it cannot serve this host. */
int32_t casework_plugin_main(
    const casework_host *CASEWORK_NONNULL host, casework_plugin *CASEWORK_NONNULL plugin);

#ifdef __cplusplus
}
#endif

#endif
