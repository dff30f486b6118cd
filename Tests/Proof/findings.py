"""What the judge has looked at, and what it found wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import tables
from canonical import PRESENCE, Key, Value, stamp_text, uuid_text
from replica import Replica

#: What is counted, in Chinese and English, and how many of each a proof needs at least: a judge that looked at nothing
#: must not pass.
KINDS = {
    "rows": ("比对的行", "rows compared", 1000),
    "cells": ("比对的单元格（值与时间戳）", "cells compared, value and stamp", 5000),
    "hashes": ("重算的行哈希", "row hashes recomputed", 1200),
    "digests": ("重算的摘要", "digests recomputed", 8),
    "secrets": ("检索的保密内容", "secrets searched for", 100),
    "edits": ("裁判的改动", "edits judged", 40),
    "untouched": ("未改动而不变的单元格", "untouched cells unchanged", 1500),
    "conflicts": ("核对的冲突", "conflicts checked", 50),
    "books": ("待发箱、退回箱、告警、证明", "outboxes, rejected, alarms, proofs", 20),
    "journal": ("核对的日志条目", "journal entries checked", 60),
    "chains": ("核对的数据段", "segments checked", 100),
}
#: What a fault of each kind is called before its sentence.
LABELS = {
    "rows": "不一致", "cells": "不一致", "hashes": "校验值", "digests": "摘要", "secrets": "泄露", "edits": "丢失",
    "untouched": "无端变动", "conflicts": "冲突箱", "books": "未了", "journal": "日志", "chains": "数据段",
}


class Findings:
    """Counts every check, and keeps a sentence for each one that failed."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def check(self, kind: str, holds: bool, sentence: Callable[[], str]) -> bool:
        assert kind in KINDS, kind
        self.counts[kind] += 1
        if not holds:
            self.fault(f"[{LABELS[kind]}] {sentence()}")
        return holds

    def fault(self, sentence: str) -> None:
        self.faults.append(sentence)

    def demand(self, minimum: dict[str, int]) -> None:
        """Fails unless enough was looked at."""
        for kind, least in minimum.items():
            if self.counts[kind] < least:
                zh, en, _ = KINDS[kind]
                self.fault(f"too little was checked: {self.counts[kind]} {en}, {least} are needed（{zh}）")


def shown(value: Value) -> str:
    """A value in a sentence."""
    match value:
        case None:
            return "empty"
        case bytes() if len(value) % 16 == 0 and value:
            return "+".join(uuid_text(value[at:at + 16]) for at in range(0, len(value), 16))
        case bytes():
            return "0x" + value.hex()
        case str():
            return f"“{value.encode('utf-8', 'replace').decode()}”"
    return str(value)


def place(replica: Replica, key: Key, column: int | None = None) -> str:
    """Table, row and column in a sentence."""
    text = f"{tables.NAMES.get(key.table, key.table)} {uuid_text(key.id)}"
    return text if column is None else f"{text} {replica.column(key.table, column)}"


def cell_text(replica: Replica, key: Key, column: int) -> str:
    """What a file has in a cell."""
    if key not in replica.rows:
        return "no such row"
    row = replica.rows[key][0]
    if column == PRESENCE:
        state = "there" if row.is_there else "deleted"
        return f"{state}, causal length {row.length} ({stamp_text(row.clock[PRESENCE])})"
    if column not in row.clock:
        return "never written"
    return f"{shown(row.values[column])} ({stamp_text(row.clock[column])})"
