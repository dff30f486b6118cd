"""Do all files hold the same, is every hash the row's, and does nobody hold what isn't theirs?"""

from __future__ import annotations

import tables
from canonical import Damage, Key, Row, row_hash, value_of
from findings import Findings, cell_text, place, shown
from replica import Replica

#: The columns of a conflict that hold the two values, in canonical bytes.
CONFLICT_VALUES = (6, 9)
#: Shorter texts stand in a file by chance.
TEXT_LEAST = 11


def check_equal(hub: Replica, node: Replica, findings: Findings) -> dict[int, tuple[int, bool]]:
    """Every row that the node may read is cell by cell the hub's, and it has no other.

    Returns by table how many rows were compared, and whether they are equal.
    """
    readable = {key for key, (_, _, audience) in hub.rows.items() if tables.may_read(audience, node.member)}
    result: dict[int, tuple[int, bool]] = {number: (0, True) for number in tables.NAMES}
    for key in sorted(readable | set(node.rows)):
        count, equal = result.get(key.table, (0, True))
        equal = _check_row(hub, node, key, key in readable, findings) and equal
        result[key.table] = (count + 1, equal)
    return result


def _check_row(hub: Replica, node: Replica, key: Key, readable: bool, findings: Findings) -> bool:
    here = key in node.rows
    if not findings.check("rows", readable == here, lambda: _presence_sentence(hub, node, key, readable)):
        return False
    (ours, _, our_audience), (theirs, _, their_audience) = hub.rows[key], node.rows[key]
    equal = True
    for column in sorted({*ours.clock, *theirs.clock}):
        same = (
            ours.clock.get(column) == theirs.clock.get(column) and ours.length == theirs.length
            and _same_value(ours.values.get(column), theirs.values.get(column)))
        equal = findings.check("cells", same, lambda: (
            f"{place(hub, key, column)} differs: hub has {cell_text(hub, key, column)}, "
            f"{node.name} has {cell_text(node, key, column)}")) and equal
    if our_audience != their_audience:
        findings.fault(f"{place(hub, key)} has one audience at the hub and another at {node.name}")
        equal = False
    return equal


def _same_value(left, right) -> bool:
    return type(left) is type(right) and left == right


def _presence_sentence(hub: Replica, node: Replica, key: Key, readable: bool) -> str:
    if readable:
        return f"{place(hub, key)} is missing at {node.name}: hub has it, {_whole(hub, key)}"
    if key in hub.rows:
        return f"{place(hub, key)} stands at {node.name}, whose member may not read it"
    return f"{place(node, key)} stands at {node.name} but not at the hub: {_whole(node, key)}"


def _whole(replica: Replica, key: Key) -> str:
    row = replica.rows[key][0]
    cells = [f"{replica.column(key.table, column)} {shown(value)}" for column, value in sorted(row.values.items())]
    return ("" if row.is_there else "deleted, ") + ", ".join(cell for cell in cells if not cell.endswith("empty"))


def check_hashes(replica: Replica, findings: Findings) -> None:
    """Every row's hash, and every digest that is kept, recomputed."""
    sums: dict[bytes, tuple[int, int]] = {}
    for key, (row, stored, audience) in sorted(replica.rows.items()):
        expected = _hash(row) if row.is_there else None
        findings.check("hashes", stored == expected, lambda: (
            f"{place(replica, key)} at {replica.name} is not what its hash says "
            f"({_whole(replica, key)}; stored {shown(stored)}, recomputed {shown(expected)})"))
        if expected:
            total, rows = sums.get(audience, (0, 0))
            sums[audience] = ((total + int.from_bytes(expected, "big")) % (1 << 128), rows + 1)
    for audience in sorted({*sums, *replica.digests}):
        kept, recomputed = replica.digests.get(audience, (0, 0)), sums.get(audience, (0, 0))
        findings.check("digests", kept == recomputed, lambda: (
            f"{replica.name}: the digest kept for {audience_text(audience)} is {_digest(kept)}, "
            f"its rows give {_digest(recomputed)}"))


def _hash(row) -> bytes | None:
    try:
        return row_hash(row)
    except Damage:
        return None


def audience_text(audience: bytes) -> str:
    return f"members {shown(audience)}" if audience else "the alliance"


def _digest(digest: tuple[int, int]) -> str:
    return f"{digest[0]:032x}/{digest[1]}"


def check_secrecy(hub: Replica, nodes: list[Replica], findings: Findings) -> None:
    """What is addressed to few stands nowhere in the files of the others: not in a table, a section, or a free page."""
    for node in nodes:
        files = node.raw_files()
        own = {text for key, (row, _, audience) in hub.rows.items() if tables.may_read(audience, node.member)
               for text in _texts(row)}
        for key, (row, _, audience) in sorted(hub.rows.items()):
            if not tables.may_read(audience, node.member):
                for text in sorted(_texts(row) - own):
                    _check_absent(hub, node, key, text, files, findings)
        for (replica, seq), segment in sorted(node.segments.items()):
            for ordinal, (audience, _) in segment.bodies.items():
                findings.check("secrets", tables.may_read(audience, node.member), lambda: (
                    f"{node.name} keeps section {ordinal} of segment {seq} of {replica:016x}, "
                    f"which is for {audience_text(audience)}"))


def _check_absent(
    hub: Replica, node: Replica, key: Key, text: str, files: dict[str, bytes], findings: Findings
) -> None:
    raw = text.encode("utf-8", "surrogateescape")
    where = [name for name, content in files.items() if raw in content]
    findings.check("secrets", not where, lambda: (
        f"{place(hub, key)}: “{text}” stands in the bytes of {', '.join(where)} of {node.name}, "
        "whose member may not read it"))


def _texts(row: Row) -> set[str]:
    """Texts of a row that are long enough to be looked for in a file's bytes; those inside a conflict's values too."""
    values = list(row.values.values())
    if row.key.table == tables.CONFLICT:
        values += [value_of(row.values[column]) for column in CONFLICT_VALUES if row.values.get(column)]
    return {value for value in values if isinstance(value, str) and len(value) >= TEXT_LEAST}
