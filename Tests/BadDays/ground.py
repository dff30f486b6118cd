"""What every test of a bad day starts from: an alliance of a hub and three nodes behind a proxy, and how it has to end.

The alliance is made once and copied for every test. A test does its harm; `recover` then brings everyone back, and has
the judge of Tests/Proof open the four files: no edit lost, none doubled, all files equal, no alarm.
"""

from __future__ import annotations

import functools
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from scratch import PROGRAM, ScratchTest

from cast import NODES, Cast
from judge import judge
from leftovers import clean_at_exit
from program import Program
from proxy import Proxy
from replica import find

Extent = TypeVar("Extent")

#: Whether the long sweeps run instead of the short ones.
SOAK = os.environ.get("JILIAN_SOAK") == "1"
#: Every random choice follows from it; a run that failed is replayed with its seed.
SEED = int(os.environ.get("JILIAN_SEED", "20260401"))
#: What the judge has to have looked at in a small alliance; edits are counted by each test.
MINIMUM = {"rows": 700, "cells": 3000, "hashes": 900, "digests": 6, "secrets": 50, "books": 15, "journal": 15, "chains": 20}
#: How the judge says that a transaction was struck out.
STRUCK = re.compile(r"rev \d+: \d+ transactions of [0-9a-f]{16} were struck out")


def sweep(short: Extent, long: Extent) -> Extent:
    """How much: a little in the tests, much in the soak."""
    return long if SOAK else short


def randomness(name: str) -> random.Random:
    """Random choices of one test, the same in each run of one seed."""
    print(f"{name}: JILIAN_SEED={SEED}", file=sys.stderr)
    return random.Random(f"{SEED} {name}")


def noise(choose: random.Random, count: int) -> str:
    """Characters that don't compress, 17 bits each."""
    return "".join(chr(0x20000 + choose.getrandbits(17) % 0x1F000) for _ in range(count))


def until(condition: Callable[[], bool], seconds: float, what: str, interval: float = 0.1) -> None:
    """Waits for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(interval)  # between two looks at the condition


class Alliance(Cast):
    """A cast whose nodes reach the hub under an address that may not be the hub's own."""

    def __init__(self, program: Program, folder: Path):
        super().__init__(program, folder)
        self.node_program = program
        self._numbers: dict[str, int] = {}

    def adopt(self, template: Path, members: dict[str, str], port: int) -> None:
        """Takes up replicas and log of an alliance that was stopped."""
        for part in ("hub", "before", *NODES):
            shutil.copytree(template / part, self.data(part), dirs_exist_ok=True)
        for line in (template / "edits.jsonl").read_text("utf-8").splitlines():
            content = json.loads(line)
            kind = content.pop("kind")
            self.log(kind, **{key: value for key, value in content.items() if key not in ("seq", "wall")})
        self.members, self.port = dict(members), port

    def kill_hub(self) -> None:
        """As the power does it."""
        server, self.server = self.server, None
        server.process.kill()
        server.stop()

    def close(self) -> None:
        if self.server and self.server.process.poll() is not None:
            self.kill_hub()
        super().close()

    def new_member(self, name: str) -> str:
        """A member that has no node yet; its id."""
        return self.add("hub", "member", name=name, kind="firm")["id"]

    def note_added(self, name: str, table: str, rows: list[dict]) -> None:
        """Notes the rows of the latest transaction, which was made without the cast."""
        stamp = self.stamp(name, {}) if rows else ""
        for row in rows:
            values = {column: value for column, value in row.items() if column not in ("id", "owner") and value is not None}
            self.log("add", node=name, table=table, owner=row["owner"], id=row["id"], values=values, stamp=stamp)
        if table == "teacher":
            self.log_consents(name, rows, stamp)

    def take_as_before(self) -> None:
        """What the hub holds now is what has to be there at the end, but for logged edits."""
        before = self.data("before")
        shutil.rmtree(before)
        before.mkdir()
        with closing(sqlite3.connect(find(self.data("hub")))) as source, closing(sqlite3.connect(before / "hub.sqlite")) as copy:
            source.backup(copy)

    def work(self, name: str, choose: random.Random) -> None:
        """Something that a school does: an edit of a cell, or a new teacher."""
        self._numbers[name] = self._numbers.get(name, 0) + 1
        number = self._numbers[name]
        if number % 3 == 0:
            self.add(name, "teacher", staff_no=f"坏天{name}{number}", name=f"示例·{name}{number}", hours=number % 40)
        else:
            row = choose.choice(self.rows(name, "teacher", self.members[name]))
            self.set(name, "teacher", row, note=f"{name} 第 {number} 次，{choose.getrandbits(32):08x}")


@functools.cache
def template() -> tuple[tempfile.TemporaryDirectory, dict[str, str], int, int]:
    """Hub, A1, A2 and B, proved and stopped; ports of the hub and of the proxy that its nodes know it by."""
    temporary = tempfile.TemporaryDirectory(prefix="jilian-template-")
    clean_at_exit(temporary.cleanup)
    cast = Alliance(PROGRAM, Path(temporary.name))
    try:
        with Proxy(lambda: cast.port) as proxy:
            cast.found("示例联盟")
            sample = PROGRAM.ask("sample", str(cast.folder / "sample"), data=None)
            files = {file["name"]: file for file in sample["files"]}
            for name in ("members.csv", "majors.csv"):
                cast.bring_in("hub", files[name]["table"], cast.folder / "sample" / name)
            cast.start_hub()
            for name, school in zip(NODES, (0, 0, 1)):
                cast.join(name, sample["schools"][school], proxy.url)
            for name, number in (("A1", 1), ("B", 2)):
                for table in ("base", "space", "teacher", "teacher_contact"):
                    cast.bring_in(name, table, cast.folder / "sample" / f"{table}s-{number}.csv")
            if not cast.sync_all():
                raise RuntimeError("the alliance to start from can't be proved")
            cast.stop_hub()
            shutil.copytree(cast.data("hub"), cast.data("before"))
            cast.log("hub-stopped")
            return temporary, cast.members, cast.port, proxy.port
    finally:
        cast.close()


class BadDay(ScratchTest):
    """A test with the alliance at work behind a proxy."""

    cast: Alliance
    proxy: Proxy | None = None

    def setUp(self):
        super().setUp()
        clean_at_exit(functools.partial(shutil.rmtree, self.folder, ignore_errors=True))
        self.cast.close()
        (self.folder / "edits.jsonl").unlink()
        self.set_up_alliance()

    def set_up_alliance(self) -> None:
        """The alliance behind a proxy; a test that wants it elsewhere makes its own."""
        self.cast = Alliance(PROGRAM, self.folder)
        self.addCleanup(self.cast.close)
        made, members, port, proxy_port = template()
        self.prepare_folders()
        self.cast.adopt(Path(made.name), members, port)
        self.proxy = Proxy(lambda: self.cast.port, proxy_port).__enter__()
        self.addCleanup(self.proxy.__exit__)
        self.cast.start_hub()
        # A hub that has just started lets requests wait for a moment; what is tested begins after it.
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")

    def prepare_folders(self) -> None:
        """Where a test wants a replica's folder to be special, it makes it so here."""

    def start_sync(self, name: str) -> subprocess.Popen[str]:
        """A `node sync` that runs beside the test."""
        process = subprocess.Popen(
            [self.cast.node_program.path, "node", "sync", "--data", str(self.cast.data(name)), "--json"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def completed(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
        """How a process that was started beside the test ended."""
        stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    @staticmethod
    def end(process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.kill()
        if not process.stdout.closed:
            process.communicate()

    def assert_told(self, done: subprocess.CompletedProcess[str], code: int, *words: str) -> dict:
        """A command that had to fail says so under an exit code, in a sentence in both languages."""
        self.assertEqual(done.returncode, code, f"{done.args}: {done.stdout}{done.stderr}")
        self.assert_calm(done.stdout + done.stderr)
        answer = json.loads(done.stdout)
        told = answer.get("error") or answer.get("failure")
        self.assertTrue(told and told["zh"] and told["en"], answer)
        for word in words:
            self.assertIn(word, told["zh"] + told["en"])
        return answer

    def assert_no_alarm(self) -> None:
        for name in NODES:
            self.assertEqual(self.ask(name, "node", "status")["alarms"], [], name)
        for node in self.ask("hub", "hub", "nodes"):
            self.assertEqual(node["alarms"], [], node["name"])

    def recover(self, edits: int, may_strike: bool = False) -> None:
        """Good weather: all are brought together, every file is checked, and the judge has to be content.

        - edits: how many edits of cells the judge has to have found the fate of, at least.
        - may_strike: whether the hub may have struck out what was stamped beyond its clock, which its node wrote anew.
        """
        if self.proxy:
            self.proxy.pass_all()
        if self.cast.server is None:
            self.cast.start_hub()
        self.assertTrue(self.cast.sync_all(), "the nodes can't be proved equal to the hub")
        self.assert_no_alarm()
        for name in ("hub", *NODES):
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)
        self.cast.stop_hub()
        proof = judge(self.folder, MINIMUM | {"edits": edits})
        faults = [fault for fault in proof.findings.faults if not (may_strike and STRUCK.fullmatch(fault))]
        self.assertFalse(faults, "\n".join(faults[:20]))
