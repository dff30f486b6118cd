"""A reader of the protobuf messages that stand in a replica's file: segment headers, verdicts and rows in state form."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from canonical import PRESENCE, Damage, Key, Row, Stamp, Value


def varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 64:
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value & (1 << 64) - 1, at
        shift += 7
    raise Damage("a number that does not end")


def signed(value: int) -> int:
    """Zigzag."""
    return (value >> 1) ^ -(value & 1)


class Message:
    """The fields of one message by number, in order."""

    def __init__(self, raw: bytes):
        self.fields: dict[int, list[int | bytes]] = {}
        at = 0
        while at < len(raw):
            tag, at = varint(raw, at)
            value, at = self._value(raw, at, tag & 7)
            self.fields.setdefault(tag >> 3, []).append(value)

    @staticmethod
    def _value(raw: bytes, at: int, kind: int) -> tuple[int | bytes, int]:
        if kind == 0:
            return varint(raw, at)
        size, at = varint(raw, at) if kind == 2 else ({1: 8, 5: 4}.get(kind, -1), at)
        if size < 0 or at + size > len(raw):
            raise Damage("a field that does not end")
        piece = raw[at:at + size]
        return (piece if kind == 2 else int.from_bytes(piece, "little")), at + size

    def number(self, field: int) -> int:
        return self.fields.get(field, [0])[-1]

    def bytes(self, field: int) -> bytes:
        return self.fields.get(field, [b""])[-1]

    def messages(self, field: int) -> list[Message]:
        return [Message(raw) for raw in self.fields.get(field, [])]

    def numbers(self, field: int) -> list[int]:
        """A repeated number, packed or not."""
        found: list[int] = []
        for item in self.fields.get(field, []):
            at = 0
            while isinstance(item, bytes) and at < len(item):
                value, at = varint(item, at)
                found.append(value)
            if isinstance(item, int):
                found.append(item)
        return found

    def fixed(self, field: int) -> list[int]:
        """A repeated fixed64, packed or not."""
        found: list[int] = []
        for item in self.fields.get(field, []):
            found += [item] if isinstance(item, int) else [n for (n,) in struct.iter_unpack("<Q", item)]
        return found


@dataclass(frozen=True)
class Header:
    """A segment's header, as far as the judge reads it."""

    replica: int
    seq: int
    previous: bytes
    first_time: int
    last_time: int
    seen_rev: int
    #: Audience, size and hash of each section's frame.
    sections: tuple[tuple[bytes, int, bytes], ...]

    @staticmethod
    def read(raw: bytes) -> Header:
        message = Message(raw)
        return Header(
            message.number(2), message.number(3), message.bytes(4), message.number(6), message.number(7),
            message.number(9), tuple((head.bytes(1), head.number(3), head.bytes(4)) for head in message.messages(12)))


def struck_times(verdict: bytes) -> list[int]:
    """The times of the transactions that a verdict strikes out."""
    return [strike.number(1) for strike in Message(verdict).messages(1)]


def state_rows(section: bytes) -> list[Row]:
    """The rows of a section in state form."""
    message = Message(section)
    replicas = message.fixed(2)
    return [row for batch in message.messages(3) for row in _batch_rows(batch, replicas)]


def _per_row(values: list[int], count: int) -> list[int]:
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise Damage(f"{len(values)} entries for {count} rows")
    return values


def _batch_rows(batch: Message, replicas: list[int]) -> list[Row]:
    count = batch.number(2)
    owners = batch.fields.get(3, [])
    owner = _per_row(batch.numbers(4), count)
    lengths = _per_row(batch.numbers(7), count)
    clocks = _clocks(batch, count, replicas)
    columns = {column.number(1): _values(column, count) for column in batch.messages(16)}
    rest, prefix, rows = batch.bytes(6), 0, []
    for row, step in enumerate(batch.numbers(5)):
        prefix += signed(step)
        id = struct.pack(">H", prefix) + rest[14 * row:14 * row + 14]
        values = {column: values[row] for column, values in columns.items()}
        if set(clocks[row]) - {PRESENCE} != set(values):
            raise Damage("a stamp without a cell, or a cell without a stamp")
        rows.append(Row(Key(batch.number(1), owners[owner[row]], id), lengths[row], clocks[row], values))
    return rows


def _clocks(batch: Message, count: int, replicas: list[int]) -> list[dict[int, Stamp]]:
    base_replica = _per_row(batch.numbers(10), count)
    widths = _per_row(batch.numbers(11), count)
    late_counts = _per_row(batch.numbers(12), count)
    late = list(zip(batch.numbers(13), batch.numbers(14), batch.numbers(15), strict=True))
    clocks, time = [], 0
    for row, step in enumerate(batch.numbers(9)):
        time += signed(step)
        clock = {column: (time, replicas[base_replica[row]]) for column in range(widths[row])}
        for column, late_time, replica in late[:late_counts[row]]:
            clock[column] = (late_time, replicas[replica])
        late = late[late_counts[row]:]
        clocks.append(clock)
    return clocks


def _values(column: Message, count: int) -> list[Value]:
    nulls = column.bytes(3)
    present: list[Value] = (
        [signed(number) for number in column.numbers(4)] if column.number(2) == 1 else _payloads(column))
    values: list[Value] = []
    taken = iter(present)
    for row in range(count):
        is_null = bool(nulls) and bool(nulls[row // 8] >> (row % 8) & 1)
        values.append(None if is_null else next(taken))
    return values


def _payloads(column: Message) -> list[Value]:
    blob, at, entries = column.bytes(5), 0, []
    for length in column.numbers(6):
        piece = blob[at:at + length]
        entries.append(piece.decode("utf-8", "surrogateescape") if column.number(2) == 2 else piece)
        at += length
    choices = column.numbers(7)
    return [entries[choice] for choice in choices] if choices else entries
