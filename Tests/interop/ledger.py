"""The rows as the journal has them at a cursor, and the checks under which an entry is merged (section 9.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chain import NO_HASH, Head, Verdict, digests, journal_hash
from codec import SegmentHeader, Transaction, audience_members, bodies, check_audience, verify
from faults import Fault, check
from rows import Digest, Key, Row, natural_id
from schema import Author, Schema

NODE, REPLICA = 2, 3
NODE_MEMBER, NODE_KEY, NODE_IS_HUB, NODE_REVOKED, NODE_CONFIRMED = 1, 2, 4, 6, 7
REPLICA_NUMBER, REPLICA_NODE = 1, 2


@dataclass(frozen=True)
class Alliance:
    """What a node knows of its alliance from the join answer."""

    epoch_number: int
    epoch_replica: int
    member: bytes
    secretariat: bytes
    schema: Schema


@dataclass(frozen=True)
class OwnSegment:
    """A segment that this replica cut, kept until the journal holds it and after."""

    header: SegmentHeader
    transactions: tuple[Transaction, ...]
    message: Any


@dataclass(frozen=True)
class Judged:
    """How the hub judged an own segment."""

    segment: OwnSegment
    verdict: Verdict


@dataclass
class Ledger:
    """The journal's rows at the cursor. A page is merged into a copy, which replaces this one if all of it holds."""

    alliance: Alliance
    replica: int
    hub_key: bytes
    rev: int = 0
    journal: bytes = NO_HASH
    hashes: dict[int, bytes] = field(default_factory=dict)
    heads: dict[int, Head] = field(default_factory=dict)
    rows: dict[Key, Row] = field(default_factory=dict)
    audiences: dict[Key, bytes] = field(default_factory=dict)
    time: int = 0
    own_time: int = 0

    def copy(self) -> "Ledger":
        """Rows are never mutated, so copies of the dictionaries are enough."""
        return replace(
            self, hashes=dict(self.hashes), heads=dict(self.heads), rows=dict(self.rows), audiences=dict(self.audiences)
        )

    @property
    def digests(self) -> dict[bytes, Digest]:
        return digests((row, self.audiences[key]) for key, row in self.rows.items())

    def merge(self, entry: Any, own: Mapping[int, OwnSegment]) -> Judged | None:
        """Merge the next entry; says how it was judged if the segment is this replica's own."""
        if entry.rev <= self.rev:
            check(self.hashes.get(entry.rev, entry.hash) == entry.hash, "journal: another entry under a merged rev")
            return None
        check(entry.rev == self.rev + 1, "journal: revs without gaps")
        header = SegmentHeader.parse(entry.header)
        expected = journal_hash(self.journal, entry.rev, entry.hub_time, header.hash, entry.verdict)
        check(entry.hash == expected, "journal: hash")
        replica = header.message.replica
        author, key = self._author(replica)
        verify(key, entry.signature, header.data, "segment")
        head = self.heads.get(replica, Head()).followed_by(header)
        verdict = Verdict.parse(entry.verdict, entry.detail)
        judged = None
        if replica == self.replica:
            judged = self._merge_own(header, verdict, own)
        else:
            self._merge_other(entry, header, verdict, author)
        self.heads[replica] = head
        self.rev, self.journal = entry.rev, entry.hash
        self.hashes[entry.rev] = entry.hash
        if author.is_hub:
            self._pin_hub_key()
        return judged

    def put(self, row: Row, audience: bytes) -> None:
        """Merge a row or change; a row of an unknown table keeps the audience of the section that brought it."""
        present = self.rows.get(row.key)
        merged = present.merged(row) if present else row
        self.rows[row.key] = merged
        known = self.alliance.schema.audience(merged, self.alliance.secretariat)
        self.audiences[row.key] = self.audiences.get(row.key, audience) if known is None else known

    def may_read(self, audience: bytes) -> bool:
        return audience == b"" or self.alliance.member in audience_members(audience)

    def _merge_own(self, header: SegmentHeader, verdict: Verdict, own: Mapping[int, OwnSegment]) -> Judged:
        segment = own.get(header.message.seq)
        if segment is None or segment.header.hash != header.hash:
            raise Fault("own segment: not the one that was cut")
        times = {transaction.time for transaction in segment.transactions}
        check(verdict.strikes.keys() <= times, "own segment: strikes of its transactions")
        for transaction in segment.transactions:
            if transaction.time not in verdict.strikes:
                self._accept(transaction, None)
                self.own_time = max(self.own_time, transaction.time)
        return Judged(segment, verdict)

    def _merge_other(self, entry: Any, header: SegmentHeader, verdict: Verdict, author: Author) -> None:
        given = bodies(entry, header)
        for index, section in enumerate(header.message.sections):
            if not self.may_read(section.audience):
                check(index not in given, "entry: a body that is not for this member")
                continue
            check(index in given, "entry: withheld section")
            for transaction in header.section(index, given[index]):
                if transaction.time not in verdict.strikes:
                    self._accept(transaction, (author, section.audience))

    def _accept(self, transaction: Transaction, checked_for: tuple[Author, bytes] | None) -> None:
        """Merge a transaction that was not struck out; check the rights of others' changes."""
        secretariat = self.alliance.secretariat
        for change in transaction.changes:
            audience = b""
            if checked_for:
                author, audience = checked_for
                found = self.alliance.schema.rights(change, self.rows.get(change.key), author, secretariat)
                check(not found, f"entry: a change without rights {found}")
                self.check_confirmation(change)
            self.put(change, audience)
        self.time = max(self.time, transaction.time)

    def _author(self, replica: int) -> tuple[Author, bytes]:
        """Author and key of a replica by the register as it stands before this entry (3.1)."""
        alliance = self.alliance
        if replica == alliance.epoch_replica:
            return Author(alliance.secretariat, is_hub=True), self.hub_key
        node = self._node_of(replica)
        member, key = node.value(NODE_MEMBER), node.value(NODE_KEY)
        if not isinstance(member, bytes) or not isinstance(key, bytes) or (len(member), len(key)) != (16, 32):
            raise Fault("register: form of the node's row")
        check(_is_in_force(node), "register: the author is revoked or not confirmed")
        return Author(member, is_hub=node.value(NODE_IS_HUB) == 1), key

    def _node_of(self, replica: int) -> Row:
        """The row of the node that a replica is registered to."""
        number = replica.to_bytes(8, "big")
        registered = self._register_row(REPLICA, natural_id(REPLICA, self.alliance.secretariat, [number]))
        node_id = registered.value(REPLICA_NODE)
        if registered.value(REPLICA_NUMBER) != number or not isinstance(node_id, bytes):
            raise Fault("register: form of the replica's row")
        return self._register_row(NODE, node_id)

    def _pin_hub_key(self) -> None:
        """The hub's key is the one that its journal, signed by the key before it, says (3.2)."""
        key = self._node_of(self.alliance.epoch_replica).value(NODE_KEY)
        if not isinstance(key, bytes) or len(key) != 32:
            raise Fault("register: form of the hub's row")
        self.hub_key = key

    def check_confirmation(self, change: Row) -> None:
        """Of a new node: the hub confirms only a member's first in force, or the secretariat's (3.2)."""
        is_new = change.key.table == NODE and change.key not in self.rows
        if not is_new or change.value(NODE_CONFIRMED) is None:
            return
        member = change.value(NODE_MEMBER)
        others = (row for key, row in self.rows.items() if key.table == NODE and row.is_there and _is_in_force(row))
        is_first = all(row.value(NODE_MEMBER) != member for row in others)
        check(is_first or member == self.alliance.secretariat, "entry: a node in the name of a member that has one")

    def _register_row(self, table: int, id: bytes) -> Row:
        row = self.rows.get(Key(table, self.alliance.secretariat, id))
        if row is None or not row.is_there:
            raise Fault("register: nobody")
        return row

    def take_snapshot(self, manifest: Any, states: Mapping[int, list[Row]]) -> "Ledger":
        """The ledger with every row of every part merged, standing at the snapshot's rev (section 13)."""
        alliance, taken = self.alliance, self.copy()
        check(manifest.epoch.number == alliance.epoch_number, "snapshot: epoch")
        check(manifest.epoch.replica == alliance.epoch_replica, "snapshot: epoch")
        check(manifest.rev > self.rev and len(manifest.journal) == 32, "snapshot: rev")
        for part in manifest.parts:
            check_audience(part.audience)
            check(len(states[part.index]) == part.rows, "snapshot: rows of a part")
            for row in states[part.index]:
                taken.put(row, part.audience)
                taken.time = max(taken.time, *(stamp.time for stamp in row.clock.values()))
        taken.heads = {head.replica: Head(head.seq, head.hash) for head in manifest.heads}
        taken.rev, taken.journal = manifest.rev, manifest.journal
        taken.hashes = {manifest.rev: manifest.journal}
        taken._pin_hub_key()
        return taken


def _is_in_force(node: Row) -> bool:
    """Whether a node is confirmed and not revoked."""
    is_confirmed = node.value(NODE_IS_HUB) == 1 or node.value(NODE_CONFIRMED) is not None
    return is_confirmed and node.value(NODE_REVOKED) is None
