"""Requests that a server may well take: rows of the sample, CSV files, exchanges. Drawn anew from the same numbers each run."""

from __future__ import annotations

import copy
import random
import zlib
from collections import defaultdict
from urllib.parse import unquote

from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

import schemathesis

from documents import NODE, register
from messages import pb

ROWS, ROW = "/api/v1/tables/{table}/rows", "/api/v1/tables/{table}/rows/{id}"
TEXTS = ("示例", "示例：“引号”，逗号", "示例·𬱖", "示例 00123", "示例\n第二行")


class NodeCases:
    """Puts what the running node holds into generated requests: tables, ids, values that their columns take.

    Part of each is left as it was generated, and whatever was generated to be wrong stays wrong.
    """

    def __init__(self, alliance):
        self.names = {table["name"]: table["name"] for table in alliance.get("/api/v1/tables")}
        self.names |= {name.replace("_", "-"): name for name in self.names.values()}
        self.names |= {table["zh"]: table["name"] for table in alliance.get("/api/v1/tables")}
        self.columns = register()
        self.ids: dict[str, list[str]] = defaultdict(list)
        self.member = alliance.get("/api/v1/status")["member"]
        for table in self.columns:
            for row in alliance.get(f"/api/v1/tables/{table}/rows"):
                self.ids[table].append(row["id"])
        own = [row["id"] for row in alliance.get("/api/v1/tables/teacher/rows") if row["owner"] == self.member]
        self.pairs = [("teacher", id) for id in own] + [(table, ids[0]) for table, ids in self.ids.items()]
        self.inboxes = {name: [entry["id"] for entry in alliance.get(f"/api/v1/{name}")] for name in ("conflicts", "rejected")}

    def __call__(self, case):
        chance = random.Random(zlib.crc32(repr((case.operation.label, case.path_parameters, case.query, case.body)).encode()))
        follows_link = case.meta.phase.name is TestPhase.STATEFUL and case.operation.path != ROWS
        if not case.meta.is_negative_at(ParameterLocation.PATH) and not follows_link and chance.random() < 0.85:
            self._place(case, chance)
        if not case.meta.is_negative_at(ParameterLocation.BODY) and isinstance(case.body, dict) and "table" in (case.path_parameters or {}) and chance.random() < 0.85:
            self._fill(case, chance)
        return case

    def _place(self, case, chance) -> None:
        parameters = case.path_parameters
        inbox = next((name for name in self.inboxes if f"/{name}/" in case.operation.path), None)
        if inbox:
            parameters["id"] = chance.choice(self.inboxes[inbox])
        elif case.operation.path == ROW:
            parameters["table"], parameters["id"] = chance.choice(self.pairs)
        elif "table" in parameters:
            parameters["table"] = chance.choice(["teacher", "教师", "base", "teacher-contact", "space", *self.columns])

    def _fill(self, case, chance) -> None:
        table = self.names.get(unquote(str(case.path_parameters["table"])))
        if table is None:
            return
        columns = self.columns[table]
        if case.operation.method.upper() == "POST":
            chosen = [name for name, column in columns.items() if column["required"] or chance.random() < 0.5]
        else:
            chosen = chance.sample(list(columns), chance.randint(1, min(2, len(columns))))
        case.body = {"values": {name: self._value(table, name, columns[name], chance) for name in chosen}}

    def _value(self, table: str, name: str, column: dict, chance):
        schema = NODE.resolved(NODE.schema(NODE.row_schema(table))["properties"][name])
        if not column["required"] and chance.random() < 0.2:
            return None
        if "enum" in schema:
            return chance.choice([code for code in schema["enum"] if code])
        if column["type"] == "boolean":
            return chance.choice([True, False, "是", "否", 1, 0])
        if column["type"] == "instant":
            return "2026-11-22 08:00"
        if column["type"] == "date":
            return chance.choice(["2026-11-22", "2027/1/5", "20271009"])
        if column["type"] == "time":
            return chance.choice(["8:00", "08:45", "24:00"])
        if column["type"] == "member":
            return chance.choice(self.ids["member"])
        if column["type"] == "members":
            return chance.sample(self.ids["member"], 2)
        if column["type"].startswith("reference"):
            # A reference is not checked against rows: where there are none, any id will do.
            return chance.choice(self.ids[column["type"][len("reference("):-1]] or [self.member])
        if column["type"].startswith("integer"):
            return chance.randint(schema["minimum"], schema["maximum"])
        if column["type"].startswith("bytes"):
            return chance.randbytes(2).hex()
        return chance.choice(TEXTS) + str(chance.randint(0, 10**6))


@st.composite
def csv_files(draw) -> bytes:
    """Files of teachers, right and wrong, in the encodings of Excel."""
    headings = draw(st.sampled_from(["工号,姓名,周课时", "工号\t姓名\t周课时", "staff_no,name,hours", "工号,姓名", "姓名", "工号,姓名,姓名", "示例,示例"]))
    separator = "\t" if "\t" in headings else ","
    lines = draw(st.lists(st.tuples(st.integers(0, 99), st.sampled_from(["示例·甲", "示例·乙", ""]), st.sampled_from(["8", "", "41", "八", "8.0"])), max_size=4))
    text = "\r\n".join([headings, *(separator.join((f"示例{number:02}", name, hours)) for number, name, hours in lines), ""])
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"])))


def exchange_requests(signer) -> st.SearchStrategy[bytes]:
    """The signer's first exchange, as it is or with some of its fields changed."""

    def changed(changes: dict) -> bytes:
        message = signer.exchange_request()
        for name, value in changes.items():
            field = getattr(message, name)
            if hasattr(field, "MergeFrom"):
                field.MergeFrom(value) if not isinstance(value, list) else field.extend(value)
            else:
                setattr(message, name, value)
        return message.SerializeToString(deterministic=True)

    number = st.sampled_from([0, 1, 2, 2**31, 2**63 - 2, 2**63, 2**64 - 1])
    octets = st.binary(max_size=40)
    heads = st.builds(pb.Head, replica=st.sampled_from([signer.replica, 1, 2**64 - 1]), seq=number, hash=octets)
    segments = st.builds(pb.Segment, header=octets, signature=octets, sections=st.lists(
        st.builds(pb.SectionBody, index=st.integers(0, 3), body=octets), max_size=2))
    digests = st.builds(pb.AudienceDigest, audience=octets, sum=st.binary(min_size=16, max_size=16), rows=st.integers(-1, 5))
    return st.one_of(
        st.just({}), st.fixed_dictionaries({}, optional={
            "page_size": st.integers(0, 2**32 - 1), "clock": number, "pending": number, "pending_since": number,
            "alarms": st.lists(st.integers(0, 9), max_size=18), "program": st.text(max_size=300)}),
        st.fixed_dictionaries({}, optional={
            "version": st.integers(0, 2), "rev": number, "journal": octets, "own": heads, "schema": st.integers(0, 9),
            "epoch": st.builds(pb.Epoch, number=st.integers(0, 3), replica=number),
            "token": st.builds(pb.Token, count=number, random=number),
            "next_token": st.builds(pb.Token, count=number, random=number),
            "segments": st.lists(segments, max_size=2), "digests": st.lists(digests, max_size=2)}),
    ).map(changed)


def repair_requests(signer) -> st.SearchStrategy[bytes]:
    """The signer's first repair, as it is or asking for some ranges or rows."""
    own = signer.exchange_request()
    number = st.sampled_from([0, 1, 63, 64, 2**63, 2**64 - 1])
    octets = st.binary(min_size=15, max_size=16)
    tables = st.builds(pb.RepairTable, table=st.integers(0, 2**17), suffixes=st.lists(number, max_size=3))
    keys = st.builds(
        pb.RepairKey, table=st.integers(0, 2**17), owner=octets, id=octets, times=st.lists(number, max_size=2),
        replicas=st.lists(number, max_size=2))
    changes = st.just({}) | st.fixed_dictionaries({}, optional={
        "version": st.integers(0, 2), "rev": number, "level": st.integers(0, 11), "recount": st.booleans(),
        "tables": st.lists(tables, max_size=2), "keys": st.lists(keys, max_size=2)})
    return changes.map(lambda changed: pb.RepairRequest(
        **{"version": 1, "epoch": own.epoch, "rev": 0, "journal": own.journal, **changed}).SerializeToString(deterministic=True))


def join_requests(signer) -> st.SearchStrategy[bytes]:
    """The signer's own, which may be repeated; and others, whose code is wrong or which are none."""
    wrong = st.builds(
        pb.JoinRequest, version=st.integers(0, 2), code=st.binary(min_size=5, max_size=5), key=st.binary(min_size=32, max_size=32),
        replica=st.integers(0, 2**64 - 1), name=st.text(max_size=300), proof=st.binary(min_size=31, max_size=32), schema=st.just(1))
    return st.just(signer.join_request) | wrong.map(lambda message: message.SerializeToString(deterministic=True))


def with_bytes(document: dict) -> dict:
    """The document with its examples of CSV as bytes, which is what schemathesis wants of a type that is made by hand."""
    document = copy.deepcopy(document)
    for item in document["paths"].values():
        for example in item.get("post", {}).get("requestBody", {}).get("content", {}).get("text/csv", {}).get("examples", {}).values():
            example["value"] = example["value"].encode()
    return document


def register_bodies(signer) -> None:
    """Tells schemathesis how bodies are made that JSON Schema says nothing of."""
    schemathesis.openapi.media_type("text/csv", csv_files())
    # What begins as a zip file and goes on as it likes.
    schemathesis.openapi.media_type(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        st.binary(max_size=300).map(lambda rest: b"PK\x03\x04" + rest))
    schemathesis.openapi.media_type(
        "application/x-protobuf", exchange_requests(signer) | repair_requests(signer) | join_requests(signer) | st.binary(max_size=200))
