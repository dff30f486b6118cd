import Alliance
import GRDB

/// The tables of a replica's file beside those of the alliance.
enum FileFormat {
    /// "JLIA": by it `file` and the program tell a replica from other SQLite files.
    static let applicationID = 0x4A4C_4941
    /// The version of the tables below.
    static let version = 1

    /// Makes the tables of a new file.
    static func create(_ db: Database) throws {
        try db.execute(sql: tables)
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(version)")
    }

    /// Ids are BLOBs, most significant byte first; hybrid times INTEGERs; wall times Unix milliseconds.
    private static let tables = """
        CREATE TABLE replica_state (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            role TEXT NOT NULL, alliance TEXT NOT NULL, schema INTEGER NOT NULL,
            replica BLOB NOT NULL, member BLOB NOT NULL, node BLOB NOT NULL, secretariat BLOB NOT NULL,
            hub_key BLOB NOT NULL, hub_url TEXT NOT NULL,
            epoch INTEGER NOT NULL, epoch_replica BLOB NOT NULL, rev INTEGER NOT NULL, journal BLOB NOT NULL,
            clock INTEGER NOT NULL, own_seq INTEGER, own_hash BLOB,
            stands_on_replica BLOB, stands_on_seq INTEGER, stands_on_hash BLOB,
            is_ending INTEGER NOT NULL DEFAULT 0,
            acknowledged_seq INTEGER NOT NULL, acknowledged INTEGER NOT NULL, journal_time INTEGER NOT NULL,
            token_count INTEGER NOT NULL, token_random BLOB NOT NULL, next_token_count INTEGER, next_token_random BLOB,
            hub_offset INTEGER NOT NULL, hub_time INTEGER NOT NULL, floor INTEGER NOT NULL, backed_up INTEGER NOT NULL,
            forgotten INTEGER NOT NULL DEFAULT 0, collected INTEGER NOT NULL DEFAULT 0,
            may_start_anew INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE sync_status (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            last_success INTEGER NOT NULL, last_attempt INTEGER NOT NULL, failing_since INTEGER NOT NULL,
            failure_zh TEXT NOT NULL, failure_en TEXT NOT NULL,
            proved_at INTEGER NOT NULL, proved_rev INTEGER NOT NULL, hub_head INTEGER NOT NULL
        );
        CREATE TABLE member_index (idx INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);
        CREATE TABLE replica_index (idx INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);
        CREATE TABLE audience_index (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL UNIQUE);
        CREATE TABLE digest (audience INTEGER PRIMARY KEY, sum BLOB NOT NULL, rows INTEGER NOT NULL);
        CREATE TABLE inert_row (
            table_id INTEGER NOT NULL, id BLOB NOT NULL, owner INTEGER NOT NULL, audience INTEGER NOT NULL,
            hash BLOB, state BLOB NOT NULL,
            PRIMARY KEY (table_id, id, owner)
        ) WITHOUT ROWID;
        CREATE TABLE outbox (
            time INTEGER PRIMARY KEY, seq INTEGER, epoch INTEGER NOT NULL, epoch_replica BLOB NOT NULL,
            rev INTEGER NOT NULL, wall INTEGER NOT NULL, changes BLOB NOT NULL, before BLOB NOT NULL
        );
        CREATE TABLE segment (
            replica INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, header BLOB NOT NULL,
            signature BLOB NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, rev INTEGER,
            PRIMARY KEY (replica, seq)
        );
        CREATE INDEX segment_time ON segment (replica, last_time);
        CREATE TABLE section (
            replica INTEGER NOT NULL, seq INTEGER NOT NULL, ordinal INTEGER NOT NULL, audience INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (replica, seq, ordinal)
        );
        CREATE TABLE journal (
            rev INTEGER PRIMARY KEY, replica INTEGER NOT NULL, seq INTEGER NOT NULL, hub_time INTEGER NOT NULL,
            verdict BLOB NOT NULL, hash BLOB NOT NULL, detail BLOB
        );
        CREATE TABLE replica_head (
            replica INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, last_time INTEGER NOT NULL,
            rev INTEGER NOT NULL
        );
        CREATE TABLE rejected (
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, rev INTEGER NOT NULL, wall INTEGER NOT NULL,
            offences BLOB NOT NULL, changes BLOB NOT NULL, state TEXT NOT NULL DEFAULT 'open'
        );
        CREATE TABLE alarm (
            kind INTEGER NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, since INTEGER NOT NULL,
            PRIMARY KEY (kind, subject)
        );
        CREATE TABLE repair (
            id INTEGER PRIMARY KEY, began INTEGER NOT NULL, ended INTEGER NOT NULL, rev INTEGER NOT NULL,
            exchanges INTEGER NOT NULL, sent INTEGER NOT NULL, received INTEGER NOT NULL,
            ranges INTEGER NOT NULL, compared INTEGER NOT NULL, hub_mended INTEGER NOT NULL
        );
        CREATE TABLE repair_row (
            repair INTEGER NOT NULL, table_id INTEGER NOT NULL, owner INTEGER NOT NULL, id BLOB NOT NULL,
            outcome TEXT NOT NULL,
            PRIMARY KEY (repair, table_id, owner, id)
        ) WITHOUT ROWID;
        CREATE TABLE node_report (
            replica INTEGER PRIMARY KEY, token_count INTEGER NOT NULL, token_random BLOB NOT NULL,
            last_exchange INTEGER NOT NULL, cursor INTEGER NOT NULL, pending INTEGER NOT NULL,
            pending_since INTEGER NOT NULL, program TEXT NOT NULL, schema INTEGER NOT NULL,
            clock_offset INTEGER NOT NULL, proved_at INTEGER NOT NULL, proved_rev INTEGER NOT NULL, alarms TEXT NOT NULL,
            epoch INTEGER NOT NULL, last_bundle INTEGER NOT NULL, acknowledged INTEGER NOT NULL,
            left_behind INTEGER NOT NULL
        );
        CREATE TABLE member_floor (member INTEGER PRIMARY KEY, rev INTEGER NOT NULL);
        CREATE TABLE erasure (
            table_id INTEGER NOT NULL, id BLOB NOT NULL, owner INTEGER NOT NULL, time INTEGER NOT NULL,
            replica INTEGER NOT NULL, wall INTEGER NOT NULL, done INTEGER,
            person BLOB, reached INTEGER, members INTEGER,
            PRIMARY KEY (table_id, id, owner)
        ) WITHOUT ROWID;
        CREATE TABLE kept_entry (number TEXT PRIMARY KEY, cells TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE copy (
            replica INTEGER NOT NULL, token BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, decision TEXT NOT NULL,
            PRIMARY KEY (replica, token)
        ) WITHOUT ROWID;
        CREATE TABLE orphan (
            replica INTEGER NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, rev INTEGER NOT NULL,
            hub_time INTEGER NOT NULL, verdict BLOB NOT NULL, hash BLOB NOT NULL, detail BLOB,
            returned INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (replica, seq)
        ) WITHOUT ROWID;
        CREATE TABLE epoch (
            number INTEGER PRIMARY KEY, replica BLOB NOT NULL, from_rev INTEGER NOT NULL, opened INTEGER NOT NULL,
            closed INTEGER, cause TEXT NOT NULL
        );
        CREATE TABLE signed_head (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            epoch INTEGER NOT NULL, epoch_replica BLOB NOT NULL, rev INTEGER NOT NULL, journal BLOB NOT NULL,
            signature BLOB NOT NULL
        );
        CREATE TABLE backup (
            id INTEGER PRIMARY KEY AUTOINCREMENT, made INTEGER NOT NULL, rev INTEGER NOT NULL, file TEXT NOT NULL
        );
        CREATE TABLE agreement (
            table_id INTEGER NOT NULL, id BLOB NOT NULL, owner INTEGER NOT NULL, column_id INTEGER NOT NULL,
            time INTEGER NOT NULL, replica INTEGER NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY (table_id, id, owner, column_id, time, replica)
        ) WITHOUT ROWID;
        CREATE TABLE holding (
            asset BLOB NOT NULL, lane INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
            grant_id BLOB NOT NULL, epoch INTEGER NOT NULL, counter INTEGER NOT NULL,
            kind INTEGER NOT NULL, holder BLOB, release_id BLOB, wish BLOB,
            PRIMARY KEY (asset, lane, first)
        ) WITHOUT ROWID;
        CREATE INDEX holding_holder ON holding (holder);
        CREATE INDEX holding_wish ON holding (asset) WHERE wish IS NOT NULL;
        CREATE TABLE occupation (
            asset BLOB NOT NULL, lane INTEGER NOT NULL, first INTEGER NOT NULL, use_id BLOB NOT NULL,
            last INTEGER NOT NULL, grant_id BLOB NOT NULL,
            PRIMARY KEY (asset, lane, first, use_id)
        ) WITHOUT ROWID;
        CREATE TABLE awaited (
            asset BLOB NOT NULL, lane INTEGER NOT NULL, first INTEGER NOT NULL, use_id BLOB NOT NULL,
            carrier BLOB NOT NULL, last INTEGER NOT NULL, grant_id BLOB NOT NULL,
            PRIMARY KEY (asset, lane, first, use_id, carrier)
        ) WITHOUT ROWID;
        CREATE INDEX awaited_use ON awaited (use_id);
        CREATE TABLE postponed (ordinal INTEGER PRIMARY KEY, record BLOB NOT NULL UNIQUE);
        CREATE TABLE applicant (admission BLOB PRIMARY KEY, name TEXT NOT NULL, number TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE answer (key BLOB PRIMARY KEY, command BLOB NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE invitation (
            code BLOB PRIMARY KEY, member BLOB NOT NULL, secret BLOB NOT NULL, expires INTEGER NOT NULL, used_by BLOB
        );
        CREATE TABLE snapshot (one INTEGER PRIMARY KEY CHECK (one = 1), manifest BLOB NOT NULL);
        CREATE TABLE snapshot_part (ordinal INTEGER PRIMARY KEY, frame BLOB NOT NULL);
        """

    /// Makes the alliance's tables that the file lacks, and adds the columns that they lack.
    static func createTables(of schema: Schema, _ db: Database) throws {
        for table in schema.tables {
            if try !db.tableExists(table.name) {
                try db.execute(sql: RowTable.creation(of: table))
                for column in table.lookups.compactMap(table.column) {
                    // Nobody looks for rows without a value, and each entry is a page more to write for a single row.
                    try db.execute(
                        sql: """
                            CREATE INDEX "\(table.name)_\(column.name)" ON "\(table.name)" ("\(column.name)")
                            WHERE "\(column.name)" IS NOT NULL
                            """)
                }
                continue
            }
            let there = Set(try db.columns(in: table.name).map(\.name))
            for column in table.columns where !there.contains(column.name) {
                try db.execute(sql: "ALTER TABLE \"\(table.name)\" ADD COLUMN \(RowTable.declaration(of: column))")
            }
        }
    }
}
