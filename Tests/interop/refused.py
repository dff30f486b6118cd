"""Makes the lists ``refused`` of ``Protocol/Vectors``: right bytes with one fault each, and the rule that it breaks.

Run from the repository's root to write them anew::

    python3 Tests/interop/refused.py
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from codec import Transaction, compress, encode_changes, encode_states
from messages import PROTOCOL, pb
from rows import Cell, Key, PackedClock, Presence, Row, Stamp

MEBIBYTE = 1 << 20
GROUP_OF_FIELD_99 = bytes.fromhex("9b069c06")
UNKNOWN_FIELD_99 = bytes.fromhex("9a0600")
REPLICA = 0xA1

Case = dict[str, Any]
Change = Callable[[Any], Any]


def vector_file(name: str) -> Any:
    """The path of a file of vectors."""
    return PROTOCOL / "Vectors" / f"{name}.json"


def vector(name: str) -> Any:
    """A file of vectors."""
    return json.loads(vector_file(name).read_text(encoding="utf-8"))


def clocks() -> Iterator[Case]:
    """Packed clocks that are not canonical (5.3)."""
    early, later = Stamp(5, REPLICA), Stamp(6, REPLICA)
    for rule, name, clock in (
        ("1", "base without width", PackedClock(0, early, {})),
        ("1", "width without base", PackedClock(1, None, {})),
        ("3", "late stamp below the base", PackedClock(2, later, {1: early})),
        ("3", "late stamp equal to the base", PackedClock(2, early, {1: early})),
        ("4", "no column carries the base", PackedClock(1, early, {0: later})),
        ("4", "no column of several carries the base", PackedClock(2, early, {0: later, 1: later})),
        ("5", "late column equal to the width", PackedClock(1, early, {1: later})),
        ("5", "late presence without a base", PackedClock(0, None, {0: early})),
    ):
        base = _stamp(clock.base) if clock.base else None
        late = [{"column": column, **_stamp(stamp)} for column, stamp in clock.late.items()]
        yield {"name": name, "rule": f"5.3, {rule}", "width": clock.width, "base": base, "late": late}


def _stamp(stamp: Stamp) -> Case:
    return {"time": stamp.time, "replica": f"{stamp.replica:016x}"}


def frames() -> Iterator[Case]:
    """Frames of which a reader uses nothing (6.2, rules 1 and 2)."""
    raw = right_changes()
    frame = compress(raw)
    skippable = bytes.fromhex("502a4d1800000000")
    bomb = compress(bytes(MEBIBYTE))
    for rule, name, data, size in (
        ("1", "beyond the ratio", bomb, MEBIBYTE),
        ("1", "beyond 8 MiB", frame, 8 * MEBIBYTE + 1),
        ("2", "cut off", frame[:-1], len(raw)),
        ("2", "two frames", frame + frame, len(raw)),
        ("2", "bytes behind it", frame + b"\0", len(raw)),
        ("2", "a skippable frame before it", skippable + frame, len(raw)),
        ("2", "a skippable frame behind it", frame + skippable, len(raw)),
        ("2", "more than announced", frame, len(raw) - 1),
        ("2", "less than announced", frame, len(raw) + 1),
    ):
        yield {"name": name, "rule": f"6.2, {rule}", "frame": data.hex(), "rawSize": size}


def sections() -> Iterator[Case]:
    """Sections in both forms that do not read (6.2, rules 3 to 8)."""

    def without_width(section: Any) -> None:
        _batch(section).width[0], _batch(section).base_time[0] = 0, 0

    def write_nothing(section: Any) -> None:
        _batch(section).presence[0] = 0
        del _batch(section).columns[:]

    changes: list[tuple[str, str, Change]] = [
        ("5", "no rows", lambda s: setattr(_batch(s), "rows", 0)),
        ("5", "table 65536", lambda s: setattr(_batch(s), "table", 65536)),
        ("5", "an owner of 15 bytes", lambda s: _batch(s).owners.__setitem__(0, bytes(15))),
        ("5", "owner out of its list", lambda s: _batch(s).owner.__setitem__(0, 1)),
        ("5", "neither one owner nor one a row", lambda s: _batch(s).owner.append(0)),
        ("5", "no presence", lambda s: _batch(s).ClearField("presence")),
        ("5", "id prefix below 0", lambda s: _batch(s).id_prefix.__setitem__(0, -1)),
        ("5", "id prefix of 17 bits", lambda s: _batch(s).id_prefix.__setitem__(0, 65536)),
        ("5", "an id cut off", lambda s: setattr(_batch(s), "id_rest", bytes(13))),
        ("5", "transaction out of its list", lambda s: _batch(s).transaction.__setitem__(0, 1)),
        ("5", "column 0", lambda s: setattr(_text(s), "id", 0)),
        ("5", "column 65535", lambda s: setattr(_number(s), "id", 65535)),
        ("5", "columns descend", lambda s: setattr(_text(s), "id", 9)),
        ("5", "a column twice", lambda s: setattr(_text(s), "id", 2)),
        ("6", "kind 4", lambda s: setattr(_text(s), "kind", 4)),
        ("6", "nulls too long", lambda s: setattr(_text(s), "nulls", bytes(2))),
        ("6", "an integer too many", lambda s: _number(s).integers.append(1)),
        ("6", "an integer for a null", lambda s: setattr(_number(s), "nulls", b"\1")),
        ("6", "a length too many", lambda s: _text(s).lengths.append(0)),
        ("6", "lengths beyond the blob", lambda s: _text(s).lengths.__setitem__(0, 7)),
        ("6", "text that is not UTF-8", lambda s: setattr(_text(s), "blob", b"\xff" * 6)),
        ("6", "choice out of its list", lambda s: _text(s).choices.append(1)),
        ("6", "a choice too many", lambda s: _text(s).choices.extend([0, 0])),
        ("7", "time 0", lambda s: s.times.__setitem__(0, 0)),
        ("7", "a time of 64 bits", lambda s: s.times.__setitem__(0, 2**63)),
        ("7", "a time without rows", lambda s: s.times.append(1)),
        ("7", "a row that writes nothing", write_nothing),
    ]
    right = right_changes()
    for rule, name, change in changes:
        yield {"name": name, "rule": f"6.2, {rule}", "replica": f"{REPLICA:016x}", "raw": _changed(right, change)}
    raw = (right + GROUP_OF_FIELD_99).hex()
    yield {"name": "a group", "rule": "6.2, 3", "replica": f"{REPLICA:016x}", "raw": raw}
    yield {"name": "cut off", "rule": "6.2, 3", "replica": f"{REPLICA:016x}", "raw": right[:-1].hex()}
    states: list[tuple[str, Change]] = [
        ("no base time", lambda s: _batch(s).ClearField("base_time")),
        ("base time below 0", lambda s: _batch(s).base_time.__setitem__(0, -1)),
        ("base replica out of its list", lambda s: _batch(s).base_replica.__setitem__(0, 1)),
        ("late replica out of its list", lambda s: _batch(s).late_replica.__setitem__(0, 1)),
        ("late time of 64 bits", lambda s: _batch(s).late_time.__setitem__(0, 2**63)),
        ("a late stamp too many", lambda s: _batch(s).late_column.append(9)),
        ("late count beyond its list", lambda s: _batch(s).late_count.__setitem__(0, 3)),
        ("late columns descend", lambda s: _batch(s).late_column.__setitem__(0, 9)),
        ("late column equal to the width", lambda s: _batch(s).late_column.__setitem__(1, 3)),
        ("late stamp below the base", lambda s: _batch(s).late_time.__setitem__(0, 1)),
        ("a presence without a stamp", without_width),
        ("a stamp without a presence", lambda s: _batch(s).presence.__setitem__(0, 0)),
        ("a stamp without a cell", lambda s: _batch(s).width.__setitem__(0, 4)),
        ("a cell without a stamp", lambda s: _batch(s).columns.add(id=8, kind=1).integers.append(1)),
    ]
    for name, change in states:
        yield {"name": name, "rule": "6.2, 8", "raw": _changed(right_states(), change)}


def _batch(section: Any) -> Any:
    return section.batches[0]


def _text(section: Any) -> Any:
    return _batch(section).columns[0]


def _number(section: Any) -> Any:
    return _batch(section).columns[1]


def right_changes() -> bytes:
    """One transaction of one row with a text and an integer, in change form."""
    stamp = Stamp(1000, REPLICA)
    row = Row(_key(), Presence(1, stamp), {1: Cell("示例", stamp), 2: Cell(7, stamp)})
    return encode_changes([Transaction(stamp.time, (row,))])


def right_states() -> bytes:
    """One row in state form: width 3, a late column below it and one beyond."""
    base, late = Stamp(1000, REPLICA), Stamp(1001, REPLICA)
    cells = {1: Cell("示例", base), 2: Cell(7, late), 5: Cell(None, late)}
    return encode_states([Row(_key(), Presence(1, base), cells)])


def _key() -> Key:
    return Key(19, bytes(15) + b"\1", bytes(15) + b"\2")


def _changed(raw: bytes, change: Change) -> str:
    section = pb.Section.FromString(raw)
    change(section)
    return section.SerializeToString(deterministic=True).hex()


def headers() -> Iterator[Case]:
    """Headers that do not read (section 7)."""
    right = bytes.fromhex(vector("segment")["header"])

    def follow(header: Any, seq: int, previous: bytes) -> None:
        header.seq, header.previous = seq, previous

    def stand_on(header: Any, seq: int, hash: bytes) -> None:
        header.seq, header.previous = seq, b"" if seq == 1 else bytes(32)
        header.stands_on.replica, header.stands_on.seq, header.stands_on.hash = 1, 1, hash

    def descend(header: Any) -> None:
        last = pb.SectionHead()
        last.CopyFrom(header.sections[0])
        header.sections.append(last)
        del header.sections[0]

    def too_large(header: Any) -> None:
        for section in header.sections:
            section.size = 5 * MEBIBYTE

    for field, name, change in (
        ("1", "version 0", lambda h: setattr(h, "version", 0)),
        ("1", "version 2", lambda h: setattr(h, "version", 2)),
        ("3", "seq 0", lambda h: setattr(h, "seq", 0)),
        ("3", "seq 2^63−1", lambda h: follow(h, 2**63 - 1, bytes(32))),
        ("4", "the first with a previous", lambda h: setattr(h, "previous", bytes(32))),
        ("4", "the second without a previous", lambda h: setattr(h, "seq", 2)),
        ("4", "a previous of 31 bytes", lambda h: follow(h, 2, bytes(31))),
        ("5", "the second stands on another replica", lambda h: stand_on(h, 2, bytes(32))),
        ("5", "stands on a hash of 31 bytes", lambda h: stand_on(h, 1, bytes(31))),
        ("7", "times descend", lambda h: setattr(h, "first_time", h.last_time + 1)),
        ("7", "a time of 64 bits", lambda h: setattr(h, "last_time", 2**63)),
        ("9", "seen rev 2^63−1", lambda h: setattr(h, "seen_rev", 2**63 - 1)),
        ("11", "no transactions", lambda h: setattr(h, "transactions", 0)),
        ("11", "10 001 transactions", lambda h: setattr(h, "transactions", 10_001)),
        ("12", "no sections", lambda h: h.ClearField("sections")),
        ("12", "sections descend", descend),
        ("12", "two sections of one audience", lambda h: setattr(h.sections[1], "audience", b"")),
        ("12", "sizes beyond 8 MiB", too_large),
        ("12.1", "an audience of 15 bytes", lambda h: setattr(h.sections[1], "audience", bytes(15))),
        ("12.1", "members descend", lambda h: setattr(h.sections[1], "audience", b"\2" * 16 + b"\1" * 16)),
        ("12.1", "a member twice", lambda h: setattr(h.sections[1], "audience", b"\1" * 32)),
        ("12.2", "raw size 0", lambda h: setattr(h.sections[0], "raw_size", 0)),
        ("12.2", "raw size beyond 8 MiB", lambda h: setattr(h.sections[0], "raw_size", 8 * MEBIBYTE + 1)),
        ("12.4", "a hash of 31 bytes", lambda h: setattr(h.sections[0], "hash", bytes(31))),
    ):
        header = pb.SegmentHeader.FromString(right)
        change(header)
        yield {"name": name, "rule": f"7, field {field}", "header": header.SerializeToString(deterministic=True).hex()}
    yield {"name": "a group", "rule": "6.2, 3", "header": (right + GROUP_OF_FIELD_99).hex()}


def verdicts() -> Iterator[Case]:
    """Verdicts, with their details, that a reader refuses (section 8)."""
    entry = next(entry for entry in vector("journal")["entries"] if entry["verdict"])
    right, detail = bytes.fromhex(entry["verdict"]), bytes.fromhex(entry["detail"])
    time = pb.Verdict.FromString(right).strikes[0].time

    def strikes(*strikes: tuple[int, int], hash: bytes = bytes(32)) -> bytes:
        verdict = pb.Verdict(detail=hash)
        for time, code in strikes:
            verdict.strikes.add(time=time, code=code)
        return verdict.SerializeToString(deterministic=True)

    strike = right[2 : 2 + right[1]]
    longer = strike[:-1] + bytes([strike[-1] | 0x80, 0])
    long_code = b"\x0a" + bytes([len(longer)]) + longer + right[2 + right[1] :]
    for name, verdict, told in (
        ("an unknown field", right + UNKNOWN_FIELD_99, b""),
        ("a number longer than it need be", long_code, b""),
        ("fields descend", right[2 + right[1] :] + right[: 2 + right[1]], b""),
        ("cut off", right[:-1], b""),
        ("strikes descend", strikes((time + 1, 1), (time, 1)), b""),
        ("a time twice", strikes((time, 1), (time, 1)), b""),
        ("code 0", strikes((time, 0)), b""),
        ("code 256", strikes((time, 256)), b""),
        ("strikes without the hash of a detail", strikes((time, 1), hash=b""), b""),
        ("the hash of a detail without strikes", strikes(), b""),
        ("a hash of 31 bytes", strikes((time, 1), hash=bytes(31)), b""),
        ("a detail that it does not name", right, detail[:-1] + bytes([detail[-1] ^ 1])),
        ("a detail without strikes", b"", detail),
    ):
        yield {"name": name, "rule": "8", "verdict": verdict.hex(), "detail": told.hex()}


LISTS: dict[str, tuple[str, Callable[[], list[Case]]]] = {
    "canonical-row": (" refused: packed clocks that are not canonical.", lambda: list(clocks())),
    "section": (
        " refused: frames, with the raw size that is announced; messages in change form, with the replica; and in state"
        " form, without one.",
        lambda: [*frames(), *sections()],
    ),
    "segment": (" refused: headers.", lambda: list(headers())),
    "journal": (" refused: verdicts and details of the second entry.", lambda: list(verdicts())),
}


def main() -> None:
    for name, (about, cases) in LISTS.items():
        content = vector(name)
        content["about"] = content["about"].removesuffix(about) + about
        content["refused"] = cases()
        vector_file(name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
