"""What became of every edit: does the largest stamp stand, is every other edit somewhere, and nothing else changed?"""

from __future__ import annotations

from dataclasses import dataclass

import tables
from canonical import PRESENCE, Damage, Key, Row, Stamp, Value, stamp_text, uuid_text, value_of
from edits import Edit, Fate, Log
from findings import Findings, cell_text, place, shown
from replica import Replica


@dataclass(frozen=True)
class Conflict:
    """A conflict row, read."""

    id: bytes
    key: Key
    column: int
    kind: str
    winning: tuple[Value, Stamp]
    losing: tuple[Value, Stamp]
    author: bytes
    winner: bytes
    rev: int
    resolution: str | None
    resolved: int | None


def conflicts(replica: Replica, findings: Findings) -> list[Conflict]:
    """The conflict rows of a file."""
    found = []
    for key, row in sorted(replica.there().items()):
        if key.table != tables.CONFLICT:
            continue
        cell = {name: replica.named(row, name) for name in replica.columns[tables.CONFLICT]}
        try:
            def side(name: str) -> tuple[Value, Stamp]:
                stamp = (cell[f"{name}_time"], int.from_bytes(cell[f"{name}_replica"], "big"))
                return value_of(cell[f"{name}_value"]), stamp

            found.append(Conflict(
                key.id, Key(cell["table_id"], key.owner, cell["row_id"]), cell["column_id"], cell["kind"],
                side("winning"), side("losing"), cell["author"], cell["winner"], cell["rev"], cell["resolution"],
                cell["resolved"]))
        except (Damage, TypeError) as error:
            findings.fault(f"{replica.name}: {place(replica, key)} can't be read as a conflict: {error}")
    return found


def describe(hub: Replica, edit: Edit) -> str:
    """An edit in a sentence."""
    what = shown(edit.value) if edit.column else "deletion" if edit.length % 2 == 0 else "new row"
    return f"{edit.node}'s edit of {place(hub, edit.key, edit.column)} to {what} ({stamp_text(edit.stamp)}, line {edit.line})"


class Outcome:
    """Compares the hub's file with the log."""

    def __init__(self, hub: Replica, nodes: list[Replica], log: Log, findings: Findings):
        self.hub, self.nodes, self.log, self.findings = hub, nodes, log, findings
        self.conflicts = conflicts(hub, findings)
        self.fates: dict[Edit, Fate] = {}

    def check(self, before: Replica) -> None:
        self._check_authors()
        self._check_cells()
        self._check_fates()
        for conflict in self.conflicts:
            self._check_conflict(conflict)
        self._check_resolutions()
        self._check_untouched(before)

    def _check_authors(self) -> None:
        replicas = {replica.name: (replica.number, replica.member) for replica in [self.hub, *self.nodes]}
        for name, identity in sorted(replicas.items()):
            self.findings.check("books", self.log.replicas.get(name) == identity, lambda: (
                f"{name}: the file is of replica {identity[0]:016x}, the log says otherwise"))

    # Cells

    def _check_cells(self) -> None:
        """The file has in each edited cell what the largest stamp wrote."""
        for (key, column), edits in sorted(self.log.cells.items(), key=lambda item: item[0]):
            winner = self.log.winner(key, column)
            self.findings.check("cells", self._holds(key, column, winner), lambda: (
                f"{place(self.hub, key, column)}: {shown(winner.value)} ({stamp_text(winner.stamp)}) of {winner.node} "
                f"should stand, the hub has {cell_text(self.hub, key, column)}"))

    def _holds(self, key: Key, column: int, winner: Edit) -> bool:
        if key not in self.hub.rows:
            return False
        row = self.hub.rows[key][0]
        if row.clock.get(column) != winner.stamp:
            return False
        if column == PRESENCE:
            return row.length == winner.length
        return type(row.values[column]) is type(winner.value) and row.values[column] == winner.value

    def _check_fates(self) -> None:
        filed = {(conflict.key, conflict.column, conflict.losing[1]) for conflict in self.conflicts}
        values = {(conflict.key, conflict.column, conflict.losing[0]) for conflict in self.conflicts}
        for edit in self.log.edits:
            fate = self.log.fate(edit, filed, values)
            if fate is Fate.STANDS and not self._holds(edit.key, edit.column, edit):
                fate = Fate.LOST
            self.fates[edit] = fate
            if edit.typed:
                self.findings.check("edits", fate is not Fate.LOST, lambda: (
                    f"LOST: {describe(self.hub, edit)} was accepted and stands nowhere; the hub has "
                    f"{cell_text(self.hub, edit.key, edit.column)}, and no conflict names it"))
            if fate is Fate.FILED:
                self._check_filed(edit)

    def _check_filed(self, edit: Edit) -> None:
        """Both the row's owner and the losing author have the conflict, with both values."""
        for node in self.nodes:
            if node.member in (edit.key.owner, edit.member):
                has = any(key.table == tables.CONFLICT and self._names(node, row, edit) for key, row in node.there().items())
                self.findings.check("conflicts", has, lambda: (
                    f"{describe(self.hub, edit)} lost, but {node.name} does not have the conflict"))

    @staticmethod
    def _names(node: Replica, row: Row, edit: Edit) -> bool:
        """Whether a conflict row names an edit as its loser; a new row is named by its cells."""
        same_stamp = (node.named(row, "losing_time"), node.named(row, "losing_replica")) == (
            edit.stamp[0], edit.stamp[1].to_bytes(8, "big"))
        return node.named(row, "row_id") == edit.key.id and (same_stamp or node.named(row, "column_id") == edit.column)

    # Conflicts

    def _check_conflict(self, conflict: Conflict) -> None:
        """Nothing is in the inbox but two edits of one cell that did not know of each other."""
        name = f"conflict {uuid_text(conflict.id)} ({place(self.hub, conflict.key, conflict.column)})"
        loser = self._edit(conflict.key, conflict.column, conflict.losing)
        deleted = conflict.kind == "deleted"
        winner = self._edit(conflict.key, PRESENCE if deleted else conflict.column, conflict.winning, any_value=deleted)
        if not self.findings.check("conflicts", loser is not None and winner is not None, lambda: (
                f"{name} names {'a loser' if loser is None else 'a winner'} that nobody wrote: "
                f"{shown((conflict.losing if loser is None else conflict.winning)[0])}")):
            return
        apart = winner.node != loser.node and winner not in loser.seen and loser not in winner.seen
        self.findings.check("conflicts", apart, lambda: f"{name}: one of its authors had seen the other's edit")
        self.findings.check("conflicts", deleted or winner.rank > loser.rank, lambda: f"{name}: its loser should have won")
        self.findings.check("conflicts", deleted or winner.value != loser.value, lambda: f"{name}: its values are equal")
        self.findings.check("conflicts", loser.conflict_id == conflict.id, lambda: f"{name}: its id is not its own")
        members = (conflict.winner, conflict.author) == (winner.member, loser.member)
        self.findings.check("conflicts", members, lambda: f"{name} does not name its authors' members")

    def _edit(self, key: Key, column: int, side: tuple[Value, Stamp], any_value: bool = False) -> Edit | None:
        """The logged edit of one side of a conflict."""
        for edit in self.log.cells.get((key, column), []):
            if edit.stamp == side[1] and (any_value or edit.value == side[0]):
                return edit
        return None

    def _check_resolutions(self) -> None:
        for conflict in self.conflicts:
            expected = self.log.resolutions.get(conflict.id)
            matches = conflict.resolution == expected and (conflict.resolved is None) == (expected is None)
            self.findings.check("conflicts", matches, lambda: (
                f"conflict {uuid_text(conflict.id)}: its resolution is {shown(conflict.resolution)}, "
                f"people made it {shown(expected)}"))
        for id in sorted(set(self.log.resolutions) - {conflict.id for conflict in self.conflicts}):
            self.findings.fault(f"conflict {uuid_text(id)} was resolved by a person and is not in the hub's file")

    # The rest

    def _check_untouched(self, before: Replica) -> None:
        """What nobody edited since the hub stopped is as it was then; no row came or went by itself."""
        touched = {cell for cell, edits in self.log.cells.items() if any(e.line > self.log.stopped for e in edits)}
        for key in sorted({*before.rows, *self.hub.rows}):
            if key.table in tables.OWN_OF_HUB:
                continue
            columns = {c for replica in (before, self.hub) if key in replica.rows for c in replica.rows[key][0].clock}
            for column in sorted(columns):
                if (key, column) not in touched:
                    was, now = cell_text(before, key, column), cell_text(self.hub, key, column)
                    self.findings.check("untouched", was == now, lambda: (
                        f"{place(self.hub, key, column)} was {was} before and is {now}, and nobody edited it"))
        self._check_imports()

    def _check_imports(self) -> None:
        """As many rows are there as were imported and added, less those deleted."""
        for name, created in sorted(self.log.created.items()):
            number = tables.NUMBERS[name]
            births = {key for key, column in self.log.cells if column == PRESENCE and key.table == number
                      and any(e.length == 1 for e in self.log.cells[(key, column)])}
            gone = {key for key, column in self.log.cells if column == PRESENCE and key.table == number
                    and self.log.winner(key, column).length % 2 == 0}
            expected = created + len(births) - len(gone)
            expected += 1 if name == "member" else 0  # the secretariat, which founding the alliance made
            there = sum(1 for key in self.hub.there() if key.table == number)
            self.findings.check("untouched", there == expected, lambda: (
                f"{name}: {expected} rows were made and not deleted, the hub has {there}"))
