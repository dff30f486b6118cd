"""The OpenAPI documents against the routers, the specification and the message definitions. No server runs."""

from __future__ import annotations

import re
import sys
import unittest

sys.dont_write_bytecode = True

import schemathesis

from documents import HUB, NODE, PROTOBUF, ROOT, register, routes

CHINESE = re.compile(r"[\u4e00-\u9fff]")


class RouteTests(unittest.TestCase):
    def test_the_node_s_routes(self):
        self.assertEqual(set(NODE.operations), routes("Node/NodeAPI.swift", "Node/NodeAPI+Bookings.swift", "Node/NodeAPI+Places.swift",
                                                      "Node/NodeAPI+Persons.swift"))

    def test_the_hub_s_routes(self):
        self.assertEqual(set(HUB.operations), routes("Hub/HubServer.swift"))


class FormTests(unittest.TestCase):
    def test_both_are_openapi_3_1(self):
        for document in (NODE, HUB):
            with self.subTest(document.path.name):
                self.assertTrue(document.raw["openapi"].startswith("3.1."))
                schemathesis.openapi.from_path(document.path).validate()

    def test_each_operation_speaks_both_languages(self):
        for document in (NODE, HUB):
            for name, operation in document.operations.items():
                with self.subTest(name):
                    chinese, _, english = operation["summary"].partition(" · ")
                    self.assertRegex(chinese, CHINESE)
                    self.assertRegex(english, r"^[a-z`]")
                    self.assertTrue(operation["operationId"] and operation["tags"])

    def test_each_answer_is_described(self):
        for document in (NODE, HUB):
            for name, operation in document.operations.items():
                for status in operation["responses"]:
                    answer = document.answer(name, int(status))
                    with self.subTest(f"{name} {status}"):
                        self.assertRegex(answer["description"], CHINESE)
                        for content in answer["content"].values():
                            self.assertIn("schema", content)

    def test_examples_are_what_they_are_examples_of(self):
        for document in (NODE, HUB):
            for at, schema, value in examples(document, document.raw, ()):
                with self.subTest(at):
                    document.validate(schema, value)

    def test_the_messages_are_those_of_the_proto_file(self):
        messages = set(re.findall(r"^message (\w+) ", (ROOT / "Protocol" / "jilian.proto").read_text(), re.M))
        codes = set(re.findall(r"^\| `(\w+)` \| (?:\d{3})", specification("11.9"), re.M))
        for name, operation in HUB.operations.items():
            parts = [operation["requestBody"]] if "requestBody" in operation else []
            parts += [HUB.answer(name, int(status)) for status in operation["responses"]]
            for content in (part["content"].get(PROTOBUF) for part in parts):
                if content is not None:
                    self.assertIn(content["x-message"], messages, name)
                    self.assertLessEqual(set(content.get("x-codes", [])), codes, name)

    def test_the_codes_stand_under_the_statuses_of_the_specification(self):
        statuses = {
            code: {first, *again} for code, first, again in (
                (code, int(first), map(int, re.findall(r"; (\d{3})", rest)))
                for code, first, rest in re.findall(r"^\| `(\w+)` \| (\d{3})([^|]*)\|", specification("11.9"), re.M))
        }
        for name, operation in HUB.operations.items():
            for status in operation["responses"]:
                for code in HUB.answer(name, int(status))["content"].get(PROTOBUF, {}).get("x-codes", []):
                    self.assertIn(int(status), statuses[code], f"{name} {code}")


class TableTests(unittest.TestCase):
    """The node's rows are those of section 9.6."""

    def test_the_tables(self):
        tables = register()
        self.assertEqual(NODE.schema("TableName")["enum"], list(tables))
        self.assertEqual(
            [part["$ref"].rsplit("/", 1)[1] for part in NODE.schema("Row")["anyOf"]], [NODE.row_schema(name) for name in tables])

    def test_the_columns(self):
        for table, columns in register().items():
            schema = NODE.schema(NODE.row_schema(table))
            with self.subTest(table):
                self.assertEqual(list(schema["properties"]), ["id", "owner", *columns])
                self.assertEqual(schema["required"], list(schema["properties"]))
            for name, column in columns.items():
                with self.subTest(f"{table}.{name}"):
                    stands = dict(schema["properties"][name])
                    self.assertEqual(stands.pop("title"), column["title"])
                    self.assertEqual(NODE.resolved(stands) | {"description": ""}, expected(column) | {"description": ""})


def number(text: str) -> int:
    """A bound as the specification writes it: `7`, `2^63−1`, `−2^53`."""
    sign, base, power, less = re.fullmatch(r"(−?)(\d+)(?:\^(\d+))?(−1)?", text).groups()
    return (-1 if sign else 1) * int(base) ** int(power or 1) - (1 if less else 0)


def expected(column: dict) -> dict:
    """The schema of a column, from the specification's words for its type."""
    empty = [] if column["required"] else ["null"]

    def of(kind: str, **rest) -> dict:
        return {"type": [kind, *empty] if empty else kind} | rest

    form, _, content = column["type"].partition("(")
    content = content.removesuffix(")")
    if column["type"].startswith("choice"):
        codes = re.findall(r"`([^`]+)`", column["type"])
        return of("string", enum=codes + [None] * len(empty))
    if form == "text":
        return of("string", maxLength=int(content))
    if form == "integer":
        low, high = map(number, content.split("…"))
        return of("integer", format="int64", minimum=low, maximum=high)
    if form == "boolean":
        return of("boolean")
    if form == "date":
        return of("string", format="date")
    if form == "time":
        return of("string", pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
    if form == "instant":
        return of("integer", format="int64")
    if form in ("reference", "member"):
        return of("string", format="uuid")
    if form == "members":
        return of("array", items={"type": "string", "format": "uuid"}, maxItems=256, uniqueItems=True)
    if form == "bytes":
        return of("string", pattern="^([0-9a-f]{2})*$", maxLength=2 * int(content))
    raise ValueError(column["type"])


def specification(section: str) -> str:
    text = (ROOT / "Protocol" / "Specification.md").read_text(encoding="utf-8")
    return re.search(rf"^### {re.escape(section)} .*?(?=^##)", text, re.M | re.S)[0]


def examples(document, part, at):
    """Every example of a document with the schema that it stands beside: (where, schema, value)."""
    if isinstance(part, list):
        for number, item in enumerate(part):
            yield from examples(document, item, (*at, str(number)))
    if not isinstance(part, dict):
        return
    schema = part.get("schema", part if "type" in part or "properties" in part or "allOf" in part else None)
    if schema is not None and "x-message" not in part:
        if "example" in part:
            yield "/".join(at), schema, part["example"]
        found = part.get("examples", [])
        for value in found if isinstance(found, list) else [item["value"] for item in found.values()]:
            yield "/".join(at), schema, value
    for key, item in part.items():
        if key not in ("example", "examples"):
            yield from examples(document, item, (*at, str(key)))


if __name__ == "__main__":
    unittest.main()
