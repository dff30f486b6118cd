"""The tables of schema version 1, read from the specification (9.6), and the rights to write them (9.5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from faults import Fault
from messages import PROTOCOL
from rows import Key, Row, Value

VERSION = 1
NOT_YOURS, WRONG_OWNER, WRITTEN_ONCE = 1, 2, 3
ALLIANCE = b""

_HEADING = re.compile(
    r"\*\*(?P<id>\d+) `(?P<name>\w+)` [^*\n]*\*\* · owner: (?P<owner>\w+) · audience: (?P<audience>[^·\n]+) · "
    r"create: (?P<create>[^·\n]+) · edit: (?P<edit>[^·\n]+) · delete: (?P<delete>[^·\n]+) · "
    r"natural key: (?P<key>[^·\n]+)"
)
_COLUMN = re.compile(r"\| (?P<id>\d+) \| `(?P<name>\w+)` \|[^|]*\|[^|]*\| (?P<flags>[^|]*) \| (?P<writers>[^|]*) \|")


@dataclass(frozen=True)
class Author:
    """Whose segment it is: the member, and whether the hub wrote it."""

    member: bytes
    is_hub: bool


@dataclass(frozen=True)
class Column:
    id: int
    name: str
    is_once: bool
    writers: tuple[str, ...] | None


@dataclass(frozen=True)
class Table:
    id: int
    name: str
    owner: str
    audience: str
    create: tuple[str, ...]
    edit: tuple[str, ...]
    delete: tuple[str, ...]
    natural_key: tuple[int, ...]
    columns: Mapping[int, Column]

    @cached_property
    def by_name(self) -> dict[str, int]:
        return {column.name: column.id for column in self.columns.values()}

    @cached_property
    def parties(self) -> tuple[int, ...]:
        """The columns that decide the audience."""
        return tuple(map(int, re.findall(r"\d+", self.audience)))


class Schema:
    """Tables by id and by name."""

    def __init__(self, text: str) -> None:
        """Read the tables out of the text of the specification."""
        self.tables = {table.id: table for table in _tables(text)}
        self.by_name = {table.name: table for table in self.tables.values()}
        if not self.tables:
            raise Fault("the specification lists no tables")

    @classmethod
    def of_specification(cls) -> "Schema":
        return cls((PROTOCOL / "Specification.md").read_text(encoding="utf-8"))

    def audience(self, row: Row, secretariat: bytes) -> bytes | None:
        """The audience that follows from the row's table; none if the table is unknown."""
        table = self.tables.get(row.key.table)
        if table is None:
            return None
        if table.audience == "alliance":
            return ALLIANCE
        members = {row.key.owner, secretariat}
        for column in table.parties:
            value = row.value(column)
            if isinstance(value, bytes) and len(value) == 16:
                members.add(value)
        return b"".join(sorted(members))

    def rights(self, change: Row, stored: Row | None, author: Author, secretariat: bytes) -> list[int]:
        """The offences of rights (reasons 1 to 3) of a change, judged against the stored row."""
        table = self.tables.get(change.key.table)
        if table is None:
            return []

        def entitled(writers: tuple[str, ...]) -> bool:
            return any(_is_entitled(writer, change.key, stored, author, secretariat) for writer in writers)

        found: list[int] = []
        is_birth = change.is_there
        if change.presence and not is_birth and not entitled(table.delete):
            found.append(NOT_YOURS)
        if is_birth:
            if not entitled(table.create):
                found.append(NOT_YOURS)
            owners = {"author": author.member, "secretariat": secretariat, "assigned": change.key.owner}
            if owners[table.owner] != change.key.owner:
                found.append(WRONG_OWNER)
        for id, cell in sorted(change.cells.items()):
            column = table.columns.get(id)
            if column is None:
                continue
            before = stored.cells.get(id) if stored else None
            is_other = before is not None and before.value != cell.value
            repeats_birth = is_birth and stored is not None and change.length <= stored.length and stored.length % 2 == 1
            if is_other and (column.is_once and repeats_birth or id in table.parties):
                found.append(WRITTEN_ONCE)
            if is_birth:
                if is_other and column.writers is not None and not entitled(column.writers):
                    found.append(NOT_YOURS)
            elif column.is_once:
                found.append(WRITTEN_ONCE)
            elif not entitled(table.edit if column.writers is None else column.writers):
                found.append(NOT_YOURS)
        return found


def _is_entitled(writer: str, key: Key, stored: Row | None, author: Author, secretariat: bytes) -> bool:
    match writer:
        case "owner":
            return author.member == key.owner
        case "secretariat":
            return author.member == secretariat
        case "hub":
            return author.is_hub
        case "named":
            return author.member == key.id
        case "nobody":
            return False
    named = re.fullmatch(r"(?:coOwners|party)\((\d+)\)", writer)
    if named is None:
        raise Fault(f"unknown writer {writer}")
    return author.member in _named(stored.value(int(named[1])) if stored else None)


def _named(value: Value) -> list[bytes]:
    """The members that a cell names: 16 bytes each, ascending, no repeats; else nobody."""
    if not isinstance(value, bytes) or len(value) % 16:
        return []
    members = [value[i : i + 16] for i in range(0, len(value), 16)]
    return members if sorted(set(members)) == members else []


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _tables(text: str) -> list[Table]:
    tables: list[Table] = []
    for heading in _HEADING.finditer(text):
        columns: dict[int, Column] = {}
        for line in text[heading.end() :].lstrip("\n").splitlines():
            if not line.startswith("|"):
                break
            if found := _COLUMN.fullmatch(line):
                writers = None if found["writers"] == "–" else _list(found["writers"])
                columns[int(found["id"])] = Column(int(found["id"]), found["name"], "once" in found["flags"], writers)
        tables.append(
            Table(
                int(heading["id"]),
                heading["name"],
                heading["owner"],
                heading["audience"],
                _list(heading["create"]),
                _list(heading["edit"]),
                _list(heading["delete"]),
                tuple(map(int, re.findall(r"\d+", heading["key"]))),
                columns,
            )
        )
    return tables
