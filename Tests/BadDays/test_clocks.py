"""Clocks that are wrong: a node's that is a year ahead or behind or stands still, and the hub's at its start.

The program's own clock is shifted (`JILIAN_CLOCK_OFFSET_MS`), never the machine's. The shift is of a process: a clock
that stands still is one that is shifted back, for each command, by as much as has passed; for a server it is stopped
(`JILIAN_CLOCK_STOPPED_MS`).
"""

from __future__ import annotations

import os
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager

from ground import PROGRAM, BadDay, until

from canonical import stamp_of, stamp_text
from program import REFUSED, Refused, Server

HOUR = 3_600_000
YEAR = 365 * 24 * HOUR
VARIABLE = "JILIAN_CLOCK_OFFSET_MS"
STOPPED = "JILIAN_CLOCK_STOPPED_MS"
#: How far from the true time a stamp may be that everyone has accepted.
BOUND = 5 * 60_000


def now() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def shifted(milliseconds: int) -> Iterator[None]:
    """Processes that are started meanwhile have a clock that is off by so much."""
    os.environ[VARIABLE] = str(milliseconds)
    try:
        yield
    finally:
        del os.environ[VARIABLE]


class ClockTest(BadDay):
    def setUp(self):
        super().setUp()
        self.row = self.cast.rows("A1", "teacher", self.cast.members["A1"])[0]

    def edit(self, name: str, note: str, offset: int = 0, sync_offset: int = 0) -> int:
        """Edits one cell under a shifted clock and syncs; the time of the stamp that it has then, in Unix milliseconds.

        Where the stamp can't stand, the node writes the edit anew, so the log takes the stamp that came of it.
        """
        with shifted(offset):
            self.ask(name, "set", "teacher", self.row["id"], f"note={note}")
        with shifted(sync_offset):
            done = self.ask(name, "node", "sync")
        stamp = self.stamp(name)
        self.cast.log("set", node=name, table="teacher", owner=self.row["owner"], id=self.row["id"], column="note",
                      value=note, stamp=stamp)
        self.cast.log("sync", node=name, outcome=done["outcome"], rev=done["rev"])
        self.assertEqual(done["outcome"], "proved")
        return stamp_of(stamp)[0] >> 16

    def stamp(self, name: str) -> str:
        return self.ask(name, "show", "teacher", self.row["id"])["columns"]["note"]["stamp"]

    def assert_near_now(self, stamp: int) -> None:
        self.assertLess(abs(stamp - now()), BOUND)

    # A node's

    def test_an_edit_of_next_year_is_written_anew_and_does_not_win_for_a_year(self):
        self.assert_near_now(self.edit("A1", "明年写的", offset=YEAR))
        self.cast.sync("A2")
        self.assert_near_now(self.edit("A2", "今天写的"))
        self.assertTrue(self.cast.sync_all())
        for name in ("hub", "A1", "A2", "B"):
            self.assertEqual(self.note(name), "今天写的")
        self.recover(edits=2)

    def note(self, name: str) -> str:
        return next(row["note"] for row in self.cast.rows(name, "teacher") if row["id"] == self.row["id"])

    def test_a_node_that_lives_a_year_ahead_or_behind_syncs_and_its_stamps_are_right(self):
        for offset in (YEAR, -YEAR, 100 * YEAR, -50 * YEAR, 2 * HOUR):
            with self.subTest(offset=offset):
                self.assert_near_now(self.edit("A1", f"偏 {offset}", offset=offset, sync_offset=offset))
                self.assert_near_now(self.edit("A1", f"又偏 {offset}", offset=offset, sync_offset=offset))
                self.assert_near_now(self.edit("A1", f"已正 {offset}"))
                self.cast.sync("A2")
                self.assert_near_now(self.edit("A2", f"知道 {offset}"))
                self.cast.sync("A1")
        self.assertEqual(self.ask("A1", "conflicts", "list"), [])
        self.recover(edits=20)

    def test_edits_under_clocks_that_jump_keep_their_order(self):
        for number, offset in enumerate((0, YEAR, -YEAR, 3 * HOUR, -3 * HOUR, 0)):
            with shifted(offset):
                self.ask("A1", "set", "teacher", self.row["id"], f"note=第 {number} 稿")
        self.assertEqual(self.note("A1"), "第 5 稿")
        self.edit("A1", "末稿")
        self.cast.sync("A2")
        self.assertEqual(self.note("A2"), "末稿")
        self.assertEqual(self.ask("A1", "conflicts", "list"), [])
        self.recover(edits=1)

    def test_two_whose_clocks_differ_by_a_year_find_both_values(self):
        for name, offset in (("A1", YEAR), ("A2", -YEAR)):
            with shifted(offset):
                self.ask(name, "set", "teacher", self.row["id"], f"note={name} 写的")
        for name, offset in (("A1", YEAR), ("A2", -YEAR), ("A1", YEAR)):
            with shifted(offset):
                self.assertEqual(self.ask(name, "node", "sync")["outcome"], "proved")
        notes = {name: self.log_side(name) for name in ("A1", "A2")}
        [conflict] = self.ask("A1", "conflicts", "list")
        self.assertEqual({conflict["winning"]["value"], conflict["losing"]["value"]}, set(notes.values()))
        self.recover(edits=2)

    def log_side(self, name: str) -> str:
        """Logs a node's edit with the stamp that it has in the one conflict that there is."""
        replica, note = self.cast.replica(name), f"{name} 写的"
        [time] = [
            self.cast.one("hub", f"SELECT {side}_time FROM conflict") for side in ("winning", "losing")
            if self.cast.one("hub", f"SELECT {side}_replica FROM conflict") == replica]
        self.cast.log("set", node=name, table="teacher", owner=self.row["owner"], id=self.row["id"], column="note",
                      value=note, stamp=stamp_text((time, int.from_bytes(replica, "big"))))
        return note

    def test_a_clock_that_stands_still_stops_nobody(self):
        begun, stamps = now(), []
        for number in range(3):
            offset = begun - now()
            stamps.append(self.edit("A1", f"时钟停了 {number}", offset=offset, sync_offset=offset))
            self.cast.sync("A2")
            self.edit("A2", f"时钟没停 {number}")
            with shifted(begun - now()):
                self.cast.sync("A1")
        self.assertEqual(stamps, sorted(stamps))
        self.assertEqual(self.ask("A1", "conflicts", "list"), [])
        self.recover(edits=6)

    def test_a_served_node_whose_clock_stands_still_syncs_what_is_written_there(self):
        os.environ[STOPPED] = str(now() - HOUR)
        self.addCleanup(os.environ.pop, STOPPED, None)
        served = Server(PROGRAM, "node", self.cast.data("A1"))
        try:
            stamps = []
            for number in range(3):
                self.ask("A1", "set", "teacher", self.row["id"], f"note=时钟停住 {number}")
                until(lambda: self.ask("A1", "node", "status")["pending"] == 0, 60, "the served node sends it")
                stamps.append(self.stamp("A1"))
                self.cast.log("set", node="A1", table="teacher", owner=self.row["owner"], id=self.row["id"],
                              column="note", value=f"时钟停住 {number}", stamp=stamps[-1])
        finally:
            self.assertEqual(served.stop(), 0)
        del os.environ[STOPPED]
        times = [stamp_of(stamp)[0] for stamp in stamps]
        self.assertEqual(times, sorted(set(times)))
        self.recover(edits=3)

    # The hub's

    def test_a_hub_whose_clock_is_wrong_at_its_start_asks_its_operator(self):
        for offset, words in ((-2 * HOUR, ("慢于", "behind")), (401 * 24 * HOUR, ("快于", "ahead of"))):
            with self.subTest(offset=offset):
                self.cast.stop_hub()
                with shifted(offset), self.assertRaises(Refused) as raised:
                    self.cast.start_hub()
                self.assertEqual(raised.exception.code, REFUSED)
                error = raised.exception.error
                self.assertEqual(error["code"], "clock")
                for word in (*words, "--accept-clock", "未启动", "did not start"):
                    self.assertIn(word, error["zh"] + error["en"])
                self.cast.start_hub()
        self.edit("A1", "中心时钟已校正")
        self.recover(edits=1)

    def test_a_hub_whose_wrong_clock_was_accepted_serves_and_is_put_right_again(self):
        for number, offset in enumerate((-2 * HOUR, 2 * HOUR)):
            with self.subTest(offset=offset):
                self.cast.stop_hub()
                with shifted(offset):
                    self.cast.start_hub("--accept-clock")
                self.edit("A1", f"中心的钟不准 {number}")
                self.cast.sync("A2")
                self.cast.stop_hub()
                self.cast.start_hub("--accept-clock")
                self.edit("A2", f"中心的钟准了 {number}")
                self.cast.sync("A1")
        self.assertEqual(self.ask("A1", "conflicts", "list"), [])
        # Its journal is two hours ahead of it, so it is started by hand once more.
        self.assertEqual(self.start_refused(), "clock")
        self.cast.start_hub("--accept-clock")
        self.recover(edits=4, may_strike=True)

    def start_refused(self) -> str:
        self.cast.stop_hub()
        with self.assertRaises(Refused) as raised:
            self.cast.start_hub()
        return raised.exception.error["code"]


if __name__ == "__main__":
    unittest.main()
