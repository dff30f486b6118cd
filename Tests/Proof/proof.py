"""The proof as a person reads it: what was edited, what won, what lost and where it is, and that all files are equal."""

from __future__ import annotations

import unicodedata
from collections import Counter

import tables
from canonical import PRESENCE, uuid_text
from edits import Fate
from findings import KINDS, Findings, shown
from outcome import Conflict, Outcome
from replica import Replica


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def grid(lines: list[list[str]]) -> list[str]:
    """Cells in columns; Chinese characters are two wide."""
    widths = [max(width(line[column]) for line in lines) for column in range(len(lines[0]))]
    return ["  " + "  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(line)).rstrip()
            for line in lines]


def short(text: str) -> str:
    return text if len(text) <= 28 else text[:26] + "…"


class Proof:
    """Prints what the judge found."""

    def __init__(self, replicas: list[Replica], equality: dict[str, dict[int, tuple[int, bool]]],
                 outcome: Outcome | None, findings: Findings):
        self.replicas, self.equality, self.outcome, self.findings = replicas, equality, outcome, findings

    def lines(self) -> list[str]:
        lines = ["", "同步证明 PROOF OF THE SYNC", ""]
        if self.replicas:
            lines += self._tables() + [""]
        if self.outcome:
            lines += self._edits() + [""] + self._conflicts() + [""]
        return lines + self._checks() + [""] + self._verdict()

    def _tables(self) -> list[str]:
        names = [replica.name for replica in self.replicas]
        lines = [["表 table", *names]]
        lines.append(["rev", *(str(replica.state["rev"]) for replica in self.replicas)])
        for number, name in tables.NAMES.items():
            hub = sum(1 for key in self.replicas[0].there() if key.table == number)
            cells = [self._cell(replica, number) for replica in self.replicas[1:]]
            lines.append([name, str(hub), *cells])
        return ["各表行数：= 与中心逐格相等，≠ 不等  rows per table: = equal to the hub cell by cell, ≠ not", *grid(lines)]

    def _cell(self, replica: Replica, number: int) -> str:
        _, equal = self.equality.get(replica.name, {}).get(number, (0, False))
        return f"{'=' if equal else '≠'} {sum(1 for key in replica.there() if key.table == number)}"

    def _edits(self) -> list[str]:
        typed = [edit for edit in self.outcome.log.edits if edit.typed]
        by_node = {name: Counter(self.outcome.fates[edit] for edit in typed if edit.node == name)
                   for name in dict.fromkeys(edit.node for edit in typed)}
        lines = [["", *by_node]]
        for fate in Fate:
            zh, en = fate.value
            lines.append([f"{zh} {en}", *(str(count[fate]) for count in by_node.values())])
        lines.append(["合计 all", *(str(count.total()) for count in by_node.values())])
        return ["每格获得确认的改动的去向  what became of every acknowledged edit of a cell", *grid(lines)]

    def _conflicts(self) -> list[str]:
        lines = [["冲突 conflict", "生效值 won", "落选值 lost", "所在 found at", "处理 resolution"]]
        lines += [self._conflict(conflict) for conflict in self.outcome.conflicts]
        return ["冲突箱：落选值都在这里  the conflict inbox: every value that lost is here", *grid(lines)]

    def _conflict(self, conflict: Conflict) -> list[str]:
        hub = self.replicas[0]
        names = {replica.number: replica.name for replica in self.replicas}
        key = next(key for key in hub.rows if key.table == tables.CONFLICT and key.id == conflict.id)
        places = " ".join(replica.name for replica in self.replicas if key in replica.there())
        won = "删除 deleted" if conflict.kind == "deleted" else shown(conflict.winning[0])
        row = f"{tables.NAMES[conflict.key.table]} {uuid_text(conflict.key.id)[:8]} {hub.column(conflict.key.table, conflict.column)}"
        lost = "删除 deletion" if conflict.column == PRESENCE else shown(conflict.losing[0])
        resolution = {"restored": "已恢复 restored", "kept": "已保留 kept", None: "—"}
        return [row, f"{names.get(conflict.winning[1][1])} {short(won)}", f"{names.get(conflict.losing[1][1])} {short(lost)}",
                places, resolution.get(conflict.resolution, "?")]

    def _checks(self) -> list[str]:
        lines = [[f"{zh} {en}", str(self.findings.counts[kind])] for kind, (zh, en, _) in KINDS.items()]
        return ["检查次数  checks made", *grid(lines)]

    def _verdict(self) -> list[str]:
        faults = self.findings.faults
        if not faults:
            return [f"结论：通过。四个文件一致，没有丢失任何改动。  PASSED: all files agree and no edit was lost. "
                    f"({self.findings.counts.total()} checks)"]
        more = [f"  … 另有 {len(faults) - 40} 处 and {len(faults) - 40} more"] if len(faults) > 40 else []
        return [f"结论：不通过，{len(faults)} 处不符。  FAILED: {len(faults)} faults.",
                *(f"  ✗ {fault}" for fault in faults[:40]), *more]
