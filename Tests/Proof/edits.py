"""What people did, from the log of acknowledged edits alone, and what must have become of each edit.

The log (`edits.jsonl`) has one JSON object a line, in the order in which things happened:

    {"kind": "replica", "node": "A1", "replica": "16 hex digits", "member": "uuid"}
    {"kind": "import", "node": "A1", "table": "teacher", "created": 41}
    {"kind": "set", "node": "A1", "table": …, "owner": …, "id": …, "column": …, "value": …, "stamp": "ms.count@replica"}
    {"kind": "add", … "values": {column: value}}    {"kind": "delete", …}
    {"kind": "restore" | "keep", "node": "A1", "conflict": "uuid", "stamp": …}
    {"kind": "sync", "node": "A1", "outcome": "proved"}    {"kind": "hub-stopped"}    {"kind": "hub-back"}

A value is null, a number, a text, or {"hex": "…"} for bytes. Syncs stand in it because they are how one author comes to
see another's edits: what was written without having seen an edit may not silently replace it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import tables
from canonical import PRESENCE, Damage, Key, Stamp, Value, natural_id, stamp_of, uuid_bytes

SYNCED = ("proved", "at-head")


@dataclass(frozen=True, eq=False)
class Edit:
    """One acknowledged write of one cell; of the row's presence where the column is 0."""

    line: int
    node: str
    member: bytes
    key: Key
    column: int
    value: Value
    stamp: Stamp
    #: The edits that its author had before them, own ones included.
    seen: frozenset[Edit] = field(repr=False)
    #: Causal length after it; presence only.
    length: int = 0
    #: False for the empty cells of a new row, which nobody typed.
    typed: bool = True

    @property
    def rank(self) -> tuple:
        """The order by which one of two edits of a cell wins."""
        return self.length, self.stamp

    @property
    def conflict_id(self) -> bytes:
        """The id of the conflict row in which it would stand as the loser."""
        time, replica = self.stamp
        parts: list[Value] = [self.key.table, self.key.id, self.column, time, replica.to_bytes(8, "big")]
        return natural_id(tables.CONFLICT, self.key.owner, parts)


class Fate(Enum):
    STANDS = ("生效", "stands")
    SAME = ("同值生效", "same value stands")
    REPLACED = ("被知情者改写", "replaced by one who saw it")
    FILED = ("在冲突箱", "in the conflict inbox")
    LOST = ("丢失", "LOST")


class Log:
    """The log as edits of cells, each with what its author had seen."""

    def __init__(self, lines: list[dict], columns: dict[int, list[str]]):
        self.columns = columns
        self.edits: list[Edit] = []
        self.cells: dict[tuple[Key, int], list[Edit]] = {}
        self.created: dict[str, int] = {}
        #: By conflict id: `restored` or `kept`.
        self.resolutions: dict[bytes, str] = {}
        self.replicas: dict[str, tuple[int, bytes]] = {}
        self.lines = lines
        #: The line at which the hub was last stopped before the edits that it missed.
        self.stopped = 0
        self._at_hub: set[Edit] = set()
        self._at_node: dict[str, set[Edit]] = {}
        for number, line in enumerate(lines, 1):
            self._take(number, line)

    @staticmethod
    def read(path: Path, columns: dict[int, list[str]]) -> Log:
        if not path.exists():
            raise Damage(f"there is no log of edits in {path.parent}")
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return Log(lines, columns)

    def _take(self, number: int, line: dict) -> None:
        match line["kind"]:
            case "replica":
                self.replicas[line["node"]] = (int(line["replica"], 16), uuid_bytes(line["member"]))
            case "import":
                self.created[line["table"]] = self.created.get(line["table"], 0) + line["created"]
            case "sync" if line["outcome"] in SYNCED:
                known = self._known(line["node"])
                self._at_hub |= known
                known |= self._at_hub
            case "hub-stopped":
                self.stopped = self.stopped or number
            case "set":
                self._cell(number, line, self._column(line), value(line["value"]))
            case "add" | "delete":
                self._presence(number, line)
            case "restore" | "keep":
                self._resolution(number, line)

    def _known(self, node: str) -> set[Edit]:
        return self._at_node.setdefault(node, set())

    def _column(self, line: dict) -> int:
        return self.columns[tables.NUMBERS[line["table"]]].index(line["column"]) + 1

    def _cell(self, number: int, line: dict, column: int, value: Value, **more) -> Edit:
        key = Key(tables.NUMBERS[line["table"]], uuid_bytes(line["owner"]), uuid_bytes(line["id"]))
        return self._note(number, line, key, column, value, **more)

    def _note(self, number: int, line: dict, key: Key, column: int, value: Value, **more) -> Edit:
        replica, member = self.replicas[line["node"]]
        stamp = stamp_of(line["stamp"])
        if stamp[1] != replica:
            raise Damage(f"line {number} of the log has a stamp that is not {line['node']}'s")
        known = self._known(line["node"])
        edit = Edit(number, line["node"], member, key, column, value, stamp, frozenset(known), **more)
        self.edits.append(edit)
        self.cells.setdefault((key, column), []).append(edit)
        known.add(edit)
        return edit

    def _presence(self, number: int, line: dict) -> None:
        births = line["kind"] == "add"
        key = Key(tables.NUMBERS[line["table"]], uuid_bytes(line["owner"]), uuid_bytes(line["id"]))
        seen = [edit.length for edit in self.cells.get((key, PRESENCE), []) if edit in self._known(line["node"])]
        # A row that the log did not make was imported, once.
        length = max(seen, default=0 if births else 1) + 1
        self._cell(number, line, PRESENCE, length, length=length)
        for column, name in enumerate(self.columns[key.table] if births else [], 1):
            self._cell(number, line, column, value(line["values"].get(name)), typed=name in line["values"])

    def _resolution(self, number: int, line: dict) -> None:
        conflict = uuid_bytes(line["conflict"])
        self.resolutions[conflict] = "restored" if line["kind"] == "restore" else "kept"
        if line["kind"] == "keep":
            return
        loser = next((edit for edit in self.edits if edit.conflict_id == conflict), None)
        if not loser or loser.column == PRESENCE:
            raise Damage(f"line {number} of the log restores a conflict of no logged edit")
        self._note(number, line, loser.key, loser.column, loser.value)

    # What must be

    def winner(self, key: Key, column: int) -> Edit | None:
        """The edit that stands in a cell."""
        return max(self.cells.get((key, column), []), key=lambda edit: edit.rank, default=None)

    def fate(self, edit: Edit, filed: set[tuple[Key, int, Stamp]], filed_values: set[tuple[Key, int, Value]]) -> Fate:
        """What became of an edit, where `filed` are the losers of the conflict inbox."""
        if edit.column != PRESENCE and (hidden := self._hidden(edit)) is not None:
            replaced = hidden
        else:
            winner = self.winner(edit.key, edit.column)
            if winner is edit:
                return Fate.STANDS
            if self._agrees(edit, winner):
                return Fate.SAME
            replaced = False
        if replaced or self._replaced(edit):
            return Fate.REPLACED
        where = (edit.key, edit.column)
        if (*where, edit.stamp) in filed or (*where, edit.value) in filed_values or self._is_filed_birth(edit, filed):
            return Fate.FILED
        return Fate.LOST

    @staticmethod
    def _is_filed_birth(edit: Edit, filed: set[tuple[Key, int, Stamp]]) -> bool:
        """Whether it is a new row that met a deletion, and whose cells are in the inbox."""
        return edit.length % 2 == 1 and any((key, stamp) == (edit.key, edit.stamp) for key, _, stamp in filed)

    def _hidden(self, edit: Edit) -> bool | None:
        """Whether the row was deleted by someone who had seen the edit; None if the row is there."""
        presence = self.winner(edit.key, PRESENCE)
        if presence is None or presence.length % 2 == 1:
            return None
        deletions = [other for other in self.cells[(edit.key, PRESENCE)] if other.length % 2 == 0]
        return any(edit in other.seen for other in deletions)

    def _replaced(self, edit: Edit) -> bool:
        return any(edit in other.seen and other.rank > edit.rank for other in self.cells[(edit.key, edit.column)])

    @staticmethod
    def _agrees(edit: Edit, winner: Edit) -> bool:
        if edit.column == PRESENCE:
            return edit.length % 2 == winner.length % 2
        return edit.value == winner.value


def value(json_value) -> Value:
    """A value of the log."""
    return bytes.fromhex(json_value["hex"]) if isinstance(json_value, dict) else json_value
