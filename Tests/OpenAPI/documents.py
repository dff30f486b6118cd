"""The OpenAPI documents, and what the rest of the repository says of the same routes."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

import jsonschema_rs
import yaml

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PROTOBUF = "application/x-protobuf"


class Document:
    """One OpenAPI file."""

    def __init__(self, name: str):
        self.path = ROOT / "Protocol" / "OpenAPI" / name
        self.raw = yaml.safe_load(self.path.read_text(encoding="utf-8"))

    @property
    def operations(self) -> dict[str, dict]:
        """By `POST /sync/v1/join`, what the document says of it."""
        return {
            f"{method.upper()} {path}": item[method]
            for path, item in self.raw["paths"].items() for method in METHODS if method in item
        }

    def resolved(self, part: dict) -> dict:
        """What a reference within the document names; the part itself if it is none."""
        while "$ref" in part:
            found = self.raw
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/")]
            part = found
        return part

    def answer(self, operation: str, status: int) -> dict:
        """What the document says of an operation's answer under a status; empty if nothing."""
        return self.resolved(self.operations.get(operation, {}).get("responses", {}).get(str(status), {}))

    def schema(self, name: str) -> dict:
        return self.raw["components"]["schemas"][name]

    def validate(self, schema: dict, value) -> None:
        """Throws unless a value is as a schema of this document says."""
        _validator(self, json.dumps(schema, sort_keys=True)).validate(value)

    def row_schema(self, table: str) -> str:
        """The name of the schema of a table's rows."""
        return "".join(word.capitalize() for word in table.split("_")) + "Row"


@functools.cache
def _validator(document: Document, schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {"allOf": [json.loads(schema)], "components": document.raw["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


NODE, HUB = Document("node.yaml"), Document("hub.yaml")


def routes(*files: str) -> set[str]:
    """What Swift files hand to their router, as `POST /sync/v1/join`."""
    text = "".join((ROOT / "Sources" / file).read_text(encoding="utf-8") for file in files)
    groups = dict(re.findall(r'let (\w+) = router\.group\("([^"]+)"\)', text))
    found = set()
    for receiver, method, path in re.findall(r'\b(\w+)\.(get|put|post|delete|head|patch)\("([^"]+)"\)', text):
        if receiver != "router" and receiver not in groups:
            continue
        whole = f"{groups[receiver]}/{path}" if receiver in groups else path
        found.add(method.upper() + " " + re.sub(r":(\w+)", r"{\1}", whole))
    return found


def register() -> dict[str, dict[str, dict]]:
    """The tables of schema version 1 as the specification lists them: by name, their columns by name."""
    text = (ROOT / "Protocol" / "Specification.md").read_text(encoding="utf-8")
    part = re.search(r"^### 9\.6 .*?(?=^## )", text, re.M | re.S)[0]
    tables: dict[str, dict[str, dict]] = {}
    for line in part.splitlines():
        if heading := re.match(r"\*\*\d+ `(\w+)` ", line):
            columns = tables[heading[1]] = {}
        elif column := re.match(r"\| \d+ \| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|", line):
            columns[column[1]] = {"title": column[2], "type": column[3], "required": "required" in column[4]}
    return tables
