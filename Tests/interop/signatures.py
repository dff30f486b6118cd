"""HTTP message signatures: RFC 9421 with Ed25519, and Content-Digest of RFC 9530 (section 14)."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from codec import verify
from faults import Fault, check

TAG = "jilian-sync-1"
HUB_KEY_ID = "hub"
REQUEST_COMPONENTS = (
    '"@method"',
    '"@path"',
    '"@query"',
    '"content-digest"',
    '"content-type"',
    '"jilian-hub"',
    '"jilian-replica"',
)
ANSWER_COMPONENTS = ('"@status"', '"content-digest"', '"content-type"', '"signature";req;key="sig"')
_PARAMETER = re.compile(r';([a-z]+)=("(?:[ !#-\[\]-~]|\\["\\]){1,128}"|[0-9]{1,15})')
_SIGNATURE = re.compile(r"sig=:([A-Za-z0-9+/]{86}==):")
_FIELD = re.compile(r"[ -~]{1,4096}")

Fields = Sequence[tuple[str, str]]


def content_digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def field(fields: Fields, name: str) -> str:
    """The value of a field that stands on exactly one line."""
    values = [value.strip(" \t") for key, value in fields if key.lower() == name.lower()]
    check(len(values) == 1, f"header field {name}: exactly one line")
    check(_FIELD.fullmatch(values[0]) is not None, f"header field {name}: form")
    return values[0]


@dataclass(frozen=True)
class Parameters:
    """The five parameters of a signature."""

    created: int
    nonce: str
    keyid: str

    def of(self, components: Sequence[str]) -> str:
        """The value of ``@signature-params``."""
        return (
            f'({" ".join(components)});created={self.created};nonce="{self.nonce}";'
            f'keyid="{self.keyid}";alg="ed25519";tag="{TAG}"'
        )


def request_base(method: str, path: str, query: str, fields: Fields, params: str) -> str:
    """The signature base of a request."""
    values = [method, path, "?" + query]
    values += [field(fields, component.strip('"')) for component in REQUEST_COMPONENTS[3:]]
    return _base(REQUEST_COMPONENTS, values, params)


def answer_base(status: int, fields: Fields, request_signature: bytes, params: str) -> str:
    """The signature base of an answer to the request of this signature."""
    signature = f":{base64.b64encode(request_signature).decode()}:"
    values = [f"{status:03}", field(fields, "content-digest"), field(fields, "content-type"), signature]
    return _base(ANSWER_COMPONENTS, values, params)


def _base(components: Sequence[str], values: Sequence[str], params: str) -> str:
    lines = [f"{component}: {value}" for component, value in zip(components, values, strict=True)]
    return "\n".join([*lines, f'"@signature-params": {params}'])


def sign_request(
    key: Ed25519PrivateKey, parameters: Parameters, method: str, path: str, query: str, fields: Fields, body: bytes
) -> tuple[list[tuple[str, str]], bytes]:
    """The fields to add to a request, and the signature that its answer is bound to."""
    params = parameters.of(REQUEST_COMPONENTS)
    digest = ("Content-Digest", content_digest(body))
    signature = key.sign(request_base(method, path, query, [*fields, digest], params).encode("ascii"))
    return _added(digest, params, signature), signature


def sign_answer(
    key: Ed25519PrivateKey, parameters: Parameters, status: int, fields: Fields, body: bytes, request_signature: bytes
) -> list[tuple[str, str]]:
    """The fields to add to an answer."""
    params = parameters.of(ANSWER_COMPONENTS)
    digest = ("Content-Digest", content_digest(body))
    base = answer_base(status, [*fields, digest], request_signature, params)
    return _added(digest, params, key.sign(base.encode("ascii")))


def _added(digest: tuple[str, str], params: str, signature: bytes) -> list[tuple[str, str]]:
    encoded = base64.b64encode(signature).decode()
    return [digest, ("Signature-Input", f"sig={params}"), ("Signature", f"sig=:{encoded}:")]


def verify_answer(
    hub_key: bytes, status: int, fields: Fields, body: bytes, request_signature: bytes, key_id: str = HUB_KEY_ID
) -> None:
    """Check form, coverage, parameters, key, signature and digest, in this order; a fault unless all hold."""
    label, _, params = field(fields, "signature-input").partition("=")
    encoded = _SIGNATURE.fullmatch(field(fields, "signature"))
    if label != "sig" or encoded is None:
        raise Fault("answer: form of the signature")
    covered = f"({' '.join(ANSWER_COMPONENTS)})"
    check(params.startswith(covered), "answer: covered components")
    given = _PARAMETER.findall(params[len(covered) :])
    check("".join(f";{name}={value}" for name, value in given) == params[len(covered) :], "answer: parameters")
    values = dict(given)
    check(len(given) == 5 and values.keys() == {"created", "nonce", "keyid", "alg", "tag"}, "answer: five parameters")
    check(values["created"].isdigit() and values["nonce"].startswith('"'), "answer: kinds of parameters")
    check(values["alg"] == '"ed25519"' and values["tag"] == f'"{TAG}"', "answer: algorithm and tag")
    check(values["keyid"] == f'"{key_id}"', "answer: key id")
    base = answer_base(status, fields, request_signature, params)
    verify(hub_key, base64.b64decode(encoded[1]), base.encode("ascii"), "answer")
    check(field(fields, "content-digest") == content_digest(body), "answer: digest of the body")
