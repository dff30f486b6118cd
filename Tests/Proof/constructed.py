"""A small alliance written straight into SQLite files, for testing the judge without the program.

Its rows, segments and journal are as a faultless program would leave them; the tests then spoil them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from pathlib import Path

import tables
from canonical import (PRESENCE, Key, Row, Stamp, Value, journal_hash, natural_id, packed, row_hash, stamp_text, uuid_text,
                       value_bytes)
from replica import APPLICATION, HIDDEN

MEMBERS = {"hub": bytes(15) + b"\1", "A1": bytes(15) + b"\2", "A2": bytes(15) + b"\2", "B": bytes(15) + b"\3"}
REPLICAS = {"hub": 0x1111111111111111, "A1": 0xAAAAAAAAAAAAAAA1, "A2": 0xAAAAAAAAAAAAAAA2, "B": 0xBBBBBBBBBBBBBBBB}
COLUMNS = {
    "teacher": ["staff_no", "name", "title", "skill", "dual", "specialty", "hours", "note"],
    "teacher_contact": ["teacher", "phone", "email"],
    "space": ["base", "name", "capacity", "mode", "workstations", "place", "note"],
    "conflict": [
        "author", "table_id", "row_id", "column_id", "kind", "winning_value", "winning_time", "winning_replica",
        "losing_value", "losing_time", "losing_replica", "rev", "resolution", "resolved", "winner"],
}
BOOKS = """
    CREATE TABLE replica_state (replica BLOB, member BLOB, secretariat BLOB, rev INTEGER, journal BLOB, own_seq INTEGER,
        own_hash BLOB);
    CREATE TABLE sync_status (proved_rev INTEGER);
    CREATE TABLE member_index (idx INTEGER PRIMARY KEY, id BLOB);
    CREATE TABLE replica_index (idx INTEGER PRIMARY KEY, id BLOB);
    CREATE TABLE audience_index (idx INTEGER PRIMARY KEY, bytes BLOB);
    CREATE TABLE digest (audience INTEGER PRIMARY KEY, sum BLOB, rows INTEGER);
    CREATE TABLE inert_row (table_id INTEGER, id BLOB, owner INTEGER, audience INTEGER, hash BLOB, state BLOB);
    CREATE TABLE outbox (time INTEGER PRIMARY KEY, seq INTEGER, wall INTEGER);
    CREATE TABLE segment (replica INTEGER, seq INTEGER, hash BLOB, header BLOB, rev INTEGER);
    CREATE TABLE section (replica INTEGER, seq INTEGER, ordinal INTEGER, audience INTEGER, body BLOB);
    CREATE TABLE journal (rev INTEGER PRIMARY KEY, replica INTEGER, seq INTEGER, hub_time INTEGER, verdict BLOB, hash BLOB);
    CREATE TABLE replica_head (replica INTEGER PRIMARY KEY, seq INTEGER, hash BLOB, rev INTEGER);
    CREATE TABLE rejected (id INTEGER PRIMARY KEY, time INTEGER, rev INTEGER, state TEXT);
    CREATE TABLE alarm (kind INTEGER, subject TEXT, detail TEXT);
    CREATE TABLE node_report (replica INTEGER PRIMARY KEY, proved_rev INTEGER, pending INTEGER);
"""


def columns(table: str) -> list[str]:
    return COLUMNS.get(table, ["name"])


# Protobuf, as far as the files need it


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


def zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def message(*fields: tuple[int, object]) -> bytes:
    """Numbers as varints, bytes as they are, lists of numbers packed, floats not at all."""
    out = b""
    for field, content in fields:
        if isinstance(content, int):
            out += varint(field << 3) + varint(content)
        else:
            raw = content if isinstance(content, bytes) else b"".join(varint(number) for number in content)
            out += varint(field << 3 | 2) + varint(len(raw)) + raw
    return out


def fixed(field: int, number: int) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<Q", number)


def column_message(number: int, value: Value) -> bytes:
    match value:
        case None:
            return message((1, number), (2, 1), (3, b"\1"))
        case int():
            return message((1, number), (2, 1), (4, [zigzag(value)]))
    raw = value.encode() if isinstance(value, str) else value
    return message((1, number), (2, 2 if isinstance(value, str) else 3), (5, raw), (6, [len(raw)]))


def section_of(row: Row) -> bytes:
    """One row in state form."""
    width, base, late = packed(row.clock)
    replicas = sorted({stamp[1] for stamp in row.clock.values()})
    batch = message(
        (1, row.key.table), (2, 1), (3, row.key.owner), (4, [0]), (5, [zigzag(int.from_bytes(row.key.id[:2], "big"))]),
        (6, row.key.id[2:]), (7, [row.length]), (9, [zigzag(base[0])]), (10, [replicas.index(base[1])]), (11, [width]),
        (12, [len(late)]), (13, [column for column, _ in late]), (14, [stamp[0] for _, stamp in late]),
        (15, [replicas.index(stamp[1]) for _, stamp in late]),
        *((16, column_message(number, value)) for number, value in sorted(row.values.items())))
    return message((2, b"".join(struct.pack("<Q", replica) for replica in replicas)), (3, batch))


# The alliance


class Constructed:
    """Rows, journal and log of a hub and three nodes."""

    def __init__(self):
        self.rows: dict[Key, Row] = {}
        self.before: dict[Key, Row] = {}
        self.lines: list[dict] = []
        #: Replica, header bytes and sections (audience, body) of each rev.
        self.journal: list[tuple[int, bytes, list[tuple[bytes, bytes]]]] = []
        self._heads: dict[int, tuple[int, bytes]] = {}
        for name in MEMBERS:
            self.log("replica", name, replica=f"{REPLICAS[name]:016x}", member=uuid_text(MEMBERS[name]))

    def log(self, kind: str, node: str = "", **content) -> None:
        self.lines.append({"kind": kind} | ({"node": node} if node else {}) | content)

    @staticmethod
    def stamp(node: str, time: int) -> Stamp:
        return (1_700_000_000_000 + time) << 16, REPLICAS[node]

    def put(self, node: str, table: str, number: int, time: int, **values: Value) -> Key:
        """A row as an import makes it."""
        key = Key(tables.NUMBERS[table], MEMBERS[node], hashlib.sha256(f"{table}{number}".encode()).digest()[:16])
        names = columns(table)
        stamp = self.stamp(node, time)
        cells = {column: values.get(name) for column, name in enumerate(names, 1)}
        self.rows[key] = Row(key, 1, {column: stamp for column in range(len(names) + 1)}, cells)
        return key

    def write_cell(self, node: str, key: Key, column: int, value: Value, time: int) -> None:
        row, stamp = self.rows[key], self.stamp(node, time)
        if row.clock[column] < stamp:
            row.clock[column], row.values[column] = stamp, value

    def edit(self, node: str, key: Key, name: str, value: Value, time: int) -> None:
        """An acknowledged edit of one cell."""
        self.write_cell(node, key, columns(tables.NAMES[key.table]).index(name) + 1, value, time)
        self._log_row("set", node, key, time, column=name, value=value)

    def add(self, node: str, table: str, number: int, time: int, **values: Value) -> Key:
        """An acknowledged new row."""
        key = self.put(node, table, number, time, **values)
        self._log_row("add", node, key, time, values=values)
        return key

    def delete(self, node: str, key: Key, time: int) -> None:
        row = self.rows[key]
        row.length, row.clock[PRESENCE] = 2, self.stamp(node, time)
        self._log_row("delete", node, key, time)

    def _log_row(self, kind: str, node: str, key: Key, time: int, **content) -> None:
        self.log(kind, node, table=tables.NAMES[key.table], owner=uuid_text(key.owner), id=uuid_text(key.id),
                 stamp=stamp_text(self.stamp(node, time)), **content)

    def file(self, kind: str, key: Key, name: str, winner: tuple[str, Value, int], loser: tuple[str, Value, int]) -> Key:
        """A conflict row."""
        column = columns(tables.NAMES[key.table]).index(name) + 1
        cells: dict[str, Value] = {
            "author": MEMBERS[loser[0]], "winner": MEMBERS[winner[0]], "table_id": key.table, "row_id": key.id,
            "column_id": column, "kind": kind, "rev": len(self.journal)}
        for side, (node, value, time) in (("winning", winner), ("losing", loser)):
            stamp = self.stamp(node, time)
            cells |= {f"{side}_value": value_bytes(value), f"{side}_time": stamp[0],
                      f"{side}_replica": stamp[1].to_bytes(8, "big")}
        parts = [key.table, key.id, column, cells["losing_time"], cells["losing_replica"]]
        filed = self.put("hub", "conflict", 0, 900, **cells)
        row = self.rows.pop(filed)
        row.key = Key(tables.CONFLICT, key.owner, natural_id(tables.CONFLICT, key.owner, parts))
        self.rows[row.key] = row
        return row.key

    def segment(self, node: str, *audiences: bytes) -> None:
        """One more segment of a replica in the journal."""
        replica = REPLICAS[node]
        seq, previous = self._heads.get(replica, (0, b""))
        sections = [(audience, b"frame %d %d %s" % (replica, seq, audience)) for audience in audiences or (b"",)]
        header = message((1, 1)) + fixed(2, replica) + message(
            (3, seq + 1), (4, previous), (6, 1), (7, 2), *((12, message(
                (1, audience), (2, 9), (3, len(body)), (4, hashlib.sha256(body).digest()))) for audience, body in sections))
        self._heads[replica] = (seq + 1, hashlib.sha256(header).digest())
        self.journal.append((replica, header, sections))

    # Files

    def write(self, folder: Path) -> None:
        for name in MEMBERS:
            File(folder / name, name, self).write(self.rows)
        File(folder / "before", "hub", self).write(self.before)
        self.write_log(folder)

    def write_log(self, folder: Path) -> None:
        (folder / "edits.jsonl").write_text("".join(json.dumps(line) + "\n" for line in self.lines), "utf-8")


class File:
    """One replica's file."""

    def __init__(self, folder: Path, name: str, world: Constructed):
        folder.mkdir(parents=True)
        self.connection = sqlite3.connect(folder / "replica.sqlite")
        self.name, self.world, self.member = name, world, MEMBERS[name]
        self.indices: dict[tuple[str, bytes], int] = {}

    def write(self, rows: dict[Key, Row]) -> None:
        with self.connection:
            self.connection.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;" + BOOKS + f"PRAGMA application_id = {APPLICATION};")
            for name in tables.NUMBERS:
                self.connection.execute(f'CREATE TABLE "{name}" ({", ".join((*HIDDEN, *columns(name)))})')
            self._rows(rows)
            self._journal()
        self.connection.close()

    def _insert(self, table: str, *values) -> None:
        self.connection.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(values))})', values)

    def _index(self, table: str, raw: bytes) -> int:
        if (table, raw) not in self.indices:
            self.indices[table, raw] = len(self.indices) + 1
            self._insert(table, self.indices[table, raw], raw)
        return self.indices[table, raw]

    def _replica(self, number: int) -> int:
        return self._index("replica_index", number.to_bytes(8, "big"))

    def _rows(self, rows: dict[Key, Row]) -> None:
        sums: dict[bytes, list[int]] = {}
        for row in rows.values():
            audience = tables.audience(row, MEMBERS["hub"])
            if not tables.may_read(audience, self.member):
                continue
            owner = self._index("member_index", row.key.owner)
            if not row.is_there:
                self._insert("inert_row", row.key.table, row.key.id, owner, self._index("audience_index", audience), None,
                             section_of(row))
                continue
            width, base, late = packed(row.clock)
            list_ = b"".join(varint(column) + varint(self._replica(s[1])) + struct.pack(">Q", s[0]) for column, s in late)
            self._insert(tables.NAMES[row.key.table], None, row.key.id, owner, row_hash(row), row.length, width, base[0],
                         self._replica(base[1]), list_.ljust(10, b"\0"), None, *(value for _, value in sorted(row.values.items())))
            sums.setdefault(audience, []).append(int.from_bytes(row_hash(row), "big"))
        for audience, hashes in sums.items():
            total = (sum(hashes) % (1 << 128)).to_bytes(16, "big")
            self._insert("digest", self._index("audience_index", audience), total, len(hashes))

    def _journal(self) -> None:
        heads: dict[int, tuple[int, bytes, int]] = {}
        hash_, rev = bytes(32), 0
        for rev, (replica, header, sections) in enumerate(self.world.journal, 1):
            index, seq = self._replica(replica), heads.get(replica, (0,))[0] + 1
            header_hash = hashlib.sha256(header).digest()
            hash_ = journal_hash(hash_, rev, 1_700_000_000_000 + rev, header, b"")
            heads[replica] = (seq, header_hash, rev)
            self._insert("journal", rev, index, seq, 1_700_000_000_000 + rev, b"", hash_)
            self._insert("segment", index, seq, header_hash, header, rev)
            for ordinal, (audience, body) in enumerate(sections):
                if tables.may_read(audience, self.member):
                    self._insert("section", index, seq, ordinal, self._index("audience_index", audience), body)
        for replica, head in heads.items():
            self._insert("replica_head", self._replica(replica), *head)
        own = heads.get(REPLICAS[self.name], (None, None))
        self._insert("replica_state", REPLICAS[self.name].to_bytes(8, "big"), self.member, MEMBERS["hub"], rev, hash_, *own[:2])
        self._insert("sync_status", rev)
        for node in ("A1", "A2", "B") if self.name == "hub" else ():
            self._insert("node_report", self._replica(REPLICAS[node]), rev, 0)
