"""Is there one journal, unbroken, and does every replica's chain of segments link?"""

from __future__ import annotations

import hashlib

import tables
from canonical import journal_hash
from findings import Findings
from protobuf import struck_times
from replica import Replica

ZERO = bytes(32)


def check_journal(hub: Replica, nodes: list[Replica], findings: Findings) -> None:
    """The hub's journal hashes recomputed from rev 1; every node holds the same entries, without a gap, to the head."""
    previous, rev = ZERO, 0
    for entry in hub.journal:
        rev += 1
        if not findings.check("journal", entry.rev == rev, lambda: f"hub: the journal has rev {entry.rev} where {rev} is due"):
            rev = entry.rev
        segment = hub.segments.get((entry.replica, entry.seq))
        expected = segment and journal_hash(previous, entry.rev, entry.hub_time, segment.raw, entry.verdict)
        findings.check("journal", expected == entry.hash, lambda: (
            f"hub: journal hash of rev {entry.rev} is {entry.hash.hex()}, recomputed "
            f"{expected.hex() if expected else 'without its segment: nothing'}"))
        struck = struck_times(entry.verdict)
        if struck:
            findings.fault(f"rev {entry.rev}: {len(struck)} transactions of {entry.replica:016x} were struck out")
        previous = entry.hash
    for replica in [hub, *nodes]:
        _check_head(hub, replica, findings)
    for node in nodes:
        _check_copy(hub, node, findings)


def _check_head(hub: Replica, replica: Replica, findings: Findings) -> None:
    last = hub.journal[-1] if hub.journal else None
    at, head = (replica.state["rev"], replica.state["journal"]), (last and last.rev, last and last.hash)
    findings.check("journal", at == head, lambda: (
        f"{replica.name} stands at rev {at[0]} ({at[1].hex()[:16]}…), the hub's journal ends at rev {head[0]}"))


def _check_copy(hub: Replica, node: Replica, findings: Findings) -> None:
    ours = {entry.rev: entry for entry in hub.journal}
    first = node.journal[0].rev if node.journal else 1
    for rev, entry in enumerate(node.journal, first):
        findings.check("journal", entry.rev == rev and entry == ours.get(rev), lambda: (
            f"{node.name}: its journal entry of rev {entry.rev} is not the hub's (hash {entry.hash.hex()[:16]}…, "
            f"hub {ours[rev].hash.hex()[:16] if rev in ours else 'none'}…)"))
    missing = len(hub.journal) - first + 1 - len(node.journal)
    findings.check("journal", missing == 0, lambda: f"{node.name}: {missing} entries are missing from its journal")


def check_chains(hub: Replica, nodes: list[Replica], findings: Findings) -> None:
    """Header hashes link from seq 1, sections are the ones that headers name, and all copies are byte for byte alike."""
    for replica in sorted({replica for replica, _ in hub.segments}):
        previous, seq = b"", 0
        while (segment := hub.segments.get((replica, seq + 1))) is not None:
            seq += 1
            linked = segment.header.previous == previous and (segment.header.replica, segment.header.seq) == (replica, seq)
            findings.check("chains", linked, lambda: (
                f"hub: segment {seq} of {replica:016x} does not follow from the header before it"))
            previous = hashlib.sha256(segment.raw).digest()
        held = sum(1 for other, _ in hub.segments if other == replica)
        findings.check("chains", held == seq, lambda: f"hub: the chain of {replica:016x} has a gap after {seq}")
        for holder in [hub, *nodes]:
            _check_end(holder, replica, seq, previous, findings)
    for holder in [hub, *nodes]:
        for place in sorted(holder.segments):
            _check_segment(hub, holder, place, findings)


def _check_end(holder: Replica, replica: int, seq: int, hash: bytes, findings: Findings) -> None:
    head = holder.heads.get(replica, (0, b"", 0))
    findings.check("chains", head[:2] == (seq, hash), lambda: (
        f"{holder.name}: the chain of {replica:016x} ends at {head[0]} there, at {seq} in the hub's segments"))
    if holder.number == replica:
        own = (holder.state["own_seq"], holder.state["own_hash"])
        findings.check("chains", own == (seq, hash), lambda: (
            f"{holder.name}: its own last segment is {own[0]}, the hub's journal has {seq}"))


def _check_segment(hub: Replica, holder: Replica, place: tuple[int, int], findings: Findings) -> None:
    replica, seq = place
    segment, original = holder.segments[place], hub.segments.get(place)
    name = f"segment {seq} of {replica:016x}"
    findings.check("chains", original is not None and segment.raw == original.raw, lambda: (
        f"{holder.name}: {name} is not the one that the hub holds"))
    findings.check("chains", hashlib.sha256(segment.raw).digest() == segment.hash, lambda: (
        f"{holder.name}: the header of {name} is not what its hash says"))
    for index, (audience, size, hash) in enumerate(segment.header.sections):
        kept_audience, body = segment.bodies.get(index, (audience, None))
        if body is None:
            findings.check("chains", not tables.may_read(audience, holder.member), lambda: (
                f"{holder.name}: section {index} of {name} is missing"))
            continue
        whole = (kept_audience, len(body), hashlib.sha256(body).digest()) == (audience, size, hash)
        findings.check("chains", whole, lambda: f"{holder.name}: section {index} of {name} is not what its header says")
