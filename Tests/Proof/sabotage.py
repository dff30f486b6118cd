"""Three ways to lose something behind the program's back. The judge must see each of them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

from canonical import stamp_of
from replica import find

DROP_EDIT = "drop-edit"
SKIP_MERGE = "skip-merge"
FLIP_VALUE = "flip-value"
ALL = (DROP_EDIT, SKIP_MERGE, FLIP_VALUE)


def _change(folder: Path, sql: str, *values) -> None:
    connection = sqlite3.connect(find(folder))
    try:
        with connection:
            changed = connection.execute(sql, values).rowcount
        if changed != 1:
            raise RuntimeError(f"the sabotage changed {changed} rows of {folder.name}")
    finally:
        connection.close()


def drop_edit(folder: Path, log: Path) -> str:
    """Takes the last acknowledged edit of a cell out of A2's outbox."""
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    edits = [line for line in lines if line["kind"] in ("set", "add", "delete")]
    cells: dict[tuple, list[dict]] = {}
    for edit in edits:
        cells.setdefault((edit["table"], edit["id"], edit.get("column")), []).append(edit)
    alone = [found[0] for found in cells.values() if len(found) == 1]
    stamps = [edit["stamp"] for edit in edits]
    edit = next(e for e in alone if e["node"] == "A2" and e["kind"] == "set" and stamps.count(e["stamp"]) == 1)
    _change(folder / "A2", "DELETE FROM outbox WHERE time = ?", stamp_of(edit["stamp"])[0])
    return f"A2's edit of {edit['table']} {edit['id']} {edit['column']} to {edit['value']!r} is taken out of its outbox"


def keep_before_merge(folder: Path) -> None:
    """Remembers B's files as they are before its last merge."""
    shutil.copytree(folder / "B", folder / "B.before-merge")


def skip_merge(folder: Path) -> str:
    shutil.rmtree(folder / "B")
    (folder / "B.before-merge").rename(folder / "B")
    return "B's file is put back as it was before its last merge"


def flip_value(folder: Path, row: dict) -> str:
    _change(folder / "A1", "UPDATE teacher SET hours = ? WHERE _id = ?", row["hours"] + 1, bytes.fromhex(row["id"].replace("-", "")))
    return f"hours of teacher {row['id']} is changed from {row['hours']} to {row['hours'] + 1} in A1's file"
