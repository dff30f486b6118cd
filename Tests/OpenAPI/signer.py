"""A node's signature on whatever `requests` is about to send (section 14)."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client import http_session, join_request, post_join
from invitation import Invitation
from messages import parse, pb
from signatures import Parameters, sign_request

FIELDS = ("Content-Digest", "Signature-Input", "Signature")
ZEROS = bytes(32)


class Joined(requests.auth.AuthBase):
    """A node that has joined, and signs each request as it goes out."""

    #: Seconds by which its clock is wrong.
    offset = 0

    def __init__(self, address: str, code: str):
        self.key, self.replica = Ed25519PrivateKey.generate(), secrets.randbits(63) | 1
        self.join_request = join_request(Invitation.parse(code), self.key, self.replica, "示例节点 OpenAPI")
        self.answer = parse(pb.JoinResponse, post_join(http_session(), address, self.join_request))
        self.hub_key = self.answer.hub_key
        self.key_id = str(uuid.UUID(bytes=self.answer.node))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        for name in FIELDS:
            request.headers.pop(name, None)
        request.headers["Jilian-Hub"] = hashlib.sha256(self.hub_key).hexdigest()
        request.headers["Jilian-Replica"] = f"{self.replica:016x}"
        request.headers.setdefault("Content-Type", "application/octet-stream")
        path, _, query = request.path_url.partition("?")
        parameters = Parameters(int(time.time()) + self.offset, secrets.token_hex(16), self.key_id)
        fields = [(name, _text(value)) for name, value in request.headers.items()]
        added, _ = sign_request(self.key, parameters, request.method, path, query, fields, body)
        request.headers.update(added)
        return request

    def exchange_request(self) -> "pb.ExchangeRequest":
        """The first exchange. It can be repeated as often as one likes: its next token is the same."""
        return pb.ExchangeRequest(
            version=1, schema=1, program="jilian-openapi 1", epoch=self.answer.epoch, rev=0, journal=ZEROS,
            own=pb.Head(replica=self.replica, seq=0, hash=ZEROS), token=pb.Token(),
            next_token=pb.Token(count=1, random=0x0123456789ABCDEF), clock=int(time.time() * 1000), page_size=1 << 16)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
