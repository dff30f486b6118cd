"""A client of the sync that is light enough to be run a thousand times at once: it joins and exchanges, signed as the
specification says, and keeps nothing but where it stands."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import random
import time
from dataclasses import dataclass, field

from canonical import uuid_text
from ed25519 import Key
from protobuf import Message
from proxy import header, read_body, read_head

PROTOBUF = "application/x-protobuf"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ZERO = bytes(32)


# Messages

def varint(value: int) -> bytes:
    pieces = []
    while value > 0x7F:
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*pieces, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value) if value else b""


def fixed(field: int, value: int) -> bytes:
    return varint(field << 3 | 1) + value.to_bytes(8, "little") if value else b""


def data(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def token(count: int, random: int) -> bytes:
    return number(1, count) + fixed(2, random)


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    @property
    def wait(self) -> float:
        """Seconds that the hub asked to wait."""
        return float(header(self.head, b"retry-after") or 0)


async def post(port: int, path: str, body: bytes, fields: dict[str, str]) -> Answer:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = [f"POST {path} HTTP/1.1", "host: hub", f"content-length: {len(body)}", *(f"{k}: {v}" for k, v in fields.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = await read_head(reader)
        if not head:
            raise ConnectionError("the hub hung up")
        return Answer(int(head.split(b" ", 2)[1]), head, await read_body(reader, head))
    finally:
        writer.close()


# Who

class Identity:
    """A node that has joined."""

    def __init__(self) -> None:
        self.key = Key()
        self.replica = random.getrandbits(64) | 1
        #: The token that it goes on to. Its sessions all say the same: to the hub they are repeats of one request.
        self.following = (1, random.getrandbits(64) | 1)

    async def join(self, port: int, invitation: str) -> None:
        digits = invitation.removeprefix("JL").replace("-", "")
        raw = 0
        for digit in digits:
            raw = raw * 32 + ALPHABET.index(digit)
        code, secret = raw.to_bytes(25, "big")[:5], raw.to_bytes(25, "big")[5:15]
        front = number(1, 1) + data(2, code) + data(3, self.key.public) + fixed(4, self.replica) + data(5, b"light")
        proof = hmac.digest(secret, front + number(7, 1), "sha256")
        answer = await post(port, "/sync/v1/join", front + data(6, proof) + number(7, 1), {"content-type": PROTOBUF})
        if answer.status != 200:
            raise RuntimeError(f"join: {answer.status} {answer.body!r}")
        message = Message(answer.body)
        self.node = uuid_text(message.bytes(5))
        self.epoch = message.bytes(3)
        self.hub = hashlib.sha256(message.bytes(2)).hexdigest()

    def signed(self, path: str, body: bytes, replica: int) -> dict[str, str]:
        """The fields of a request, the signature's among them."""
        fields = {
            "content-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:",
            "content-type": PROTOBUF, "jilian-hub": self.hub, "jilian-replica": f"{replica:016x}"}
        covered = {"@method": "POST", "@path": path, "@query": "?", **fields}
        names = " ".join(f'"{name}"' for name in covered)
        parameters = (f'({names});created={int(time.time())};nonce="{os.urandom(12).hex()}";keyid="{self.node}";'
                      'alg="ed25519";tag="jilian-sync-1"')
        lines = [*(f'"{name}": {value}' for name, value in covered.items()), f'"@signature-params": {parameters}']
        signature = base64.b64encode(self.key.sign("\n".join(lines).encode())).decode()
        return fields | {"signature-input": f"sig={parameters}", "signature": f"sig=:{signature}:"}


@dataclass
class Session:
    """Exchanges of an identity's replica. A node has one replica, so sessions of one identity are one that asks again."""

    identity: Identity
    rev: int = 0
    journal: bytes = ZERO
    count: int = 0
    #: How often each status was the answer; 0 for none.
    statuses: dict[int, int] = field(default_factory=dict)

    async def exchange(self, port: int) -> None:
        """Exchanges once, however often it has to be asked: what a hub asks to wait is waited, and a little more."""
        following = self.identity.following
        body = b"".join((
            number(1, 1), number(2, 1), data(3, b"light"), data(4, self.identity.epoch), number(5, self.rev),
            data(6, self.journal), data(7, fixed(1, self.identity.replica) + data(3, ZERO)), data(8, token(0, 0)),
            data(9, token(*following)), number(14, int(time.time() * 1000)), number(15, 4096)))
        failures = 0
        while not (answer := await self._try(port, body)):
            # The wait is the behaviour under test: a client that was told to come back waits as the hub says, with jitter.
            await asyncio.sleep(self._wait + random.uniform(0, min(300, 2 ** failures)))  # told by the hub, not guessed
            failures += 1
        if answer.bytes(13) != token(*following):
            raise RuntimeError("the answer is not to this exchange")
        self.count += 1
        # Left out where nothing moved.
        self.rev, self.journal = answer.number(4), answer.bytes(5) or self.journal

    async def _try(self, port: int, body: bytes) -> Message | None:
        self._wait = 0.0
        try:
            path = "/sync/v1/exchange"
            answer = await post(port, path, body, self.identity.signed(path, body, self.identity.replica))
        except (OSError, asyncio.IncompleteReadError):
            self.statuses[0] = self.statuses.get(0, 0) + 1
            return None
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        self._wait = answer.wait
        if answer.status not in (200, 503):
            raise RuntimeError(f"exchange: {answer.status} {answer.body!r}")
        return Message(answer.body) if answer.status == 200 else None
