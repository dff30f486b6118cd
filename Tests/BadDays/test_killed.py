"""Processes that are killed, at every step of an exchange and in the middle of a command."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import unittest
from concurrent.futures import Future

from ground import PROGRAM, BadDay, randomness, sweep, until
from proxy import PASS, Plan, Point

#: Where the end comes beside the other side's work, it comes after up to so many seconds.
DELAY = 0.06


class KilledTest(BadDay):
    def setUp(self):
        super().setUp()
        self.choose = randomness(self.id().rsplit(".", 1)[1])

    def kill_at(self, point: Point, number: int, kill) -> None:
        """Has `kill` called at a point of the exchange of a number."""
        delay = self.choose.uniform(0, DELAY) if point in (Point.PROCESSING, Point.ANSWERED) else 0

        def hook() -> None:
            time.sleep(delay)  # where in the other side's work the end comes is the random choice
            kill()

        self.proxy.follow(lambda exchange: Plan(hooks={point: hook}) if exchange.number == number else PASS)

    def sync_to_the_end(self, name: str) -> None:
        """One plain sync after the harm has to be enough."""
        self.proxy.pass_all()
        self.assertEqual(self.cast.sync(name)["outcome"], "proved")

    # The node

    def test_a_node_that_is_killed_at_any_step_loses_and_doubles_nothing(self):
        killed = 0
        for round in range(sweep(1, 20)):
            for point in Point:
                for number in (1, 2):
                    with self.subTest(point=point.name, exchange=number, round=round):
                        self.cast.work("A1", self.choose)
                        killed += self.kill_node(point, number)
                        self.sync_to_the_end("A1")
            self.cast.sync_all()
        # A node that is told everything may have ended by itself before it was killed.
        self.assertGreaterEqual(killed, 10 * sweep(1, 20))
        self.recover(edits=12)

    def kill_node(self, point: Point, number: int) -> bool:
        """Whether it died of it."""
        started: Future[subprocess.Popen] = Future()
        self.kill_at(point, number, lambda: started.result().kill())
        process = self.start_sync("A1")
        started.set_result(process)
        process.communicate(timeout=60)
        return process.returncode == -9

    def test_a_node_that_is_killed_while_it_merges_loses_and_doubles_nothing(self):
        killed = 0
        for round in range(sweep(8, 200)):
            with self.subTest(round=round):
                for name in ("A2", "B"):
                    self.cast.work(name, self.choose)
                    self.cast.sync(name)
                killed += self.kill_node(Point.ANSWERED, 1)
                self.sync_to_the_end("A1")
        self.assertGreater(killed, 0)
        self.cast.sync_all()
        self.recover(edits=16)

    # The hub

    def test_a_hub_that_is_killed_at_any_step_loses_and_doubles_nothing(self):
        for round in range(sweep(1, 20)):
            for point in Point:
                for number in (1, 2) if round or point is Point.PROCESSING else (1,):
                    with self.subTest(point=point.name, exchange=number, round=round):
                        self.cast.work("A1", self.choose)
                        self.kill_hub(point, number)
            self.cast.sync_all()
        self.recover(edits=7)

    def kill_hub(self, point: Point, number: int) -> None:
        server = self.cast.server
        self.kill_at(point, number, server.process.kill)
        done = PROGRAM.run("node", "sync", data=self.cast.data("A1"))
        self.proxy.pass_all()
        # Killed beside the node's last merge, it was not missed.
        if done.returncode != 0:
            self.assert_told(done, 3)
            self.assertEqual(self.ask("A1", "node", "status")["alarms"], [])
        until(lambda: server.process.poll() is not None, 5, "the hub is dead")
        self.assertEqual(server.process.returncode, -9)
        self.cast.kill_hub()
        self.cast.start_hub()
        self.sync_to_the_end("A1")

    # Both, and the same cell

    def test_two_who_edit_the_same_cell_while_processes_die_find_both_values(self):
        for round in range(sweep(2, 40)):
            row = self.cast.rows("A1", "teacher", self.cast.members["A1"])[round % 20]
            for name in ("A1", "A2"):
                self.cast.set(name, "teacher", row, note=f"{name} 写的第 {round} 稿")
            self.kill_node(self.choose.choice(list(Point)), 1)
            self.sync_to_the_end("A1")
            self.kill_hub_for("A2")
            self.assertTrue(self.cast.sync_all())
        self.assertEqual(len(self.ask("A1", "conflicts", "list")), sweep(2, 40))
        self.recover(edits=4)

    def kill_hub_for(self, name: str) -> None:
        """The hub dies in the exchange in which it files the conflict."""
        server = self.cast.server
        self.kill_at(self.choose.choice((Point.PROCESSING, Point.ANSWER)), 1, server.process.kill)
        PROGRAM.run("node", "sync", data=self.cast.data(name))
        until(lambda: server.process.poll() is not None, 5, "the hub is dead")
        self.proxy.pass_all()
        self.cast.kill_hub()
        self.cast.start_hub()

    # Commands

    def test_a_command_that_is_killed_is_done_whole_or_not_at_all(self):
        # One that is let go to its end tells how long that takes on this machine now.
        begun = time.monotonic()
        self.kill_import(0, 60)
        most = 1.3 * (time.monotonic() - begun)
        for round in range(1, sweep(12, 40)):
            with self.subTest(round=round):
                self.kill_import(round, self.choose.uniform(0, most))
        self.recover(edits=50)

    def kill_import(self, round: int, seconds: float) -> None:
        """Fifty rows in one file, killed after so many seconds: all of them are there, or none."""
        file = self.folder / f"teachers-{round}.csv"
        file.write_text("工号,姓名\n" + "".join(f"杀{round}-{row},示例·{row}\n" for row in range(50)), "utf-8")
        process = subprocess.Popen(
            [PROGRAM.path, "import", "teacher", str(file), "--consent", "2026-09-01", "--data", str(self.cast.data("A1")), "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()
        told, _ = process.communicate()
        there = [row for row in self.cast.rows("A1", "teacher") if row["staff_no"].startswith(f"杀{round}-")]
        self.assertIn(len(there), (0, 50))
        if told.strip():
            self.assertEqual((len(there), json.loads(told)["created"]), (50, 50))
        self.cast.note_added("A1", "teacher", there)
        self.assertTrue(self.ask("A1", "verify", "--deep")["clean"])

    def test_a_join_that_is_killed_can_be_repeated_with_the_same_code(self):
        for round in range(sweep(1, 10)):
            for point in (Point.REQUEST, Point.ANSWER, Point.HALF_ANSWER, *[Point.ANSWERED] * 6):
                with self.subTest(point=point.name, round=round):
                    self.kill_join(f"J-{self.choose.getrandbits(32):08x}", point)
        self.recover(edits=9)

    def kill_join(self, name: str, point: Point) -> None:
        code = self.ask("hub", "hub", "invite", "--member", self.cast.new_member(f"新成员{name}"))["code"]
        arguments = ["node", "join", "--hub", self.proxy.url, "--code", code, "--name", name]
        started: Future[subprocess.Popen] = Future()
        self.kill_at(point, 1, lambda: started.result().kill())
        process = subprocess.Popen(
            [PROGRAM.path, *arguments, "--data", str(self.cast.data(name))], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.set_result(process)
        process.wait(60)
        self.proxy.pass_all()
        done = PROGRAM.run(*arguments, data=self.cast.data(name))
        if done.returncode != 0:
            # It had got far enough to be a node already.
            self.assertEqual(json.loads(done.stdout)["error"]["code"], "exists", done.stdout)
        self.assertEqual(self.ask(name, "node", "sync")["outcome"], "proved")


if __name__ == "__main__":
    unittest.main()
