// The least that any program must do to make the rows of transport subsidies durable: the store's own tables, the same
// statements in the same batches, rows of the sizes measured in a real store; no kernel, no plugin, no sealing, no
// hashing, no wire. What it reaches is what SQLite and the disk give; Casework is measured against it.
//
//   sqlite-writer SCHEMA.sql STORE.db LIVES BATCH CASE_BYTES ENVELOPE_BYTES DETAIL_BYTES ATTRIBUTE_BYTES
#define _DEFAULT_SOURCE
#include <endian.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STAGES = 8, RESTART_PAGES = 32768, CHECKPOINT_MICROSECONDS = 50000 };

static sqlite3 *database;
static atomic_bool finished;
static pthread_mutex_t checkpointing = PTHREAD_MUTEX_INITIALIZER;
static int log_pages;

static void die(const char *what) {
    fprintf(stderr, "sqlite-writer: %s: %s\n", what, database ? sqlite3_errmsg(database) : "");
    exit(1);
}

static void run(const char *sql) {
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK) die(sql);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) die(sql);
    return statement;
}

// One letter a value: i an integer, t a text, b bytes and their length.
static void step(sqlite3_stmt *statement, const char *types, ...) {
    va_list values;
    va_start(values, types);
    for (int index = 1; *types; types++, index++) {
        int result = SQLITE_OK;
        if (*types == 'i') result = sqlite3_bind_int64(statement, index, va_arg(values, int64_t));
        if (*types == 't') {
            result = sqlite3_bind_text(statement, index, va_arg(values, const char *), -1, SQLITE_STATIC);
        }
        if (*types == 'b') {
            const void *bytes = va_arg(values, const void *);
            result = sqlite3_bind_blob(statement, index, bytes, va_arg(values, int), SQLITE_STATIC);
        }
        if (result != SQLITE_OK) die("bind");
    }
    va_end(values);
    if (sqlite3_step(statement) != SQLITE_DONE) die(sqlite3_sql(statement));
    sqlite3_reset(statement);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void configure(sqlite3 *connection) {
    const char *settings = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536;"
                           "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;";
    if (sqlite3_exec(connection, settings, NULL, NULL, NULL) != SQLITE_OK) die("settings");
}

static void *checkpoint(void *path) {
    sqlite3 *connection = NULL;
    if (sqlite3_open(path, &connection) != SQLITE_OK) die("open");
    configure(connection);
    while (!atomic_load(&finished)) {
        usleep(CHECKPOINT_MICROSECONDS);
        pthread_mutex_lock(&checkpointing);
        sqlite3_wal_checkpoint_v2(connection, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        pthread_mutex_unlock(&checkpointing);
    }
    sqlite3_close(connection);
    return NULL;
}

static int on_commit(void *context, sqlite3 *connection, const char *name, int pages) {
    (void)context, (void)connection, (void)name;
    log_pages = pages;
    return SQLITE_OK;
}

static struct {
    sqlite3_stmt *begin, *commit, *history, *receipt, *journal, *claim, *due, *undue, *open, *update, *number, *balance,
        *counter, *commits;
} sql;

static void prepare_all(void) {
    sql.begin = prepare("BEGIN IMMEDIATE");
    sql.commit = prepare("COMMIT");
    sql.history = prepare("INSERT INTO history (position, case_id, previous, stamp, algorithm, hash, envelope, sealed)"
                          " VALUES (?, ?, ?, ?, 1, ?, ?, ?)");
    sql.receipt = prepare("INSERT INTO receipts (agency, key, digest, position) VALUES (?, ?, ?, ?)");
    sql.journal = prepare("INSERT INTO journal (fund, county, year, position, line, from_account, to_account, amount)"
                          " VALUES ('rural-revitalization', '220122', 2026, ?, 0, ?, ?, 50000)");
    sql.claim = prepare("INSERT INTO claims (hash, case_id) VALUES (?, ?)");
    sql.due = prepare("INSERT OR IGNORE INTO due (queue, due, case_id) VALUES (?, ?, ?)");
    sql.undue = prepare("DELETE FROM due WHERE queue = ? AND due = ? AND case_id = ?");
    sql.open = prepare("INSERT INTO cases (version, head, settled, type, number, county, opened_at, changed_at,"
                       " head_hash, incident, states, attributes, sealed, id, wrapped_key)"
                       " VALUES (1, ?, 0, 'transport-subsidy', ?, '220122', ?, ?, ?, '', ?, ?, ?, ?, ?)");
    sql.update = prepare("UPDATE cases SET version = ?, head = ?, settled = 0, type = 'transport-subsidy', number = ?,"
                         " county = '220122', opened_at = ?, changed_at = ?, head_hash = ?, incident = '', states = ?,"
                         " attributes = ?, sealed = ? WHERE id = ?");
    sql.number = prepare("INSERT INTO numbers (number, case_id) VALUES (?, ?)");
    sql.balance = prepare("INSERT OR REPLACE INTO balances (fund, county, year, account, amount)"
                          " VALUES ('rural-revitalization', '220122', 2026, ?, ?)");
    sql.counter = prepare("INSERT OR REPLACE INTO counters (name, value) VALUES ('TS-220122-2026', ?)");
    sql.commits = prepare("INSERT INTO commits (last, first, cases, settled, incidents, algorithm, hash)"
                          " VALUES (?, ?, ?, 0, 0, 1, ?)");
}

struct life {
    int64_t id, due, previous;
    char number[32];
};

static const char *const states[STAGES] = {
    "open/villageCheck", "open/publicity", "open/jointCheck/employment/pending open/jointCheck/registry/pending",
    "open/jointCheck/employment/confirmed open/jointCheck/registry/pending", "open/approval", "open/payment/toOrder",
    "open/payment/ordered", "paid"};
// The worklist entries that each stage ends and begins; "" is a timer.
static const char *const ended[STAGES] = {NULL, "village", "", "hrss.checker", "rr.checker", "hrss.approver",
                                          "finance.payer", "finance.cashier"};
static const char *const begun[STAGES][2] = {{"village", NULL}, {"", NULL}, {"hrss.checker", "rr.checker"},
                                             {NULL, NULL}, {"hrss.approver", NULL}, {"finance.payer", NULL},
                                             {"finance.cashier", NULL}, {NULL, NULL}};

static int64_t position, opened;
static int case_bytes, envelope_bytes, detail_bytes, attribute_bytes;
static unsigned char noise[1 << 16];

static void fill(unsigned char *bytes, int count) {
    for (int index = 0; index < count; index++) bytes[index] = (unsigned char)(rand() >> 7);
}

static void write_event(struct life *life, int stage) {
    unsigned char hash[32], key[16], digest[32];
    const unsigned char *content = noise + rand() % 4096;
    fill(hash, sizeof hash);
    fill(digest, sizeof digest);
    fill(key, sizeof key);
    int64_t now = 1776650000000 + position, ordered = htobe64((uint64_t)(now << 16));
    memcpy(key, &ordered, 8);
    position++;
    step(sql.history, "iiiibbb", position, life->id, life->previous, now, hash, 32, content, envelope_bytes, content,
         detail_bytes);
    life->previous = position;
    if (stage != 2) step(sql.receipt, "tbbi", "jilin-hrss", key, 16, digest, 32, position);
    if (stage >= 4) step(sql.journal, "iii", position, (int64_t)stage - 2, (int64_t)stage - 1);
    if (stage == 0) step(sql.claim, "bi", digest, 32, life->id);
    if (ended[stage]) step(sql.undue, "tii", ended[stage], life->due, life->id);
    if (stage != 3) life->due = now;
    for (int index = 0; index < 2; index++) {
        if (begun[stage][index]) step(sql.due, "tii", begun[stage][index], life->due, life->id);
    }
    if (stage == 0) {
        step(sql.open, "itiibtbbib", position, life->number, now, now, hash, 32, states[0], content, attribute_bytes,
             content, case_bytes, life->id, content, 60);
        step(sql.number, "ti", life->number, life->id);
    } else {
        step(sql.update, "iitiibtbbi", (int64_t)stage + 1, position, life->number, now, now, hash, 32, states[stage],
             content, attribute_bytes, content, case_bytes, life->id);
    }
}

static void write_batch(struct life *lives, int count, int stage) {
    unsigned char hash[32];
    int64_t first = position + 1;
    step(sql.begin, "");
    for (int index = 0; index < count; index++) write_event(&lives[index], stage);
    if (stage == 0) step(sql.counter, "i", opened += count);
    if (stage >= 4) {
        step(sql.balance, "ii", (int64_t)stage - 2, position);
        step(sql.balance, "ii", (int64_t)stage - 1, position);
    }
    fill(hash, sizeof hash);
    step(sql.commits, "iiib", position, first, opened, hash, 32);
    step(sql.commit, "");
    if (log_pages > RESTART_PAGES) {
        pthread_mutex_lock(&checkpointing);
        sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        pthread_mutex_unlock(&checkpointing);
    }
}

// The load client's order: applications and village checks first, then every publicity ends, then the rest.
static void write_lives(struct life *lives, int count, int batch) {
    static const int phases[3][2] = {{0, 2}, {2, 3}, {3, STAGES}};
    for (int phase = 0; phase < 3; phase++) {
        for (int start = 0; start < count; start += batch) {
            int size = count - start < batch ? count - start : batch;
            for (int stage = phases[phase][0]; stage < phases[phase][1]; stage++) {
                write_batch(lives + start, size, stage);
            }
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 9) {
        fputs("usage: sqlite-writer SCHEMA.sql STORE.db LIVES BATCH CASE_BYTES ENVELOPE_BYTES DETAIL_BYTES"
              " ATTRIBUTE_BYTES\n", stderr);
        return 2;
    }
    int count = atoi(argv[3]), batch = atoi(argv[4]);
    case_bytes = atoi(argv[5]), envelope_bytes = atoi(argv[6]), detail_bytes = atoi(argv[7]);
    attribute_bytes = atoi(argv[8]);
    int longest = (int)sizeof noise - 4096;
    if (count < 1 || batch < 1 || case_bytes > longest || envelope_bytes > longest || detail_bytes > longest
        || attribute_bytes > longest) {
        return 2;
    }
    static char schema[1 << 16];
    FILE *file = fopen(argv[1], "r");
    if (!file || fread(schema, 1, sizeof schema - 1, file) == 0) die(argv[1]);
    fclose(file);
    // As in the server.
    if (sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK) die("sqlite3_config");
    if (sqlite3_open(argv[2], &database) != SQLITE_OK) die(argv[2]);
    run("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;");
    configure(database);
    run(schema);
    sqlite3_wal_hook(database, on_commit, NULL);
    prepare_all();
    fill(noise, sizeof noise);
    struct life *lives = calloc((size_t)count, sizeof *lives);
    if (!lives) die("memory");
    for (int index = 0; index < count; index++) {
        lives[index].id = ((int64_t)(200000000000 + index / 16) << 22) + index;
        snprintf(lives[index].number, sizeof lives[index].number, "TS-220122-2026-%06d", index);
    }
    pthread_t side;
    if (pthread_create(&side, NULL, checkpoint, argv[2]) != 0) die("thread");
    double start = seconds();
    write_lives(lives, count, batch);
    double elapsed = seconds() - start;
    atomic_store(&finished, true);
    pthread_join(side, NULL);
    printf("{\"lives\": %d, \"batch\": %d, \"events_per_second\": %.0f}\n", count, batch, position / elapsed);
    return 0;
}
