"""Chains of headers, the journal's hash chain, verdicts, receipts and digests (sections 7, 8, 5.4, 11.7)."""

import hashlib
import struct
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from codec import SegmentHeader, verify
from faults import Fault, check
from messages import canonical, parse_canonical, pb
from rows import Digest, Row

NO_HASH = bytes(32)
MAXIMUM_DIGESTS = 512
MAXIMUM_STRIKES = 10_000
MAXIMUM_OFFENCES = 50_000


class Head(NamedTuple):
    """Where a replica's chain stands."""

    seq: int = 0
    hash: bytes = NO_HASH

    def followed_by(self, header: SegmentHeader) -> "Head":
        """The head after this header; a fault unless it follows."""
        previous = self.hash if self.seq else b""
        check(header.message.seq == self.seq + 1, "chain: seq")
        check(header.message.previous == previous, "chain: previous")
        return Head(header.message.seq, header.hash)


def journal_hash(before: bytes, rev: int, hub_time: int, header_hash: bytes, verdict: bytes) -> bytes:
    """The journal's hash at ``rev``, from that before it."""
    return hashlib.sha256(
        before + struct.pack(">QQ", rev, hub_time) + header_hash + hashlib.sha256(verdict).digest()
    ).digest()


class Verdict(NamedTuple):
    """The transactions that everybody leaves out, each with its reason; and to whom it is told, the offences."""

    strikes: Mapping[int, int]
    offences: tuple[Any, ...]

    @classmethod
    def parse(cls, data: bytes, detail: bytes) -> "Verdict":
        """Read verdict and detail; both must be canonical, and the detail the one that the verdict names."""
        message = parse_canonical(pb.Verdict, data)
        times = [strike.time for strike in message.strikes]
        check(sorted(set(times)) == times and len(times) <= MAXIMUM_STRIKES, "verdict: strikes ascend")
        check(all(1 <= strike.code <= 255 for strike in message.strikes), "verdict: codes")
        check(len(message.detail) == (32 if times else 0), "verdict: hash of the detail")
        offences: tuple[Any, ...] = ()
        if detail:
            check(hashlib.sha256(detail).digest() == message.detail, "verdict: detail")
            offences = tuple(parse_canonical(pb.VerdictDetail, detail).offences)
            check(len(offences) <= MAXIMUM_OFFENCES, "verdict: offences")
        return cls({strike.time: strike.code for strike in message.strikes}, offences)


def verify_receipt(receipt: Any, hub_key: bytes) -> None:
    """The hub's signature over the receipt without it."""
    signed = pb.Receipt()
    signed.CopyFrom(receipt)
    signed.ClearField("signature")
    verify(hub_key, receipt.signature, canonical(signed), "receipt")


def digests(rows: Iterable[tuple[Row, bytes]]) -> dict[bytes, Digest]:
    """The digest of every audience over the rows that are there, ascending by audience; (0, 0) is left out."""
    sums: dict[bytes, Digest] = {}
    for row, audience in rows:
        if row.is_there:
            sums[audience] = sums.get(audience, Digest()).adding(row)
    return {audience: digest for audience, digest in sorted(sums.items()) if digest != Digest()}


def folded(listed: Mapping[bytes, Digest]) -> dict[bytes, Digest]:
    """A list of at most 512: all from the 512th on are summed under the 512th audience."""
    items = sorted(listed.items())
    result = dict(items[: MAXIMUM_DIGESTS - 1])
    for _, digest in items[MAXIMUM_DIGESTS - 1 :]:
        last = items[MAXIMUM_DIGESTS - 1][0]
        before = result.get(last, Digest())
        result[last] = Digest((before.sum + digest.sum) % 2**128, before.rows + digest.rows)
    return result


def digest_messages(listed: Mapping[bytes, Digest]) -> list[Any]:
    """Digests as a message lists them."""
    return [
        pb.AudienceDigest(audience=audience, sum=digest.sum.to_bytes(16, "big"), rows=digest.rows)
        for audience, digest in folded(listed).items()
    ]


def read_digests(messages: Iterable[Any]) -> dict[bytes, Digest]:
    """Digests that a message lists."""
    listed: dict[bytes, Digest] = {}
    for message in messages:
        if len(message.sum) != 16 or message.audience in listed:
            raise Fault("digests")
        listed[message.audience] = Digest(int.from_bytes(message.sum, "big"), message.rows)
    check(list(listed) == sorted(listed) and len(listed) <= MAXIMUM_DIGESTS, "digests: ascending")
    return {audience: digest for audience, digest in listed.items() if digest != Digest()}
