import GRDB

/// The tables of a store, as migrations that are only ever added to. `Tests/StoreTests/Golden/schema.sql` is their sum.
package struct Schema: Sendable {
    package struct Step: Sendable {
        let name: String
        let sql: String

        package init(name: String, sql: String) {
            self.name = name
            self.sql = sql
        }
    }

    package var steps: [Step]

    /// "CWRK" in the header of the file: what `file` and this program know a store by.
    static let applicationID: Int32 = 0x4357_524b

    package static let current = Schema(steps: [Step(name: "1 cases, history, funds", sql: first)])

    var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for step in steps {
            migrator.registerMigration(step.name) { database in try database.execute(sql: step.sql) }
        }
        return migrator
    }
}

/// Tables WITHOUT ROWID are the narrow ones: their key is the row. The wide ones are appended to (history) or ordered
/// by the time a case was opened, so that their pages are written together.
private let first = """
    -- What belongs to the store itself: node, development mark, its own wrapped key.
    CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

    -- `sealed` holds the kernel's body and the plugin's record under the case's key, which `wrapped_key` holds under
    -- the master key. `head` is the position of the case's newest history row, `head_hash` that row's hash.
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
    CREATE TABLE numbers (number TEXT NOT NULL PRIMARY KEY, case_id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE incidents (case_id INTEGER NOT NULL PRIMARY KEY);

    -- `previous` leads to the case's row before; case 0 is the store itself. `algorithm` 1 = SHA-256 and AES-256-GCM.
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
    -- One row a commit, by its last position. `hash` covers the hashes of its rows and the commit before; `cases`,
    -- `settled` and `incidents` are the store's totals after it.
    CREATE TABLE commits (
        last INTEGER NOT NULL PRIMARY KEY,
        first INTEGER NOT NULL,
        cases INTEGER NOT NULL,
        settled INTEGER NOT NULL,
        incidents INTEGER NOT NULL,
        algorithm INTEGER NOT NULL,
        hash BLOB NOT NULL
    );

    -- Timers (empty queue) and open tasks (queue = role).
    CREATE TABLE due (
        queue TEXT NOT NULL, due INTEGER NOT NULL, case_id INTEGER NOT NULL,
        PRIMARY KEY (queue, due, case_id)
    ) WITHOUT ROWID;
    CREATE TABLE waiters (
        fund TEXT NOT NULL, county TEXT NOT NULL, year INTEGER NOT NULL, since INTEGER NOT NULL,
        case_id INTEGER NOT NULL, amount INTEGER NOT NULL,
        PRIMARY KEY (fund, county, year, since, case_id)
    ) WITHOUT ROWID;
    CREATE TABLE claims (hash BLOB NOT NULL PRIMARY KEY, case_id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE receipts (
        agency TEXT NOT NULL, key BLOB NOT NULL, digest BLOB NOT NULL, position INTEGER NOT NULL,
        PRIMARY KEY (agency, key)
    ) WITHOUT ROWID;

    -- Fen. `balances` is the sum of `journal`.
    CREATE TABLE balances (
        fund TEXT NOT NULL, county TEXT NOT NULL, year INTEGER NOT NULL, account INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        PRIMARY KEY (fund, county, year, account)
    ) WITHOUT ROWID;
    CREATE TABLE journal (
        position INTEGER NOT NULL, line INTEGER NOT NULL,
        fund TEXT NOT NULL, county TEXT NOT NULL, year INTEGER NOT NULL,
        from_account INTEGER NOT NULL, to_account INTEGER NOT NULL, amount INTEGER NOT NULL,
        PRIMARY KEY (position, line)
    ) WITHOUT ROWID;
    CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE definitions (digest BLOB NOT NULL PRIMARY KEY, json BLOB NOT NULL);
    """
