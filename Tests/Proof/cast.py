"""A hub and three nodes in one folder, worked through the built program, and the log of every edit as it is acknowledged."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

from canonical import stamp_text
from program import REFUSED, UNREACHABLE, Program, Server

NODES = ("A1", "A2", "B")


class Cast:
    """The four replicas. `A1` and `A2` are nodes of the first school, `B` is the second's."""

    def __init__(self, program: Program, folder: Path):
        self.program, self.folder = program, folder
        self.server: Server | None = None
        self.port = 0
        self.members: dict[str, str] = {}
        self._log = (folder / "edits.jsonl").open("x", encoding="utf-8")
        self._seq = 0

    def data(self, name: str) -> Path:
        return self.folder / name

    def ask(self, name: str, *arguments: str, allow: tuple[int, ...] = (0,)):
        return self.program.ask(*arguments, data=self.data(name), allow=allow)

    def log(self, kind: str, **content) -> None:
        self._seq += 1
        line = {"seq": self._seq, "kind": kind, "wall": int(time.time() * 1000)} | content
        self._log.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._log.flush()

    # The hub

    def found(self, alliance: str) -> None:
        founded = self.ask("hub", "hub", "init", "--name", alliance)
        self._introduce("hub", founded["secretariat"])

    def start_hub(self, *options: str) -> None:
        self.server = Server(self.program, "hub", self.data("hub"), self.port, self.folder / "hub.log", options)
        self.port = self.server.port

    def stop_hub(self) -> None:
        server, self.server = self.server, None
        if server and (code := server.stop()) != 0:
            raise RuntimeError(f"the hub ended with exit code {code} when it was asked to stop; see {self.folder}/hub.log")

    def join(self, name: str, school: str, address: str | None = None) -> None:
        """Joins under the hub's own address, or another under which it is reached."""
        code = self.ask("hub", "hub", "invite", "--member", school)["code"]
        joined = self.ask(name, "node", "join", "--hub", address or self.server.url, "--code", code, "--name", name)
        earlier = next((known for known, member in self.members.items() if member == joined["member"]), None)
        self._introduce(name, joined["member"])
        if earlier is not None:
            self._confirm(earlier, joined["node"])

    def _confirm(self, earlier: str, node: str) -> None:
        """A school's further node waits for an earlier one's word."""
        self.ask(earlier, "node", "sync")
        self.ask(earlier, "node", "confirm", node)
        self.ask(earlier, "node", "sync")

    def _introduce(self, name: str, member: str) -> None:
        self.members[name] = member
        self.log("replica", node=name, replica=self.replica(name).hex(), member=member)

    def close(self) -> None:
        self.stop_hub()
        self._log.close()

    # Work

    def rows(self, name: str, table: str, owner: str | None = None) -> list[dict]:
        rows = self.ask(name, "list", table)
        return [row for row in rows if owner in (None, row["owner"])]

    def bring_in(self, name: str, table: str, file: Path, *options: str) -> dict:
        done = self.ask(name, "import", table, str(file), *self._consent(table), *options)
        if done["problems"]:
            raise RuntimeError(f"{file.name} was not taken: {done['problems'][0]}")
        self.log("import", node=name, table=table, rows=done["rows"], created=done["created"])
        if table == "teacher":
            self.log("import", node=name, table="consent", rows=done["rows"], created=done["created"])
        return done

    def set(self, name: str, table: str, row: dict, /, **values) -> None:
        """Edits one row; a value is text, a number, or the list of one member."""
        done = self.ask(name, "set", table, row["id"], *self._typed(values))
        if done["changed"] != 1:
            raise RuntimeError(f"{name}: set {table} {row['id']} {values} changed {done['changed']} rows")
        stamp = self.stamp(name, done)
        for column, value in values.items():
            self.log("set", node=name, table=table, owner=row["owner"], id=row["id"], column=column,
                     value=self._stored(value), stamp=stamp)

    def add(self, name: str, table: str, /, **values) -> dict:
        done = self.ask(name, "add", table, *self._typed(values), *self._consent(table))
        row = {"id": done["id"], "owner": self.members[name]}
        stored = {column: self._stored(value) for column, value in values.items()}
        stamp = self.stamp(name, done)
        self.log("add", node=name, table=table, owner=row["owner"], id=row["id"], values=stored, stamp=stamp)
        if table == "teacher":
            self.log_consents(name, [row], stamp)
        return row

    @staticmethod
    def _consent(table: str) -> tuple[str, ...]:
        """Teachers are brought in with their consents, as schools do: without one an entry stays at its school."""
        return ("--consent", "2026-09-01") if table == "teacher" else ()

    def log_consents(self, name: str, teachers: list[dict], stamp: str) -> None:
        """Notes the consents that came with teachers, in one transaction."""
        ids = {teacher["id"] for teacher in teachers}
        for row in self.rows(name, "consent", self.members[name]):
            if row["teacher"] in ids:
                values = {column: value for column, value in row.items() if column not in ("id", "owner") and value is not None}
                values["teacher"] = self._stored([row["teacher"]])
                self.log("add", node=name, table="consent", owner=row["owner"], id=row["id"], values=values, stamp=stamp)

    def delete(self, name: str, table: str, row: dict) -> None:
        done = self.ask(name, "delete", table, row["id"])
        self.log("delete", node=name, table=table, owner=row["owner"], id=row["id"], stamp=self.stamp(name, done))

    def resolve(self, name: str, verb: str, conflict: str) -> None:
        done = self.ask(name, "conflicts", verb, conflict)
        self.log(verb, node=name, conflict=conflict, stamp=self.stamp(name, done))

    def sync(self, name: str) -> dict:
        """Syncs once; how it ended is for the judge to judge."""
        done = self.ask(name, "node", "sync", allow=(0, REFUSED, UNREACHABLE))
        outcome = done.get("outcome", "failed")
        self.log("sync", node=name, outcome=outcome, rev=done.get("rev"))
        return {"outcome": outcome, "rev": done.get("rev")}

    def sync_all(self, names: tuple[str, ...] = NODES, rounds: int = 2) -> bool:
        """Rounds of syncs until all are proved at one rev; at least `rounds`."""
        for done in range(1, rounds + 3):
            outcomes = [self.sync(name) for name in names]
            proved = all(o == {"outcome": "proved", "rev": outcomes[0]["rev"]} for o in outcomes)
            if done >= rounds and proved:
                return True
        return False

    @staticmethod
    def _typed(values: dict) -> list[str]:
        return [f"{column}={value[0] if isinstance(value, list) else value}" for column, value in values.items()]

    @staticmethod
    def _stored(value):
        """What SQLite should hold of a typed value."""
        return {"hex": value[0].replace("-", "")} if isinstance(value, list) else value

    def stamp(self, name: str, answer: dict) -> str:
        """The stamp of an acknowledged transaction; where the command does not print it, as the outbox has it."""
        return answer.get("stamp") or stamp_text(
            (self.one(name, "SELECT max(time) FROM outbox"), int.from_bytes(self.replica(name), "big")))

    def replica(self, name: str) -> bytes:
        return self.one(name, "SELECT replica FROM replica_state")

    def one(self, name: str, sql: str):
        """One value out of a replica's file."""
        from replica import find

        connection = sqlite3.connect(f"file:{find(self.data(name))}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchone()[0]
        finally:
            connection.close()
