"""What holds for every answer beyond the checks that schemathesis brings."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

import schemathesis

from documents import HUB, NODE, PROTOBUF, Document
from faults import Fault
from messages import parse, pb
from signatures import verify_answer

SIGNATURE = re.compile(r"sig=:([A-Za-z0-9+/]{86}==):")
FIELDS = ("content-digest", "signature-input", "signature")


@dataclass
class Run:
    """What the checks need to know of the run that they are in."""

    hub_key: bytes = b""
    is_signed: bool = False
    #: By each name under which a table can be asked for, its own.
    tables: dict[str, str] = field(default_factory=dict)


RUN = Run()


def document(case) -> Document:
    return HUB if case.operation.schema.raw_schema["info"]["title"] == HUB.raw["info"]["title"] else NODE


def is_declared(case, response) -> bool:
    """Whether the request has the operation's method; schemathesis tries others too."""
    return response.request.method == case.operation.method.upper()


def one(response, name: str) -> str | None:
    values = response.headers.get(name)
    return values[0] if values else None


def require(holds: object, what: str) -> None:
    if not holds:
        raise AssertionError(what)


@schemathesis.check
def other_methods_are_no_route(ctx, response, case) -> None:
    if is_declared(case, response):
        return
    require(response.status_code == 404, f"{response.request.method} of a path without it: {response.status_code}")
    require(one(response, "content-type") == "application/json; charset=utf-8", "the type of no-route")
    if response.request.method != "HEAD":
        require(response.json()["error"]["code"] == "no-route", "the code of no-route")


@schemathesis.check
def answers_are_not_stored(ctx, response, case) -> None:
    require(response.headers.get("cache-control") == ["no-store"], "Cache-Control: no-store")


@schemathesis.check
def words_are_whole(ctx, response, case) -> None:
    """An error says what is wrong in both languages, and every character of it is one."""
    if (one(response, "content-type") or "").startswith("application/json") and response.status_code >= 400:
        answer = response.json()
        error = answer.get("error")
        if error is not None:
            require(re.search(r"[\u4e00-\u9fff].*[。！？\u201d」]?$", error["zh"], re.S), f"Chinese words: {error['zh']}")
            require(error["en"].strip().endswith((".", "”", ")")), f"English words: {error['en']}")


@schemathesis.check
def rows_are_of_their_table(ctx, response, case) -> None:
    if document(case) is not NODE or response.status_code != 200 or not is_declared(case, response):
        return
    table = RUN.tables.get(unquote(str((case.path_parameters or {}).get("table"))))
    if case.operation.label == "GET /api/v1/tables/{table}/rows":
        require(table, "rows of a table that is none")
        NODE.validate({"type": "array", "items": NODE.schema(NODE.row_schema(table))}, response.json())
    elif case.operation.label == "GET /api/v1/tables/{table}/rows/{id}":
        columns = NODE.schema(NODE.row_schema(table))["properties"]
        require(set(response.json()["columns"]) <= set(columns) - {"id", "owner"}, "columns of another table")


@schemathesis.check
def messages_are_what_they_say(ctx, response, case) -> None:
    """A body of protobuf is the message that the document names, a Refusal with a code that it names."""
    if document(case) is not HUB or not is_declared(case, response) or one(response, "content-type") != PROTOBUF:
        return
    content = HUB.answer(case.operation.label, response.status_code).get("content", {}).get(PROTOBUF)
    require(content, f"no message is described for {response.status_code}")
    try:
        message = parse(getattr(pb, content["x-message"]), response.content)
    except Fault as fault:
        raise AssertionError(f"not a {content['x-message']}: {fault}") from fault
    if content["x-message"] != "Refusal":
        require(message.version == 1, "version 1")
        return
    require(message.code in content["x-codes"], f"code {message.code} under {response.status_code}")
    require(message.zh and message.en and message.hub_time > 0, "words and the hub's time")
    wait = one(response, "retry-after")
    require(wait == (str(-(-message.retry_after // 1000)) if message.retry_after else None), f"Retry-After: {wait}")


@schemathesis.check
def signatures_hold(ctx, response, case) -> None:
    """Signed if the request's signature has a form to bind to; else none of the three fields."""
    if document(case) is not HUB or not is_declared(case, response):
        return
    stands = [name for name in FIELDS if name in response.headers]
    sent = SIGNATURE.fullmatch(response.request.headers.get("Signature", ""))
    if not stands:
        needs = HUB.operations[case.operation.label].get("security") and response.status_code == 200
        require(not needs, "an answer without a signature")
        return
    require(len(stands) == 3 and sent, f"fields of a signature: {stands}")
    fields = [(name, value) for name, values in response.headers.items() for value in values]
    body = b"" if one(response, "content-type") == "text/event-stream" else response.content
    try:
        verify_answer(RUN.hub_key, response.status_code, fields, body, base64.b64decode(sent[1]))
    except Fault as fault:
        raise AssertionError(f"the answer's signature: {fault}") from fault


@schemathesis.check
def unsigned_is_refused(ctx, response, case) -> None:
    if document(case) is HUB and is_declared(case, response) and not RUN.is_signed:
        if HUB.operations[case.operation.label].get("security"):
            require(response.status_code in (401, 413), f"an unsigned request was answered {response.status_code}")
