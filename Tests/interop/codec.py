"""Sections in both forms, and segments: decoding with every check of sections 6 and 7, and encoding."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from faults import check
from messages import parse, pb
from rows import MAXIMUM_TIME, PRESENCE, Cell, Key, PackedClock, Presence, Row, Stamp, Value

MEBIBYTE = 1 << 20
MAXIMUM_RAW_SIZE = 8 * MEBIBYTE
MAXIMUM_SEGMENT_SIZE = 8 * MEBIBYTE
MAXIMUM_HEADER_SIZE = 16 * 1024
MAXIMUM_RATIO = 400
MAXIMUM_ROWS = 20_000
MAXIMUM_TRANSACTION_ROWS = 10_000
MAXIMUM_TRANSACTIONS = 10_000
MAXIMUM_BATCHES = 20_000
MAXIMUM_CELLS = 1 << 20
MAXIMUM_CELL_SIZE = 1 << 16
MAXIMUM_COLUMNS = 256
MAXIMUM_OWNERS = 256
MAXIMUM_REPLICAS = 4096
MAXIMUM_SECTIONS = 64
MAXIMUM_AUDIENCE = 256
ZSTD_LEVEL = 3
INTEGER, TEXT, BYTES = 1, 2, 3
VERSION = 1


@dataclass(frozen=True)
class Transaction:
    """Changes of different rows under one stamp."""

    time: int
    changes: tuple[Row, ...]


# ---- Frames


def compress(raw: bytes) -> bytes:
    """One zstd frame with its content size."""
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_content_size=True).compress(raw)


def decompress(frame: bytes, raw_size: int) -> bytes:
    """What the frame holds; exactly one frame that gives exactly the announced size (6.2, rules 1 and 2)."""
    check(1 <= raw_size <= MAXIMUM_RAW_SIZE, "section: raw size")
    check(raw_size <= MAXIMUM_RATIO * max(len(frame), 64), "section: ratio")
    check(frame[:4] == zstandard.FRAME_HEADER, "section: zstd frame")
    try:
        check(zstandard.get_frame_parameters(frame).dict_id == 0, "section: dictionary")
        with zstandard.ZstdDecompressor().stream_reader(frame) as reader:
            raw = reader.read(raw_size + 1)
        check(len(raw) == raw_size, "section: announced raw size")
        whole = zstandard.ZstdDecompressor().decompressobj()
        whole.decompress(frame)
        check(whole.eof and not whole.unused_data, "section: exactly one frame")
    except zstandard.ZstdError as error:
        check(False, f"section: {error}")
    return raw


# ---- Decoding


def decode_changes(raw: bytes, replica: int, first: int = 0, last: int = MAXIMUM_TIME) -> list[Transaction]:
    """A section in change form: transactions of one replica, ascending by time."""
    section = _parse_section(raw)
    check(len(section.times) <= MAXIMUM_TRANSACTIONS, "section: times")
    check(all(difference > 0 for difference in section.times), "section: times ascend")
    times = list(accumulate(section.times))
    check(all(first <= time <= last and time <= MAXIMUM_TIME for time in times), "section: times")
    changes: dict[int, list[Row]] = {time: [] for time in times}
    for batch in section.batches:
        keys, presences, columns = _common(batch)
        transactions = _per_row(batch.transaction, batch.rows, "transaction")
        for i, key in enumerate(keys):
            check(transactions[i] < len(times), "batch: transaction")
            check(presences[i] != 0 or len(columns) > 0, "batch: a change that writes nothing")
            stamp = Stamp(times[transactions[i]], replica)
            presence = Presence(presences[i], stamp) if presences[i] else None
            cells = {column: Cell(values[i], stamp) for column, values in columns.items()}
            changes[stamp.time].append(Row(key, presence, cells))
    check(all(1 <= len(rows) <= MAXIMUM_TRANSACTION_ROWS for rows in changes.values()), "section: rows of a time")
    return [Transaction(time, tuple(rows)) for time, rows in changes.items()]


def decode_states(raw: bytes) -> list[Row]:
    """A section in state form: full or partial states of rows, each with its own clock."""
    section = _parse_section(raw)
    replicas = section.replicas
    check(len(replicas) <= MAXIMUM_REPLICAS, "section: replicas")
    rows: list[Row] = []
    for batch in section.batches:
        keys, presences, columns = _common(batch)
        for i, (key, packed) in enumerate(zip(keys, _clocks(batch, replicas), strict=True)):
            clock = packed.unpacked
            check((PRESENCE in clock) == (presences[i] != 0), "batch: clock of presence")
            check(clock.keys() - {PRESENCE} == columns.keys(), "batch: clock of columns")
            presence = Presence(presences[i], clock[PRESENCE]) if presences[i] else None
            rows.append(Row(key, presence, {c: Cell(values[i], clock[c]) for c, values in columns.items()}))
    return rows


def _parse_section(raw: bytes) -> Any:
    section = parse(pb.Section, raw)
    batches = section.batches
    check(len(batches) <= MAXIMUM_BATCHES, "section: batches")
    check(sum(len(batch.columns) for batch in batches) <= MAXIMUM_CELLS, "section: columns")
    check(sum(batch.rows for batch in batches) <= MAXIMUM_ROWS, "section: rows")
    check(sum(batch.rows * len(batch.columns) for batch in batches) <= MAXIMUM_CELLS, "section: cells")
    return section


def _common(batch: Any) -> tuple[list[Key], Sequence[int], dict[int, list[Value]]]:
    """Keys, causal lengths and values by column: what both forms have."""
    rows = batch.rows
    check(1 <= rows <= MAXIMUM_ROWS, "batch: rows")
    check(batch.table <= 0xFFFF, "batch: table")
    check(len(batch.owners) <= MAXIMUM_OWNERS and all(len(o) == 16 for o in batch.owners), "batch: owners")
    owner = _per_row(batch.owner, rows, "owner")
    check(all(index < len(batch.owners) for index in owner), "batch: owner")
    check(len(batch.id_prefix) == rows and len(batch.id_rest) == 14 * rows, "batch: ids")
    prefixes = list(accumulate(batch.id_prefix))
    check(all(0 <= prefix <= 0xFFFF for prefix in prefixes), "batch: id prefix")
    keys = [
        Key(batch.table, batch.owners[owner[i]], prefixes[i].to_bytes(2, "big") + batch.id_rest[14 * i : 14 * i + 14])
        for i in range(rows)
    ]
    ids = [column.id for column in batch.columns]
    check(len(ids) <= MAXIMUM_COLUMNS, "batch: columns")
    check(all(1 <= id < 0xFFFF for id in ids) and sorted(set(ids)) == ids, "batch: columns ascend")
    columns = {column.id: _values(column, rows) for column in batch.columns}
    return keys, _per_row(batch.presence, rows, "presence"), columns


def _per_row(numbers: Sequence[int], rows: int, name: str) -> Sequence[int]:
    """A list of one number for each row, or of one that holds for all."""
    check(len(numbers) in (1, rows), f"batch: {name}")
    return numbers if len(numbers) == rows else [numbers[0]] * rows


def _values(column: Any, rows: int) -> list[Value]:
    check(len(column.nulls) in (0, (rows + 7) // 8), "column: nulls")
    is_null = [bool(column.nulls) and bool(column.nulls[i // 8] >> i % 8 & 1) for i in range(rows)]
    count = is_null.count(False)
    check(column.kind in (INTEGER, TEXT, BYTES), "column: kind")
    if column.kind == INTEGER:
        check(len(column.integers) == count, "column: integers")
        values: Iterator[Value] = iter(column.integers)
    else:
        values = iter(_payloads(column, count))
    return [None if null else next(values) for null in is_null]


def _payloads(column: Any, count: int) -> list[Value]:
    lengths, choices = column.lengths, column.choices
    check(len(lengths) <= count and sum(lengths) == len(column.blob), "column: lengths")
    check(all(length <= MAXIMUM_CELL_SIZE for length in lengths), "column: size of a cell")
    ends = list(accumulate(lengths))
    pieces: list[Value] = [column.blob[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    if column.kind == TEXT:
        try:
            pieces = [piece.decode() for piece in pieces if isinstance(piece, bytes)]
        except UnicodeDecodeError:
            check(False, "column: UTF-8")
    check(len(choices or lengths) == count, "column: payloads")
    check(all(choice < len(pieces) for choice in choices), "column: choices")
    return [pieces[choice] for choice in choices] if choices else pieces


def _clocks(batch: Any, replicas: Sequence[int]) -> Iterator[PackedClock]:
    rows = batch.rows
    check(len(batch.base_time) == rows, "batch: base times")
    base_times = list(accumulate(batch.base_time))
    base_replica = _per_row(batch.base_replica, rows, "base replica")
    width = _per_row(batch.width, rows, "width")
    late_count = _per_row(batch.late_count, rows, "late count")
    total = sum(late_count)
    check(all(len(x) == total for x in (batch.late_column, batch.late_time, batch.late_replica)), "batch: late")
    based = [time for time, n in zip(base_times, width, strict=True) if n > 0]
    check(all(0 <= time <= MAXIMUM_TIME for time in (*based, *batch.late_time)), "batch: times")
    check(all(index < len(replicas) for index in batch.late_replica), "batch: late replica")
    end = 0
    for i in range(rows):
        base = None
        if width[i] > 0:
            check(base_replica[i] < len(replicas), "batch: base replica")
            base = Stamp(base_times[i], replicas[base_replica[i]])
        start, end = end, end + late_count[i]
        columns = batch.late_column[start:end]
        check(sorted(set(columns)) == list(columns), "batch: late columns ascend")
        stamps = (Stamp(batch.late_time[j], replicas[batch.late_replica[j]]) for j in range(start, end))
        yield PackedClock(width[i], base, dict(zip(columns, stamps, strict=True)))


# ---- Encoding


def encode_changes(transactions: Iterable[Transaction]) -> bytes:
    """A section in change form, in the order that is advised (6.3)."""
    section = pb.Section()
    transactions = sorted(transactions, key=lambda transaction: transaction.time)
    index = {transaction.time: i for i, transaction in enumerate(transactions)}
    section.times.extend(_differences([transaction.time for transaction in transactions]))
    changes = [(row, t.time) for t in transactions for row in sorted(t.changes, key=lambda row: row.key)]
    for batch, rows in _batches(section, changes, lambda change: change[0]):
        rows.sort(key=lambda change: (change[0].key, change[1]))
        _fill(batch, [row for row, _ in rows])
        batch.transaction.extend(_shortened([index[time] for _, time in rows]))
    return section.SerializeToString(deterministic=True)


def encode_states(states: Iterable[Row]) -> bytes:
    """A section in state form, in the order that is advised (6.3)."""
    section = pb.Section()
    states = sorted(states, key=lambda row: row.key)
    index: dict[int, int] = {}
    for batch, rows in _batches(section, states, lambda row: row):
        _fill(batch, rows)
        clocks = [PackedClock.of(row.clock) for row in rows]
        for clock in clocks:
            for stamp in ([clock.base] if clock.base else []) + list(clock.late.values()):
                index.setdefault(stamp.replica, len(index))
        bases = [clock.base or Stamp(0, next(iter(index))) for clock in clocks]
        batch.base_time.extend(_differences([base.time for base in bases]))
        batch.base_replica.extend(_shortened([index[base.replica] for base in bases]))
        batch.width.extend(_shortened([clock.width for clock in clocks]))
        batch.late_count.extend(_shortened([len(clock.late) for clock in clocks]))
        for clock in clocks:
            batch.late_column.extend(clock.late)
            batch.late_time.extend(stamp.time for stamp in clock.late.values())
            batch.late_replica.extend(index[stamp.replica] for stamp in clock.late.values())
    section.replicas.extend(index)
    return section.SerializeToString(deterministic=True)


def _kind(value: Value) -> int:
    return {int: INTEGER, str: TEXT, bytes: BYTES}[type(value)]


def _batches(section: Any, items: Iterable[Any], row_of: Callable[[Any], Row]) -> Iterator[tuple[Any, list[Any]]]:
    """One batch for each (table, columns, kinds), in the order in which its first row comes; a null fits every kind."""
    groups: dict[tuple[int, tuple[int, ...]], list[tuple[dict[int, int], list[Any]]]] = {}
    in_order: list[tuple[int, list[Any]]] = []
    for item in items:
        row = row_of(item)
        kinds = {column: _kind(cell.value) for column, cell in sorted(row.cells.items()) if cell.value is not None}
        alike = groups.setdefault((row.key.table, tuple(sorted(row.cells))), [])
        for kinds_of_group, group in alike:
            if all(kinds_of_group.get(column, kind) == kind for column, kind in kinds.items()):
                kinds_of_group.update(kinds)
                group.append(item)
                break
        else:
            alike.append((kinds, [item]))
            in_order.append((row.key.table, alike[-1][1]))
    for table, group in in_order:
        yield section.batches.add(table=table, rows=len(group)), group


def _fill(batch: Any, rows: Sequence[Row]) -> None:
    owners = list(dict.fromkeys(row.key.owner for row in rows))
    batch.owners.extend(owners)
    batch.owner.extend(_shortened([owners.index(row.key.owner) for row in rows]))
    batch.id_prefix.extend(_differences([int.from_bytes(row.key.id[:2], "big") for row in rows]))
    batch.id_rest = b"".join(row.key.id[2:] for row in rows)
    batch.presence.extend(_shortened([row.length for row in rows]))
    for column in sorted(rows[0].cells):
        _fill_column(batch.columns.add(id=column), [row.cells[column].value for row in rows])


def _fill_column(column: Any, values: Sequence[Value]) -> None:
    present = [value for value in values if value is not None]
    column.kind = _kind(present[0]) if present else INTEGER
    if len(present) < len(values):
        bits = sum(1 << i for i, value in enumerate(values) if value is None)
        column.nulls = bits.to_bytes((len(values) + 7) // 8, "little")
    if column.kind == INTEGER:
        column.integers.extend(present)
        return
    payloads = [_payload(value) for value in present]
    distinct = list(dict.fromkeys(payloads))
    if 2 * len(distinct) <= len(payloads):
        position = {payload: i for i, payload in enumerate(distinct)}
        column.choices.extend(position[payload] for payload in payloads)
        payloads = distinct
    column.blob = b"".join(payloads)
    column.lengths.extend(len(payload) for payload in payloads)


def _payload(value: Value) -> bytes:
    if isinstance(value, str):
        return value.encode()
    assert isinstance(value, bytes)
    return value


def _differences(numbers: Sequence[int]) -> list[int]:
    return [number - before for before, number in zip([0, *numbers], numbers, strict=False)]


def _shortened(numbers: list[int]) -> list[int]:
    return numbers[:1] if len(set(numbers)) == 1 else numbers


# ---- Segments


@dataclass(frozen=True)
class SegmentHeader:
    """A header as it was sent, and what it says; its bytes are signed and never serialised again."""

    data: bytes
    message: Any

    @classmethod
    def parse(cls, data: bytes) -> "SegmentHeader":
        """Read a header with every check of section 7."""
        check(len(data) <= MAXIMUM_HEADER_SIZE, "header: size")
        message = parse(pb.SegmentHeader, data)
        check(message.version == VERSION, "header: version")
        check(1 <= message.seq <= 2**63 - 2, "header: seq")
        check(len(message.previous) == (0 if message.seq == 1 else 32), "header: previous")
        stands_on = message.stands_on if message.HasField("stands_on") else None
        check(stands_on is None or (message.seq == 1 and len(stands_on.hash) == 32), "header: stands_on")
        check(message.first_time <= message.last_time <= MAXIMUM_TIME, "header: times")
        check(message.seen_rev < 2**63 - 1, "header: seen")
        check(1 <= message.transactions <= MAXIMUM_TRANSACTIONS, "header: transactions")
        check(1 <= len(message.sections) <= MAXIMUM_SECTIONS, "header: sections")
        audiences = [section.audience for section in message.sections]
        check(sorted(set(audiences)) == audiences, "header: audiences ascend")
        check(sum(section.size for section in message.sections) <= MAXIMUM_SEGMENT_SIZE, "header: sizes")
        for section in message.sections:
            check_audience(section.audience)
            check(1 <= section.raw_size <= MAXIMUM_RAW_SIZE and len(section.hash) == 32, "header: section")
        return cls(data, message)

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.data).digest()

    def section(self, index: int, body: bytes) -> list[Transaction]:
        """The transactions of one section, of which ``body`` is the frame."""
        head = self.message.sections[index]
        check(len(body) == head.size and hashlib.sha256(body).digest() == head.hash, "section: hash of the body")
        raw = decompress(body, head.raw_size)
        return decode_changes(raw, self.message.replica, self.message.first_time, self.message.last_time)


def bodies(message: Any, header: SegmentHeader) -> dict[int, bytes]:
    """The bodies of a segment or entry by index: none twice, none beyond the sections."""
    found = {section.index: section.body for section in message.sections}
    check(len(found) == len(message.sections), "segment: a body twice")
    check(all(index < len(header.message.sections) for index in found), "segment: index of a body")
    return found


def check_audience(audience: bytes) -> None:
    """Nothing, or a set of members: 16 bytes each, ascending, no repeats."""
    members = audience_members(audience)
    check(len(audience) % 16 == 0 and len(members) <= MAXIMUM_AUDIENCE, "audience: size")
    check(sorted(set(members)) == members, "audience: ascending")


def audience_members(audience: bytes) -> list[bytes]:
    """The members of a set; none for the alliance."""
    return [audience[i : i + 16] for i in range(0, len(audience), 16)]


def verify(key: bytes, signature: bytes, data: bytes, what: str) -> None:
    """Raise a fault unless the Ed25519 signature is right."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        check(False, f"{what}: signature")


def cut(
    key: Ed25519PrivateKey,
    transactions_by_audience: Mapping[bytes, Sequence[Transaction]],
    *,
    replica: int,
    seq: int,
    previous: bytes,
    seen_epoch: Any,
    seen_rev: int,
    schema: int,
) -> Any:
    """A signed segment of these transactions, one section for each audience."""
    times = {t.time for transactions in transactions_by_audience.values() for t in transactions}
    header = pb.SegmentHeader(
        version=VERSION,
        replica=replica,
        seq=seq,
        previous=previous,
        first_time=min(times),
        last_time=max(times),
        seen_epoch=seen_epoch,
        seen_rev=seen_rev,
        schema=schema,
        transactions=len(times),
    )
    segment = pb.Segment()
    for index, (audience, transactions) in enumerate(sorted(transactions_by_audience.items())):
        raw = encode_changes(transactions)
        body = compress(raw)
        digest = hashlib.sha256(body).digest()
        header.sections.add(audience=audience, raw_size=len(raw), size=len(body), hash=digest)
        segment.sections.add(index=index, body=body)
    segment.header = header.SerializeToString(deterministic=True)
    segment.signature = key.sign(segment.header)
    return segment
