"""Rows, stamps and hashes as the specification gives them, written apart from the program.

A cell value is what SQLite holds: None, int, str or bytes. A stamp is a pair (hybrid time, replica number); a row's
clock is the map from column number to stamp, in which column 0 is the row's presence.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass, field

Value = None | int | str | bytes
Stamp = tuple[int, int]
PRESENCE = 0


class Damage(Exception):
    """Bytes that are not what the format says."""


@dataclass(frozen=True, order=True)
class Key:
    """Table number, owner's id and row's id."""

    table: int
    owner: bytes
    id: bytes


@dataclass
class Row:
    """A row's state: causal length, clock and the values of every column of the clock but presence."""

    key: Key
    length: int
    clock: dict[int, Stamp]
    values: dict[int, Value] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        return self.length % 2 == 1

    def same(self, other: Row) -> bool:
        return (self.length, self.clock, self.values) == (other.length, other.clock, other.values) and all(
            type(value) is type(other.values[column]) for column, value in self.values.items())


def value_bytes(value: Value) -> bytes:
    """Tag and payload of a value."""
    match value:
        case None:
            return b"\0"
        case int():
            return b"\1" + struct.pack(">q", value)
        case str():
            text = value.encode("utf-8", "surrogateescape")
            return b"\2" + struct.pack(">I", len(text)) + text
        case bytes():
            return b"\3" + struct.pack(">I", len(value)) + value
    raise Damage(f"no cell holds {value!r}")


def value_of(raw: bytes) -> Value:
    """What `value_bytes` wrote."""
    tag, payload = raw[:1], raw[1:]
    if tag == b"\0" and not payload:
        return None
    if tag == b"\1" and len(payload) == 8:
        return struct.unpack(">q", payload)[0]
    if tag in (b"\2", b"\3") and len(payload) >= 4 and len(payload) - 4 == int.from_bytes(payload[:4], "big"):
        return payload[4:].decode("utf-8", "surrogateescape") if tag == b"\2" else payload[4:]
    raise Damage(f"not a canonical value: {raw.hex()}")


def packed(clock: dict[int, Stamp]) -> tuple[int, Stamp | None, list[tuple[int, Stamp]]]:
    """Width, base stamp and late list of a clock: the one canonical form of the map."""
    width = 0
    while width in clock:
        width += 1
    base = min(clock[column] for column in range(width)) if width else None
    late = [(column, stamp) for column, stamp in sorted(clock.items()) if column >= width or stamp != base]
    return width, base, late


def row_bytes(row: Row) -> bytes:
    """The canonical bytes of a row."""
    width, base, late = packed(row.clock)
    parts = [struct.pack(">H", row.key.table), row.key.owner, row.key.id, struct.pack(">IH", row.length, width)]
    if base:
        parts.append(struct.pack(">QQ", *base))
    parts.append(struct.pack(">H", len(late)))
    parts += [struct.pack(">HQQ", column, *stamp) for column, stamp in late]
    for column in sorted(row.values):
        parts.append(struct.pack(">H", column) + value_bytes(row.values[column]))
    return b"".join(parts)


def row_hash(row: Row) -> bytes:
    """What a row adds to its audience's digest."""
    return hashlib.sha256(row_bytes(row)).digest()[:16]


def natural_id(table: int, owner: bytes, parts: list[Value]) -> bytes:
    """The id of a row with a natural key."""
    pieces = [struct.pack(">H", table), owner] + [value_bytes(part) for part in parts]
    return hashlib.sha256(b"".join(struct.pack(">I", len(piece)) + piece for piece in pieces)).digest()[:16]


def journal_hash(previous: bytes, rev: int, hub_time: int, header: bytes, verdict: bytes) -> bytes:
    """The hash of the journal with one more entry."""
    tail = hashlib.sha256(header).digest() + hashlib.sha256(verdict).digest()
    return hashlib.sha256(previous + struct.pack(">QQ", rev, hub_time) + tail).digest()


def stamp_of(text: str) -> Stamp:
    """Reads `milliseconds.counter@replica`, as the program prints a stamp."""
    found = re.fullmatch(r"(\d+)\.(\d+)@([0-9a-f]{16})", text)
    if not found:
        raise Damage(f"not a stamp: {text!r}")
    return int(found[1]) << 16 | int(found[2]), int(found[3], 16)


def stamp_text(stamp: Stamp) -> str:
    return f"{stamp[0] >> 16}.{stamp[0] & 0xFFFF}@{stamp[1]:016x}"


def uuid_bytes(text: str) -> bytes:
    raw = bytes.fromhex(text.replace("-", ""))
    if len(raw) != 16:
        raise Damage(f"not an id: {text!r}")
    return raw


def uuid_text(raw: bytes) -> str:
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
