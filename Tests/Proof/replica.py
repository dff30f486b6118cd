"""One replica's SQLite file, read as evidence: opened read-only, and nothing believed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import tables
from canonical import PRESENCE, Damage, Key, Row, Stamp, packed, uuid_text, value_of
from protobuf import Header, state_rows, varint

APPLICATION = 0x4A4C4941
HIDDEN = ("_k", "_id", "_owner", "_h", "_p", "_w", "_t", "_r", "_l", "_x")
#: Room for one late column.
LATE_SIZE_MIN = 10


@dataclass(frozen=True)
class Entry:
    """One entry of the journal, with the header of its segment."""

    rev: int
    replica: int
    seq: int
    hub_time: int
    verdict: bytes
    hash: bytes


@dataclass(frozen=True)
class Segment:
    """One segment as it is kept: header bytes and the bodies that are here, with their audiences."""

    raw: bytes
    hash: bytes
    rev: int | None
    bodies: dict[int, tuple[bytes, bytes]]

    @property
    def header(self) -> Header:
        return Header.read(self.raw)


@dataclass
class Replica:
    """What one file holds."""

    name: str
    path: Path
    state: dict = field(default_factory=dict)
    status: dict = field(default_factory=dict)
    #: By key: the row, its stored hash (None of a row that is gone) and its audience.
    rows: dict[Key, tuple[Row, bytes | None, bytes]] = field(default_factory=dict)
    columns: dict[int, list[str]] = field(default_factory=dict)
    digests: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    journal: list[Entry] = field(default_factory=list)
    segments: dict[tuple[int, int], Segment] = field(default_factory=dict)
    heads: dict[int, tuple[int, bytes, int]] = field(default_factory=dict)
    outbox: list[dict] = field(default_factory=list)
    alarms: list[dict] = field(default_factory=list)
    rejected: list[dict] = field(default_factory=list)
    reports: list[dict] = field(default_factory=list)
    #: Sentences about rows that can't be read.
    damage: list[str] = field(default_factory=list)

    @property
    def member(self) -> bytes:
        return self.state["member"]

    @property
    def number(self) -> int:
        return int.from_bytes(self.state["replica"], "big")

    def there(self) -> dict[Key, Row]:
        """The rows that people see."""
        return {key: row for key, (row, _, _) in self.rows.items() if row.is_there}

    def column(self, table: int, number: int) -> str:
        names = self.columns.get(table, [])
        return "presence" if number == PRESENCE else names[number - 1] if number <= len(names) else f"column {number}"

    def named(self, row: Row, column: str):
        """A cell by its column's name."""
        return row.values.get(self.columns[row.key.table].index(column) + 1)

    def raw_files(self) -> dict[str, bytes]:
        """The bytes of the file and of what SQLite keeps beside it."""
        beside = [Path(f"{self.path}{end}") for end in ("", "-wal", "-journal")]
        return {file.name: file.read_bytes() for file in beside if file.exists()}


#: What a SQLite file begins with, and the application id by which a replica's is told from others (section 16).
SQLITE, REPLICA = b"SQLite format 3\0", b"JLIA"


def find(folder: Path) -> Path:
    """The replica's file of a folder: by its application id or, where that is damaged, by its name."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file()] if folder.is_dir() else []
    heads = {path: _head(path) for path in files}
    for path, head in heads.items():
        if head.startswith(SQLITE) and (head[68:72] == REPLICA or path.name == "replica.sqlite"):
            return path
    raise Damage(f"there is no SQLite file of a replica in {folder}")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(100)


def read(name: str, folder: Path) -> Replica:
    """Reads the file of a folder."""
    path = find(folder)
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    connection.row_factory = lambda cursor, row: dict(zip([column[0] for column in cursor.description], row))
    try:
        return Reader(connection, Replica(name, path)).replica()
    except sqlite3.Error as error:
        raise Damage(f"{name}: {path.name} can't be read: {error}") from error
    finally:
        connection.close()


class Reader:
    """Reads everything from one open file."""

    def __init__(self, connection: sqlite3.Connection, replica: Replica):
        self.connection = connection
        self.found = replica

    def replica(self) -> Replica:
        if self._all("PRAGMA application_id")[0]["application_id"] != APPLICATION:
            raise Damage(f"{self.found.name}: {self.found.path.name} is not a replica's file")
        self.connection.execute("BEGIN")
        self.members = self._index("member_index", "id")
        self.audiences = self._index("audience_index", "bytes")
        self.replicas = {i: int.from_bytes(id, "big") for i, id in self._index("replica_index", "id").items()}
        self.found.state = self._all("SELECT * FROM replica_state")[0]
        self.found.status = self._all("SELECT * FROM sync_status")[0]
        for name, number, _, _ in tables.TABLES:
            self._table(name, number)
        self._inert()
        self._books()
        self._chains()
        return self.found

    def _all(self, sql: str) -> list[dict]:
        return self.connection.execute(sql).fetchall()

    def _index(self, table: str, column: str) -> dict[int, bytes]:
        return {row["idx"]: row[column] for row in self._all(f"SELECT * FROM {table}")}

    # Rows

    def _table(self, name: str, number: int) -> None:
        columns = [row["name"] for row in self._all(f'PRAGMA table_info("{name}")')]
        if columns[:len(HIDDEN)] != list(HIDDEN):
            raise Damage(f"{self.found.name}: table {name} does not have the columns of a replica's table")
        self.found.columns[number] = columns[len(HIDDEN):]
        for row in self._all(f'SELECT * FROM "{name}"'):
            try:
                state = self._row(number, row)
                audience = tables.audience(state, self.found.state["secretariat"])
                self.found.rows[state.key] = (state, row["_h"], audience)
            except (Damage, KeyError, IndexError, ValueError) as error:
                id = uuid_text(row["_id"]) if isinstance(row["_id"], bytes) and len(row["_id"]) == 16 else repr(row["_id"])
                self.found.damage.append(f"{self.found.name}: {name} {id} can't be read as a row: {error!r}")

    def _row(self, table: int, row: dict) -> Row:
        width, base = row["_w"], (row["_t"], self.replicas[row["_r"]])
        late = self._late(row["_l"])
        clock: dict[int, Stamp] = {column: base for column in range(width)} | dict(late)
        if packed(clock) != (width, base, late):
            raise Damage("its clock is not canonical")
        extras = self._extras(row["_x"] or b"")
        names = self.found.columns[table]
        values = {c: extras[c] if c in extras else row[names[c - 1]] for c in clock if c != PRESENCE}
        return Row(Key(table, self.members[row["_owner"]], row["_id"]), row["_p"], clock, values)

    def _late(self, raw: bytes) -> list[tuple[int, Stamp]]:
        entries, at = [], 0
        while any(raw[at:]):
            column, at = varint(raw, at)
            replica, at = varint(raw, at)
            if len(raw) < at + 8:
                raise Damage("its late list is cut")
            entries.append((column, (int.from_bytes(raw[at:at + 8], "big"), self.replicas[replica])))
            at += 8
        if len(raw) < LATE_SIZE_MIN or len(raw) > max(at, LATE_SIZE_MIN):
            raise Damage("its late list has not the room that it should have")
        return entries

    @staticmethod
    def _extras(raw: bytes) -> dict:
        cells, at = {}, 0
        while at < len(raw):
            size = int.from_bytes(raw[at + 2:at + 6], "big")
            cells[int.from_bytes(raw[at:at + 2], "big")] = value_of(raw[at + 6:at + 6 + size])
            at += 6 + size
        return cells

    def _inert(self) -> None:
        for stored in self._all("SELECT * FROM inert_row"):
            for row in state_rows(stored["state"]):
                if (row.key.table, row.key.id) != (stored["table_id"], stored["id"]):
                    raise Damage(f"{self.found.name}: an inert row is not the one that its key says")
                if row.key in self.found.rows:
                    self.found.damage.append(
                        f"{self.found.name}: {tables.NAMES.get(row.key.table)} {uuid_text(row.key.id)} stands twice")
                self.found.rows[row.key] = (row, stored["hash"], self.audiences[stored["audience"]])

    # Books

    def _books(self) -> None:
        found = self.found
        for row in self._all("SELECT * FROM digest"):
            found.digests[self.audiences[row["audience"]]] = (int.from_bytes(row["sum"], "big"), row["rows"])
        found.outbox = self._all("SELECT time, seq, wall FROM outbox ORDER BY time")
        found.alarms = self._all("SELECT * FROM alarm")
        found.rejected = self._all("SELECT id, time, rev, state FROM rejected")
        found.reports = self._all("SELECT * FROM node_report")
        for report in found.reports:
            report["replica"] = self.replicas[report["replica"]]

    def _chains(self) -> None:
        found = self.found
        for row in self._all("SELECT * FROM journal ORDER BY rev"):
            found.journal.append(Entry(
                row["rev"], self.replicas[row["replica"]], row["seq"], row["hub_time"], row["verdict"], row["hash"]))
        bodies: dict[tuple[int, int], dict[int, tuple[bytes, bytes]]] = {}
        for row in self._all("SELECT * FROM section"):
            place = bodies.setdefault((self.replicas[row["replica"]], row["seq"]), {})
            place[row["ordinal"]] = (self.audiences[row["audience"]], row["body"])
        for row in self._all("SELECT * FROM segment"):
            place = (self.replicas[row["replica"]], row["seq"])
            found.segments[place] = Segment(row["header"], row["hash"], row["rev"], bodies.pop(place, {}))
        if bodies:
            found.damage.append(f"{found.name}: sections of {len(bodies)} segments that are not there")
        for row in self._all("SELECT * FROM replica_head"):
            found.heads[self.replicas[row["replica"]]] = (row["seq"], row["hash"], row["rev"])
