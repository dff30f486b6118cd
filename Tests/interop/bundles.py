"""Bundles (20): HPKE by hand after RFC 9180, the file, and what a node makes of it."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from faults import Fault

MAGIC, VERSION = b"JLBUNDLE", 1
TO_HUB, TO_NODE = 1, 2
HEAD, CHECKSUM, FRAMED = 66, 32, 17
SIZE_MAXIMUM = 64 << 20
SIGNATURES_MAXIMUM = 16
PRIME = 2**255 - 19

KEM, SUITE = b"KEM" + bytes([0, 0x20]), b"HPKE" + bytes([0, 0x20, 0, 1, 0, 3])


class RefusedBundle(Fault):
    """Why a bundle was not taken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# ---- Keys (20.2)


def sealing_public(public: bytes) -> X25519PublicKey | None:
    """The Montgomery form of an Ed25519 key; none for y = 1."""
    y = (int.from_bytes(public, "little") & (1 << 255) - 1) % PRIME
    if y == 1:
        return None
    u = (1 + y) * pow(1 - y, -1, PRIME) % PRIME
    return X25519PublicKey.from_public_bytes(u.to_bytes(32, "little"))


def sealing_private(key: Ed25519PrivateKey) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(hashlib.sha512(key.private_bytes_raw()).digest()[:32])


# ---- HPKE, base mode, one message


def _extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + secret, "sha256")


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """One block of HKDF-Expand is enough for all that is asked for."""
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, labelled + b"\x01", "sha256")[:size]


def _context(shared: bytes, enc: bytes, receiver: bytes, info: bytes) -> tuple[ChaCha20Poly1305, bytes]:
    """Cipher and nonce of the first message."""
    secret = _expand(KEM, _extract(KEM, b"", b"eae_prk", shared), b"shared_secret", enc + receiver, 32)
    schedule = b"\x00" + _extract(SUITE, b"", b"psk_id_hash", b"") + _extract(SUITE, b"", b"info_hash", info)
    key = _extract(SUITE, secret, b"secret", b"")
    return (
        ChaCha20Poly1305(_expand(SUITE, key, b"key", schedule, 32)),
        _expand(SUITE, key, b"base_nonce", schedule, 12),
    )


# ---- The file (20.1)


@dataclass(frozen=True)
class Address:
    """Whom a bundle is for: 16 bytes of the node's id, or of the secretariat's for the hub."""

    direction: int
    secretariat: bytes
    receiver: bytes

    @classmethod
    def hub(cls, secretariat: bytes) -> "Address":
        return cls(TO_HUB, secretariat, secretariat)

    @classmethod
    def node(cls, id: bytes, secretariat: bytes) -> "Address":
        return cls(TO_NODE, secretariat, id)

    @property
    def context(self) -> bytes:
        return b"jilian-bundle-1" + bytes([self.direction]) + self.secretariat + self.receiver

    def tags(self, enc: bytes) -> tuple[bytes, bytes]:
        """Alliance tag and receiver tag."""
        return (
            hashlib.sha256(enc + self.secretariat).digest()[:8],
            hashlib.sha256(enc + self.secretariat + self.receiver).digest()[:8],
        )


@dataclass(frozen=True)
class Opened:
    """What was sealed; whose it is only `verify` tells."""

    address: Address
    sender: bytes
    signatures: tuple[bytes, ...]
    content: bytes

    def verify(self, public: bytes) -> None:
        signed = self.address.context + self.sender + self.content
        for signature in self.signatures:
            try:
                return Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
            except InvalidSignature:
                pass
        raise RefusedBundle("bundle-signature")


def seal(
    content: bytes,
    sender: bytes,
    address: Address,
    receiver: bytes,
    signing: Sequence[Ed25519PrivateKey],
    ephemeral: X25519PrivateKey | None = None,
) -> bytes:
    """A file for whoever has the Ed25519 key `receiver`; a vector fixes the ephemeral key."""
    public = sealing_public(receiver)
    if public is None:
        raise Fault("the receiver's key can't be sealed to")
    ephemeral = ephemeral or X25519PrivateKey.generate()
    enc = ephemeral.public_key().public_bytes_raw()
    # The library refuses a shared secret of zeros.
    cipher, nonce = _context(ephemeral.exchange(public), enc, public.public_bytes_raw(), address.context)
    signatures = [key.sign(address.context + sender + content) for key in signing[:SIGNATURES_MAXIMUM]]
    opened = sender + bytes([len(signatures)]) + b"".join(signatures) + content
    size = HEAD + len(opened) + 16 + CHECKSUM
    head = MAGIC + bytes([VERSION]) + size.to_bytes(8, "big") + bytes([address.direction])
    head += enc + b"".join(address.tags(enc))
    file = head + cipher.encrypt(nonce, opened, head)
    return file + hashlib.sha256(file).digest()


def unseal(file: bytes, address: Address, keys: Sequence[Ed25519PrivateKey]) -> Opened:
    """Opens a file at its receiver, in the order of 20.6."""
    enc = _check(file, address)
    opened = _decrypt(file, enc, address, keys)
    if len(opened) <= 17 or not 1 <= opened[16] <= SIGNATURES_MAXIMUM:
        raise RefusedBundle("bundle-content")
    start = 17 + 64 * opened[16]
    if len(opened) < start:
        raise RefusedBundle("bundle-content")
    signatures = tuple(opened[at : at + 64] for at in range(17, start, 64))
    return Opened(address, opened[:16], signatures, opened[start:])


def _check(file: bytes, address: Address) -> bytes:
    """What the head says; the encapsulated key."""

    def require(condition: bool, code: str) -> None:
        if not condition:
            raise RefusedBundle(code)

    require(len(file) <= SIZE_MAXIMUM, "bundle-limit")
    require(file[: len(MAGIC)] == MAGIC[: len(file)], "not-a-bundle")
    require(len(file) > FRAMED + CHECKSUM, "bundle-cut")
    size = int.from_bytes(file[9:FRAMED], "big")
    require(len(file) >= size, "bundle-cut")
    require(len(file) == size and hashlib.sha256(file[:-CHECKSUM]).digest() == file[-CHECKSUM:], "bundle-damaged")
    require(file[8] == VERSION, "bundle-version")
    require(len(file) > HEAD + 16 + CHECKSUM and file[17] in (TO_HUB, TO_NODE), "not-a-bundle")
    require(file[17] == address.direction, "bundle-direction")
    enc = file[18:50]
    alliance, receiver = address.tags(enc)
    require(file[50:58] == alliance, "bundle-alliance")
    require(file[58:66] == receiver, "bundle-receiver")
    return enc


def _decrypt(file: bytes, enc: bytes, address: Address, keys: Sequence[Ed25519PrivateKey]) -> bytes:
    for key in keys:
        private = sealing_private(key)
        try:
            shared = private.exchange(X25519PublicKey.from_public_bytes(enc))
            cipher, nonce = _context(shared, enc, private.public_key().public_bytes_raw(), address.context)
            return cipher.decrypt(nonce, file[HEAD:-CHECKSUM], file[:HEAD])
        except (InvalidTag, ValueError):
            continue
    raise RefusedBundle("bundle-key")
