"""A node in Python: joining, signed HTTP, exchanges, own edits and their verdicts, snapshots (4, 9, 11 to 14)."""

import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.message import Message

from bundles import Address, seal, unseal
from chain import Head, digest_messages, read_digests, verify_receipt
from codec import VERSION, SegmentHeader, Transaction, cut, decode_states, decompress, verify
from faults import Fault, check
from invitation import Invitation
from ledger import NODE, Alliance, Judged, Ledger, OwnSegment
from messages import canonical, parse, pb
from rows import TICKS_PER_MILLISECOND, Cell, Key, Presence, Row, Stamp, Value, natural_id
from schema import VERSION as SCHEMA_VERSION
from schema import Schema
from signatures import Parameters, sign_request, verify_answer

PROGRAM = "jilian-interop-python 1"
PROTOBUF, OCTETS, EVENTS = "application/x-protobuf", "application/octet-stream", "text/event-stream"
PAGE_SIZE = 1 << 20
TIMEOUT = 30
HOUR, BOUND = 3_600_000, 300_000
PLAUSIBLE = 400 * 24 * HOUR
ATTEMPTS_AFTER_CLOCK = 3
EXCHANGES_WITHOUT_PROGRESS = 3
CLOCK_STRIKE = 10
TRANSACTIONS_PER_SEGMENT = 1000


class Refused(Exception):
    """The hub's answer that it did not do what was asked."""

    def __init__(self, status: int, refusal: Any, is_signed: bool) -> None:
        super().__init__(f"{status} {refusal.code}: {refusal.en}")
        self.status = status
        self.code: str = refusal.code
        self.words: tuple[str, str] = (refusal.zh, refusal.en)
        self.retry_after: int = refusal.retry_after
        self.hub_time: int = refusal.hub_time
        self.is_signed = is_signed


# ---- HTTP


@dataclass(frozen=True)
class SignedRequest:
    """A request as it goes out; sending it twice is a replay."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...]
    body: bytes
    signature: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class Channel:
    """Signed requests of one node to one hub, and its verified answers."""

    address: str
    hub_key: bytes
    node_key: Ed25519PrivateKey
    key_id: str
    replica: int
    session: requests.Session

    def prepare(self, method: str, path: str, body: bytes, created: int, **changed: str) -> SignedRequest:
        """A signed request; ``changed`` replaces header fields before it is signed, to try what the hub refuses."""
        fields = [
            ("Content-Type", PROTOBUF if body else OCTETS),
            ("Jilian-Hub", changed.get("jilian_hub", hashlib.sha256(self.hub_key).hexdigest())),
            ("Jilian-Replica", changed.get("jilian_replica", f"{self.replica:016x}")),
        ]
        parameters = Parameters(created, secrets.token_hex(16), self.key_id)
        added, signature = sign_request(self.node_key, parameters, method, path, "", fields, body)
        return SignedRequest(method, path, (*fields, *added), body, signature)

    def send(self, request: SignedRequest) -> Answer:
        """Send a request as it is and take what comes, unverified."""
        with self._open(request) as response:
            return _answer(response, response.content)

    def verified(self, request: SignedRequest, answer: Answer, content_type: str) -> bytes:
        """The body of a rightly signed answer; raises what the hub refused."""
        if answer.status != 200:
            raise self.refusal(request, answer)
        verify_answer(self.hub_key, answer.status, answer.fields, answer.body, request.signature)
        check(_content_type(answer) == content_type, "answer: content type")
        return answer.body

    def refusal(self, request: SignedRequest, answer: Answer) -> Refused:
        """What the hub refused, and whether it signed that."""
        check(_content_type(answer) == PROTOBUF, "refusal: content type")
        is_signed = any(name.lower() == "signature" for name, _ in answer.fields)
        if is_signed:
            verify_answer(self.hub_key, answer.status, answer.fields, answer.body, request.signature)
        return Refused(answer.status, parse(pb.Refusal, answer.body), is_signed)

    def first_event(self, request: SignedRequest) -> dict[str, str]:
        """The first event of a stream of which the head is rightly signed."""
        with self._open(request, stream=True) as response:
            head = _answer(response, b"")
            self.verified(request, head, EVENTS)
            event: dict[str, str] = {}
            for line in response.iter_lines(chunk_size=1, decode_unicode=True):
                name, colon, value = line.partition(":")
                if name and colon:
                    event[name] = value.removeprefix(" ")
                elif not line and event:
                    return event
        raise Fault("events: the stream ended")

    def _open(self, request: SignedRequest, stream: bool = False) -> requests.Response:
        return self.session.request(
            request.method,
            self.address + request.path,
            headers=dict(request.fields),
            data=request.body or None,
            allow_redirects=False,
            timeout=TIMEOUT,
            stream=stream,
        )


def http_session() -> requests.Session:
    """A session that adds nothing of its own: no proxy, no content coding."""
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.headers["Accept-Encoding"] = "identity"
    return session


def _answer(response: requests.Response, body: bytes) -> Answer:
    """Status, field lines one by one, body."""
    return Answer(response.status_code, tuple(response.raw.headers.iteritems()), body)


def _content_type(answer: Answer) -> str | None:
    return next((value for name, value in answer.fields if name.lower() == "content-type"), None)


# ---- Own edits


@dataclass(frozen=True)
class Pending:
    """A transaction of the outbox: the journal does not hold it yet."""

    transaction: Transaction
    seen: int
    wall: int
    seq: int | None = None


@dataclass(frozen=True)
class Rejected:
    """A transaction that the hub struck out, with the offences that it told."""

    transaction: Transaction
    code: int
    offences: tuple[Any, ...]


@dataclass
class Node:
    """One replica of a member's node: its journal, its outbox, and its clock."""

    channel: Channel
    alliance: Alliance
    ledger: Ledger
    wall_clock: Callable[[], int]
    offset: int = 0
    hub_time: int = 0
    last_time: int = 0
    token: tuple[int, int] = (0, 0)
    next_token: tuple[int, int] | None = None
    own: Head = Head()
    segments: dict[int, OwnSegment] = field(default_factory=dict)
    acknowledged: int = 0
    outbox: list[Pending] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    receipts: list[Any] = field(default_factory=list)
    proved_rev: int | None = None
    page_size: int = PAGE_SIZE
    transactions_per_segment: int = TRANSACTIONS_PER_SEGMENT
    _hub_heard: bool = False

    # ---- Joining

    @classmethod
    def join(cls, address: str, text: str, name: str, wall_clock: Callable[[], int] | None = None) -> "Node":
        """Join with an invitation, as a new node with a new key and a new replica."""
        invitation = Invitation.parse(text)
        node_key = Ed25519PrivateKey.generate()
        replica = secrets.randbits(64) or 1
        request = join_request(invitation, node_key, replica, name)
        session = http_session()
        response = parse(pb.JoinResponse, post_join(session, address, request))
        check(response.version == VERSION, "join: version")
        check(hashlib.sha256(response.hub_key).digest().startswith(invitation.pin), "join: pin of the hub's key")
        unsigned = pb.JoinResponse()
        unsigned.CopyFrom(response)
        unsigned.ClearField("signature")
        verify(response.hub_key, response.signature, request + canonical(unsigned), "join")
        alliance = Alliance(
            response.epoch.number,
            response.epoch.replica,
            response.member,
            response.secretariat,
            Schema.of_specification(),
        )
        key_id = str(uuid.UUID(bytes=response.node))
        channel = Channel(address, response.hub_key, node_key, key_id, replica, session)
        ledger = Ledger(alliance, replica, response.hub_key)
        node = cls(channel, alliance, ledger, wall_clock or unix_milliseconds)
        node._hear(response.hub_time)
        return node

    @property
    def replica(self) -> int:
        return self.channel.replica

    @property
    def member(self) -> bytes:
        return self.alliance.member

    # ---- Rows

    def row(self, key: Key) -> Row | None:
        """The row as this node shows it: the journal's, and every own pending change of it (9.2)."""
        row = self.ledger.rows.get(key)
        for pending in self.outbox:
            for change in pending.transaction.changes:
                if change.key == key:
                    row = row.merged(change) if row else change
        return row

    def key(self, table_name: str, values: Mapping[str, Value], owner: bytes | None = None) -> Key:
        """The key of a row with these values in its natural key (section 3)."""
        table, owner = self.alliance.schema.by_name[table_name], owner or self.member
        parts = [values[table.columns[column].name] for column in table.natural_key]
        return Key(table.id, owner, natural_id(table.id, owner, parts))

    def birth(self, key: Key, values: Mapping[str, Value]) -> "Change":
        """A row is created or returns: all columns are written, null where empty."""
        columns = self.alliance.schema.tables[key.table].by_name
        row = self.row(key)
        return Change(key, (row.length if row else 0) + 1, {id: values.get(name) for name, id in columns.items()})

    def edit(self, key: Key, values: Mapping[str, Value]) -> "Change":
        """Some columns of a row are edited."""
        columns = self.alliance.schema.tables[key.table].by_name
        return Change(key, 0, {columns[name]: value for name, value in values.items()})

    def deletion(self, key: Key) -> "Change":
        """A row is deleted."""
        row = self.row(key)
        return Change(key, (row.length if row else 0) + 1, {})

    def confirm(self, node_id: str) -> None:
        """Let a further node of the member take part (3.2)."""
        self.sync()
        self.write(self.edit(self.node_key(node_id), {"confirmed": self.corrected_time}))
        self.sync()

    def node_key(self, node_id: str) -> Key:
        """The key of a node's row in the register."""
        return Key(NODE, self.alliance.secretariat, uuid.UUID(node_id).bytes)

    def rotate_key(self) -> None:
        """Change this node's key; what is signed behind that one segment is signed by the new one (3.2)."""
        self.sync()
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        self.write(self.edit(self.node_key(self.channel.key_id), {"key": public}))
        self.exchange()
        self.channel.node_key = key
        self.sync()

    def write(self, *changes: "Change") -> Transaction:
        """One transaction into the outbox. It is not judged here: the hub is to judge it."""
        return self._write(changes, self.ledger.rev)

    def _write(self, changes: Iterable["Change"], seen: int) -> Transaction:
        stamp = Stamp(self._next_time(), self.replica)
        transaction = Transaction(stamp.time, tuple(change.stamped(stamp) for change in changes))
        self.outbox.append(Pending(transaction, seen, self.wall_clock()))
        return transaction

    # ---- Clock

    @property
    def corrected_time(self) -> int:
        """Unix milliseconds by the hub's clock, as far as this node knows."""
        return self.wall_clock() + self.offset

    def _next_time(self) -> int:
        limit = max(self.hub_time, self.last_time // TICKS_PER_MILLISECOND) + PLAUSIBLE
        plausible = 0 < self.corrected_time <= limit
        wall = self.corrected_time * TICKS_PER_MILLISECOND if plausible else 0
        self.last_time = max(self.last_time + 1, wall)
        return self.last_time

    def _hear(self, hub_time: int) -> None:
        self.offset, self.hub_time = hub_time - self.wall_clock(), hub_time

    def _bound(self, hub_time: int) -> int:
        return (max(hub_time, self.ledger.time // TICKS_PER_MILLISECOND) + BOUND) * TICKS_PER_MILLISECOND

    def _may_cut(self) -> bool:
        """Whether to cut without asking the hub for its time first (4.1)."""
        is_recent = self.hub_time <= self.corrected_time <= self.hub_time + HOUR
        return self._hub_heard or (is_recent and self.last_time <= self._bound(self.hub_time + HOUR))

    def _write_anew(self, transactions: Sequence[Pending]) -> None:
        """Uncut transactions beyond the bound, each again in its old order under a fresh stamp (4.1)."""
        if not transactions:
            return
        self.outbox = [pending for pending in self.outbox if pending not in transactions]
        left = [pending.transaction.time for pending in self.outbox]
        self.last_time = max([*left, self.ledger.time, self.ledger.own_time])
        for pending in transactions:
            self._write(map(Change.of, pending.transaction.changes), pending.seen)

    # ---- Cutting

    def cut(self) -> None:
        """Cut every uncut transaction; one ``seen`` a segment."""
        uncut = [pending for pending in self.outbox if pending.seq is None]
        while uncut:
            group = [pending for pending in uncut if pending.seen == uncut[0].seen][: self.transactions_per_segment]
            uncut = [pending for pending in uncut if pending not in group]
            transactions = [pending.transaction for pending in group]
            segment = self.segment_of(transactions, group[0].seen)
            self.keep(segment, transactions)

    def segment_of(self, transactions: Iterable[Transaction], seen: int, **changed: Any) -> Any:
        """The segment of these transactions that follows; ``changed`` replaces fields, to try what the hub refuses."""
        return self.segment_from(self.by_audience(transactions), seen, **changed)

    def segment_from(self, sections: Mapping[bytes, Sequence[Transaction]], seen: int, **changed: Any) -> Any:
        """The segment of these sections that follows."""
        fields: dict[str, Any] = {
            "replica": self.replica,
            "seq": self.own.seq + 1,
            "previous": self.own.hash if self.own.seq else b"",
            "seen_epoch": self.epoch,
            "seen_rev": seen,
            "schema": SCHEMA_VERSION,
            **changed,
        }
        return cut(self.channel.node_key, sections, **fields)

    def by_audience(self, transactions: Iterable[Transaction]) -> dict[bytes, list[Transaction]]:
        """The changes under the audiences of their rows."""
        sections: dict[bytes, list[Transaction]] = {}
        for transaction in transactions:
            changes: dict[bytes, list[Row]] = {}
            for change in transaction.changes:
                row = self.row(change.key) or change
                audience = self.alliance.schema.audience(row.merged(change), self.alliance.secretariat)
                changes.setdefault(audience or b"", []).append(change)
            for audience, rows in changes.items():
                sections.setdefault(audience, []).append(Transaction(transaction.time, tuple(rows)))
        return sections

    def keep(self, segment: Any, transactions: Sequence[Transaction]) -> None:
        """Keep a cut segment, mark its transactions in the outbox, and move the own head."""
        header = SegmentHeader.parse(segment.header)
        seq, times = header.message.seq, {transaction.time for transaction in transactions}
        self.segments[seq] = OwnSegment(header, tuple(transactions), segment)
        self.outbox = [
            Pending(pending.transaction, pending.seen, pending.wall, seq)
            if pending.transaction.time in times
            else pending
            for pending in self.outbox
        ]
        self.own = Head(seq, header.hash)

    # ---- Exchanging

    @property
    def epoch(self) -> Any:
        return pb.Epoch(number=self.alliance.epoch_number, replica=self.alliance.epoch_replica)

    def request(self) -> Any:
        """The next exchange request: cursor, token, and the segments that are not acknowledged."""
        if self.next_token is None:
            self.next_token = (self.token[0] + 1, secrets.randbits(64))
        request = pb.ExchangeRequest(
            version=VERSION,
            schema=SCHEMA_VERSION,
            program=PROGRAM,
            epoch=self.epoch,
            rev=self.ledger.rev,
            journal=self.ledger.journal,
            own=pb.Head(replica=self.replica, seq=self.own.seq, hash=self.own.hash),
            token=_token(self.token),
            next_token=_token(self.next_token),
            pending=len(self.outbox),
            pending_since=min((pending.wall for pending in self.outbox), default=0),
            clock=self.wall_clock(),
            page_size=self.page_size,
        )
        request.segments.extend(kept.message for seq, kept in self.segments.items() if seq > self.acknowledged)
        if not self.outbox:
            request.digests.extend(digest_messages(self.ledger.digests))
        return request

    def sign(self, method: str, path: str, body: bytes = b"", **changed: str) -> SignedRequest:
        """A request signed now, by the corrected clock."""
        return self.channel.prepare(method, path, body, self.corrected_time // 1000, **changed)

    def call(self, method: str, path: str, message: Message | None = None, content_type: str = PROTOBUF) -> bytes:
        """Send a request; after a refusal for its time, wait and sign anew."""
        body = message.SerializeToString() if message else b""
        for attempts_left in reversed(range(ATTEMPTS_AFTER_CLOCK + 1)):
            request = self.sign(method, path, body)
            try:
                return self.channel.verified(request, self.channel.send(request), content_type)
            except Refused as refused:
                if refused.code != "clock" or not refused.is_signed or attempts_left == 0:
                    raise
                self._hear(refused.hub_time)
                time.sleep(refused.retry_after / 1000)
        raise AssertionError("the last attempt returns or raises")

    def send(self, request: Any) -> Any:
        """One exchange; nothing of the answer is merged yet."""
        return parse(pb.ExchangeResponse, self.call("POST", "/sync/v1/exchange", request))

    def accept(self, request: Any, response: Any) -> None:
        """Check an answer and merge its entries: all of them, or nothing."""
        check(response.version == VERSION, "exchange: version")
        check(response.epoch == self.epoch, "exchange: epoch")
        check(response.head >= self.ledger.rev, "exchange: head below the cursor")
        check(response.token == request.next_token, "exchange: token")
        acknowledged = self._acknowledged(response)
        ledger, judged = self._merged(response, response.entries)
        self._take(ledger)
        self.acknowledged = acknowledged
        self.token, self.next_token = self.next_token or self.token, None
        self._hear(response.hub_time)
        self._hub_heard = True
        self.last_time = max(self.last_time, ledger.time)
        for result in judged:
            self._settle(result)
        self._prove(request, response)
        beyond = self._bound(response.hub_time)
        if self.last_time > beyond:
            uncut = (pending for pending in self.outbox if pending.seq is None)
            self._write_anew([pending for pending in uncut if pending.transaction.time > beyond])

    def _merged(self, response: Any, entries: Iterable[Any]) -> tuple[Ledger, list[Judged]]:
        """The ledger with these entries, and what became of own segments in them."""
        ledger, judged = self.ledger.copy(), []
        for entry in entries:
            if result := ledger.merge(entry, self.segments):
                judged.append(result)
        if ledger.rev == response.head:
            left_out = not response.journal and response.head == self.ledger.rev
            check(left_out or ledger.journal == response.journal, "exchange: journal hash at the head")
        return ledger, judged

    def _take(self, ledger: Ledger) -> None:
        """Stand where the ledger stands; the hub is named and believed by the key that it has pinned."""
        self.ledger, self.channel.hub_key = ledger, ledger.hub_key

    def _acknowledged(self, response: Any) -> int:
        """The seq up to which the hub's receipt covers the own segments."""
        if not response.HasField("receipt"):
            return self.acknowledged
        receipt = response.receipt
        verify_receipt(receipt, self.ledger.hub_key)
        check(receipt.replica == self.replica and receipt.epoch == self.epoch, "receipt: replica and epoch")
        check(receipt.seq in self.segments, "receipt: a segment that was not cut")
        check(receipt.hash == self.segments[receipt.seq].header.hash, "receipt: another segment than was cut")
        self.receipts.append(receipt)
        return max(self.acknowledged, receipt.seq)

    def _settle(self, judged: Judged) -> None:
        """Take the own segment's transactions out of the outbox; what was struck is taken back by that (9.3)."""
        times = {transaction.time for transaction in judged.segment.transactions}
        of_segment = [pending for pending in self.outbox if pending.transaction.time in times]
        self.outbox = [pending for pending in self.outbox if pending.transaction.time not in times]
        struck = judged.verdict.strikes
        late = [pending for pending in of_segment if struck.get(pending.transaction.time) == CLOCK_STRIKE]
        for pending in of_segment:
            time = pending.transaction.time
            if time in struck and struck[time] != CLOCK_STRIKE:
                offences = tuple(offence for offence in judged.verdict.offences if offence.time == time)
                self.rejected.append(Rejected(pending.transaction, struck[time], offences))
        if late:
            self._write_struck_anew(late)

    def _write_struck_anew(self, late: Sequence[Pending]) -> None:
        """Write anew what was struck for its clock, and every uncut transaction after it, in their order (9.3)."""
        uncut = [p for p in self.outbox if p.seq is None and p.transaction.time > late[0].transaction.time]
        self.outbox = [pending for pending in self.outbox if pending not in uncut]
        left = [pending.transaction.time for pending in self.outbox]
        self.last_time = max([*left, self.ledger.time, self.ledger.own_time])
        for pending in (*late, *uncut):
            changes = [self._without_overwritten(change, pending) for change in pending.transaction.changes]
            written = [change for change in changes if change.length or change.values]
            if written:
                self._write(written, pending.seen)

    def _without_overwritten(self, change: Row, pending: Pending) -> "Change":
        """The change without the cells and the presence over which a later own one stands."""
        row, time = self.row(change.key), pending.transaction.time
        clock = row.clock if row else {}
        later = {c for c, stamp in clock.items() if stamp.replica == self.replica and stamp.time > time}
        values = {column: cell.value for column, cell in change.cells.items() if column not in later}
        return Change(change.key, 0 if 0 in later else change.length, values)

    def _prove(self, request: Any, response: Any) -> None:
        """Compare digests at one rev (11.7)."""
        is_idle = not self.outbox and self.acknowledged == self.own.seq and request.pending == 0
        if request.rev == response.head and is_idle and response.digests:
            check(read_digests(response.digests) == self.ledger.digests, "digests: unequal")
            self.proved_rev = response.head

    def exchange(self) -> Any:
        """One exchange, with what may be cut now; its answer is merged."""
        if self._may_cut():
            self.cut()
        request = self.request()
        response = self.send(request)
        self.accept(request, response)
        return response

    # ---- Bundles (20)

    def bundle(self) -> bytes:
        """What the hub has not answered yet, as a file; this client's clock is right."""
        self.cut()
        request = self.request()
        request.ClearField("token")
        request.ClearField("next_token")
        return seal(
            request.SerializeToString(),
            self._id,
            Address.hub(self.alliance.secretariat),
            self.ledger.hub_key,
            [self.channel.node_key],
        )

    def take_bundle(self, file: bytes) -> bool:
        """Merge what a file of the hub's brings; whether that proved the head."""
        opened = unseal(file, Address.node(self._id, self.alliance.secretariat), [self.channel.node_key])
        check(opened.sender == self.alliance.secretariat, "bundle: sender")
        opened.verify(self.ledger.hub_key)
        content = parse(pb.HubBundle, opened.content)
        check(content.replica == self.replica, "bundle: replica")
        check(not content.manifest, "bundle: this client begins with the journal")
        response = parse(pb.ExchangeResponse, content.answer)
        check(response.version == VERSION and response.epoch == self.epoch, "bundle: version and epoch")
        after = response.entries[0].rev - 1 if response.entries else response.head
        check(after <= self.ledger.rev, "bundle: gap")
        ledger, judged = self._merged(response, (entry for entry in response.entries if entry.rev > self.ledger.rev))
        self._take(ledger)
        for result in judged:
            self._settle(result)
            self.acknowledged = max(self.acknowledged, result.segment.header.message.seq)
        self.hub_time = max(self.hub_time, response.hub_time)
        self.last_time = max(self.last_time, ledger.time)
        is_proved = ledger.rev == response.head and not self.outbox and len(response.digests) > 0
        if is_proved:
            check(read_digests(response.digests) == ledger.digests, "bundle: digests")
            self.proved_rev = ledger.rev
        return is_proved

    @property
    def _id(self) -> bytes:
        return uuid.UUID(self.channel.key_id).bytes

    def sync(self) -> None:
        """Exchange until nothing waits and the digests prove that node and hub are equal at the head."""
        self._hub_heard = False
        without_progress = 0
        while without_progress < EXCHANGES_WITHOUT_PROGRESS:
            before = (self.ledger.rev, self.acknowledged, self._hub_heard)
            response = self.exchange()
            if response.snapshot:
                self.take_snapshot()
            if response.HasField("not_yet"):
                raise Refused(200, response.not_yet, is_signed=True)
            if self.proved_rev == response.head == self.ledger.rev and not self.outbox:
                return
            has_moved = (self.ledger.rev, self.acknowledged, self._hub_heard) != before
            without_progress = 0 if has_moved else without_progress + 1
        raise Fault("sync: no progress")

    # ---- Snapshots

    def manifest(self) -> Any:
        """The manifest of a snapshot."""
        manifest = parse(pb.SnapshotManifest, self.call("GET", "/sync/v1/snapshot"))
        check(manifest.version == VERSION, "snapshot: version")
        check([part.index for part in manifest.parts] == list(range(len(manifest.parts))), "snapshot: indices")
        return manifest

    def snapshot_part(self, rev: int, part: Any) -> list[Row]:
        """The rows of one part, of which size and hash were checked."""
        frame = self.call("GET", f"/sync/v1/snapshot/{rev}/{part.index}", content_type=OCTETS)
        check(len(frame) == part.size and hashlib.sha256(frame).digest() == part.hash, "snapshot: hash of a part")
        return decode_states(decompress(frame, part.raw_size))

    def take_snapshot(self) -> Any:
        """Fetch a snapshot and merge all of it."""
        manifest = self.manifest()
        states = {part.index: self.snapshot_part(manifest.rev, part) for part in manifest.parts}
        self._take(self.ledger.take_snapshot(manifest, states))
        self.last_time = max(self.last_time, self.ledger.time)
        return manifest


@dataclass(frozen=True)
class Change:
    """What is to be written in one row, before it has its stamp; a length of 0 is no presence."""

    key: Key
    length: int
    values: Mapping[int, Value]

    @classmethod
    def of(cls, row: Row) -> "Change":
        return cls(row.key, row.length, {column: cell.value for column, cell in row.cells.items()})

    def stamped(self, stamp: Stamp) -> Row:
        presence = Presence(self.length, stamp) if self.length else None
        return Row(self.key, presence, {column: Cell(value, stamp) for column, value in sorted(self.values.items())})


def join_request(invitation: Invitation, node_key: Ed25519PrivateKey, replica: int, name: str) -> bytes:
    """The bytes of a join request, with its proof."""
    request = pb.JoinRequest(
        version=VERSION,
        code=invitation.code,
        key=node_key.public_key().public_bytes_raw(),
        replica=replica,
        name=name,
        schema=SCHEMA_VERSION,
    )
    request.proof = hmac.digest(invitation.secret, canonical(request), "sha256")
    return canonical(request)


def post_join(session: requests.Session, address: str, request: bytes) -> bytes:
    """The bytes of the join answer."""
    response = session.post(
        address + "/sync/v1/join",
        data=request,
        headers={"Content-Type": PROTOBUF},
        allow_redirects=False,
        timeout=TIMEOUT,
    )
    if response.status_code != 200:
        raise Refused(response.status_code, parse(pb.Refusal, response.content), is_signed=False)
    return response.content


def unix_milliseconds() -> int:
    return time.time_ns() // 1_000_000


def _token(pair: tuple[int, int]) -> Any:
    return pb.Token(count=pair[0], random=pair[1])
