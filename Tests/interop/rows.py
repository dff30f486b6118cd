"""Stamps, values and rows: merge, packed clock, canonical bytes, hash and digest (sections 3 to 5)."""

import hashlib
import struct
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from faults import check

Value = None | int | str | bytes

PRESENCE = 0
TICKS_PER_MILLISECOND = 65536
MAXIMUM_TIME = 2**63 - 1
HASH_MODULUS = 2**128


class Stamp(NamedTuple):
    """Hybrid time, then replica; the order of tuples is the order of stamps."""

    time: int
    replica: int


class Key(NamedTuple):
    """Table, owner member, row id; the order of tuples is the order of keys."""

    table: int
    owner: bytes
    id: bytes


class Presence(NamedTuple):
    """Causal length and its stamp; the larger one wins."""

    length: int
    stamp: Stamp


class Cell(NamedTuple):
    """One column's value in one row, with its stamp."""

    value: Value
    stamp: Stamp


@dataclass(frozen=True)
class Row:
    """The state of a row, or the part of one that a transaction writes (a change). Never mutated."""

    key: Key
    presence: Presence | None = None
    cells: Mapping[int, Cell] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        return self.presence is not None and self.presence.length % 2 == 1

    @property
    def length(self) -> int:
        return self.presence.length if self.presence else 0

    def value(self, column: int) -> Value:
        """The column's value; a cell that nobody wrote reads as null."""
        cell = self.cells.get(column)
        return cell.value if cell else None

    def merged(self, other: "Row") -> "Row":
        """The larger presence, and by column the cell of the larger stamp (5.2)."""
        check(self.key == other.key, "merge of one row")
        presence = max((p for p in (self.presence, other.presence) if p), default=None)
        cells = dict(self.cells)
        for column, cell in other.cells.items():
            present = cells.get(column)
            if present is None or _cell_order(present) < _cell_order(cell):
                cells[column] = cell
        return Row(self.key, presence, dict(sorted(cells.items())))

    @property
    def clock(self) -> dict[int, Stamp]:
        """Column to stamp; presence is column 0."""
        stamps = {column: cell.stamp for column, cell in self.cells.items()}
        if self.presence:
            stamps[PRESENCE] = self.presence.stamp
        return dict(sorted(stamps.items()))

    @property
    def canonical(self) -> bytes:
        packed = PackedClock.of(self.clock)
        parts = [struct.pack(">H16s16sIH", *self.key, self.length, packed.width)]
        if packed.base:
            parts.append(struct.pack(">QQ", *packed.base))
        parts.append(struct.pack(">H", len(packed.late)))
        parts += [struct.pack(">HQQ", column, *stamp) for column, stamp in packed.late.items()]
        parts += [struct.pack(">H", c) + canonical_value(cell.value) for c, cell in sorted(self.cells.items())]
        return b"".join(parts)

    @property
    def hash(self) -> int:
        return int.from_bytes(hashlib.sha256(self.canonical).digest()[:16], "big")


@dataclass(frozen=True)
class PackedClock:
    """A row's clock as width, base and the stamps that the base does not give (5.3)."""

    width: int
    base: Stamp | None
    late: Mapping[int, Stamp]

    @classmethod
    def of(cls, clock: Mapping[int, Stamp]) -> "PackedClock":
        width = 0
        while width in clock:
            width += 1
        base = min((clock[column] for column in range(width)), default=None)
        late = {c: s for c, s in sorted(clock.items()) if c >= width or s != base}
        return cls(width, base, late)

    @property
    def unpacked(self) -> dict[int, Stamp]:
        """Column to stamp; refuses a clock that is not canonical."""
        check((self.base is not None) == (self.width > 0), "clock: base without width")
        clock = {column: self.base for column in range(self.width) if self.base is not None}
        clock.update(self.late)
        check(PackedClock.of(clock) == self, "clock: canonical")
        return clock


def canonical_value(value: Value) -> bytes:
    """Tag, then the value (5.1)."""
    match value:
        case None:
            return b"\x00"
        case int():
            return struct.pack(">Bq", 1, value)
        case str():
            data = value.encode()
            return struct.pack(">BI", 2, len(data)) + data
        case bytes():
            return struct.pack(">BI", 3, len(value)) + value


def parse_value(data: bytes) -> Value:
    """The value of which ``data`` are the canonical bytes."""
    check(len(data) > 0, "value: empty")
    tag, rest = data[0], data[1:]
    if tag == 0:
        value: Value = None
    elif tag == 1:
        value = int.from_bytes(rest, "big", signed=True)
    else:
        check(tag in (2, 3), "value: tag")
        value = rest[4:].decode() if tag == 2 else rest[4:]
    check(canonical_value(value) == data, "value: canonical")
    return value


def natural_id(table: int, owner: bytes, values: Iterable[Value]) -> bytes:
    """The row id that follows from a natural key (section 3)."""
    parts = [struct.pack(">H", table), owner, *(canonical_value(value) for value in values)]
    return hashlib.sha256(b"".join(struct.pack(">I", len(part)) + part for part in parts)).digest()[:16]


def _cell_order(cell: Cell) -> tuple[Stamp, int, int, bytes]:
    """Stamps decide; under one stamp, which only a fork makes, the larger value."""
    value = cell.value
    match value:
        case None:
            order = (0, 0, b"")
        case int():
            order = (1, value, b"")
        case str():
            order = (2, 0, value.encode())
        case bytes():
            order = (3, 0, value)
    return cell.stamp, *order


class Digest(NamedTuple):
    """The sum of the row hashes of one audience, and how many rows."""

    sum: int = 0
    rows: int = 0

    def adding(self, row: Row) -> "Digest":
        return Digest((self.sum + row.hash) % HASH_MODULUS, self.rows + 1)


def uuid_text(data: bytes) -> str:
    """The text form of a member id or row id."""
    return str(uuid.UUID(bytes=data))


def uuid_bytes(text: str) -> bytes:
    """The binary form of a member id or row id."""
    return uuid.UUID(text).bytes
