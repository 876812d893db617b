CREATE TABLE balances (
    fund TEXT NOT NULL, county TEXT NOT NULL, year INTEGER NOT NULL, account INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (fund, county, year, account)
) WITHOUT ROWID;

CREATE TABLE cases (
    id INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    head INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    type TEXT NOT NULL,
    number TEXT NOT NULL,
    county TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    head_hash BLOB NOT NULL,
    wrapped_key BLOB NOT NULL,
    incident TEXT NOT NULL,
    states TEXT NOT NULL,
    attributes BLOB NOT NULL,
    sealed BLOB NOT NULL
);

CREATE TABLE claims (hash BLOB NOT NULL PRIMARY KEY, case_id INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE commits (
    last INTEGER NOT NULL PRIMARY KEY,
    first INTEGER NOT NULL,
    cases INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    incidents INTEGER NOT NULL,
    algorithm INTEGER NOT NULL,
    hash BLOB NOT NULL
);

CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE definitions (digest BLOB NOT NULL PRIMARY KEY, json BLOB NOT NULL);

CREATE TABLE due (
    queue TEXT NOT NULL, due INTEGER NOT NULL, case_id INTEGER NOT NULL,
    PRIMARY KEY (queue, due, case_id)
) WITHOUT ROWID;

CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);

CREATE TABLE history (
    position INTEGER NOT NULL PRIMARY KEY,
    case_id INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    algorithm INTEGER NOT NULL,
    hash BLOB NOT NULL,
    envelope BLOB NOT NULL,
    sealed BLOB NOT NULL
);

CREATE TABLE incidents (case_id INTEGER NOT NULL PRIMARY KEY);

CREATE TABLE journal (
    position INTEGER NOT NULL, line INTEGER NOT NULL,
    fund TEXT NOT NULL, county TEXT NOT NULL, year INTEGER NOT NULL,
    from_account INTEGER NOT NULL, to_account INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (position, line)
) WITHOUT ROWID;

CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE numbers (number TEXT NOT NULL PRIMARY KEY, case_id INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE receipts (
    agency TEXT NOT NULL, key BLOB NOT NULL, digest BLOB NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (agency, key)
) WITHOUT ROWID;

CREATE TABLE waiters (
    fund TEXT NOT NULL, county TEXT NOT NULL, year INTEGER NOT NULL, since INTEGER NOT NULL,
    case_id INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (fund, county, year, since, case_id)
) WITHOUT ROWID;
