"""A command that is sent again under its key does one thing, and is answered the same; another one is refused.

Real processes; what was done is counted in the file, by rows alone.
"""

from __future__ import annotations

import sqlite3
import subprocess
import time
import unittest

from scratch import PROGRAM, ScratchTest
from test_rights import Books, day

SCHOOLS = ("A", "B")


class RepeatedTest(ScratchTest):
    def setUp(self):
        super().setUp()
        self.schools = self.assemble(("A", 1), ("B", 2))
        self.base = self.ask("A", "add", "base", "name=数控基地")["id"]
        self.space = self.ask(
            "A", "add", "space", f"base={self.base}", "name=一号车间", "capacity=40", "mode=workstation", "workstations=4")["id"]
        major = self.ask("hub", "add", "major", "code=0101", "name=数控加工")["id"]
        self.plan = self.ask(
            "hub", "quota", "plan", "year=2027", f"major={major}", "level=senior", "pathway=三年制", "--total", "20")["id"]
        self.sync()

    def sync(self):
        for name in SCHOOLS * 2:
            self.ask(name, "node", "sync")

    def hours(self, ahead: int, begins: int = 8) -> tuple[str, ...]:
        return ("--from", f"{day(ahead)} {begins:02}:00", "--to", f"{day(ahead)} {begins + 2:02}:00")

    def rows(self, name: str, *tables: str) -> int:
        connection = sqlite3.connect(f"file:{self.cast.data(name)}/replica.sqlite?mode=ro", uri=True)
        count = sum(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables)
        connection.close()
        return count

    def all_rows(self, name: str) -> int:
        return self.rows(name, "booking", "use", "cancel", "request", "decline", "withdrawal", "release", "grant", "admission")

    def once(self, name: str, *arguments: str, other: tuple[str, ...]):
        """Sends a command twice, then another one under the same key; the answer."""
        first = self.ask(name, *arguments, "--key", arguments[0])
        there = self.all_rows(name)
        self.assertEqual(self.ask(name, *arguments, "--key", arguments[0]), first, arguments)
        error = self.assert_refused(1, *other, "--key", arguments[0], data=self.cast.data(name), words=(arguments[0],))
        self.assertEqual(error["code"], "key-used", other)
        self.assertEqual(self.all_rows(name), there, arguments)
        return first

    def assert_sound(self):
        self.sync()
        for name in ("hub",) + SCHOOLS:
            self.assertEqual(Books(self.cast.data(name)).faults(), [], name)
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)

    def test_each_command_is_carried_out_once_for_its_key(self):
        space, purpose = self.space, ("--purpose", "实训")
        booked = self.once(
            "A", "book", space, *self.hours(3), *purpose, other=("book", space, *self.hours(3), "--purpose", "考试"))
        moved = self.once(
            "A", "move", booked["id"], *self.hours(4), other=("move", booked["id"], *self.hours(5)))
        self.assertEqual((moved["state"], moved["replaces"]), ("confirmed", booked["id"]))
        ended = self.once("A", "cancel", moved["id"], other=("cancel", booked["id"]))
        self.assertEqual(ended["state"], "cancelled")
        # Without a key the second one is told that there is nothing to be ended.
        self.assertEqual(self.ask("A", "cancel", moved["id"], allow=(1,))["error"]["code"], "over")
        one = ("--workstations", "1")
        self.once("A", "release", space, *self.hours(6), *one, other=("release", space, *self.hours(6), "--workstations", "2"))
        window = ("--weekday", "2", "--weeks", "1-3", "--starts", "08:00", "--ends", "10:00", *one)
        self.ask("A", "add", "term", "name=本学期", f"first_monday={day(14)}", "weeks=8")
        given = self.once("A", "allot", space, "--open", *window, other=("allot", space, "--to", self.schools[1], *window))
        self.assertEqual((len(given["given"]), self.rows("A", "release")), (3, 2))
        asked = [self.ask("B", "book", space, *self.hours(7), *purpose)["id"] for _ in range(2)]
        self.sync()
        waiting = [request["id"] for request in self.ask("A", "requests") if request["mine"]]
        self.assertEqual(len(waiting), len(asked))
        self.once("A", "approve", waiting[0], other=("approve", waiting[1]))
        self.once("A", "decline", waiting[1], "--reason", "检修", other=("decline", waiting[1], "--reason", "考试"))
        self.assert_sound()
        self.assertEqual({row["id"]: row["state"] for row in self.ask("B", "bookings")},
                         dict(zip(asked, ("confirmed", "declined"))))

    def test_places_are_given_and_taken_once_for_a_key(self):
        plan, school = self.plan, self.schools[0]
        self.ask("hub", "quota", "allot", plan, school, "8", "--key", "first")
        again = self.ask("hub", "quota", "allot", plan, school, "8", "--key", "first")
        self.assertEqual((again["pool"], [member["held"] for member in again["members"]]), (12, [8]))
        self.assert_refused(1, "quota", "allot", plan, school, "9", "--key", "first", data=self.cast.data("hub"), words=("first",))
        self.sync()
        for _ in range(2):
            left = self.ask("A", "quota", "release", plan, "3", "--key", "back")
            self.assertEqual([member["held"] for member in left["members"]], [5])
        admitted = [self.ask("A", "quota", "admit", plan, "--name", "考生甲（虚构）", "--key", "2027001") for _ in range(2)]
        self.assertEqual([(one["place"], one["new"]) for one in admitted], [(admitted[0]["place"], True), (admitted[0]["place"], False)])
        place = str(admitted[0]["place"])
        self.assert_refused(
            1, "quota", "admit", plan, "--name", "考生乙（虚构）", "--key", "2027001", data=self.cast.data("A"), words=("2027001",))
        ended = self.ask("A", "quota", "cancel", plan, place, "--key", "ended")
        # Meanwhile somebody else has the place: the repeat ends nothing of his.
        next_one = self.ask("A", "quota", "admit", plan, "--name", "考生丙（虚构）")
        self.assertEqual((ended["state"], str(next_one["place"])), ("withdrawn", place))
        self.assertEqual(self.ask("A", "quota", "cancel", plan, place, "--key", "ended")["id"], ended["id"])
        self.assertEqual(self.ask("A", "quota", "status")[0]["members"][0]["used"], 1)
        # Neither the key, which may be a student's number, nor a name stands in what was kept of the commands.
        connection = sqlite3.connect(f"file:{self.cast.data('A')}/replica.sqlite?mode=ro", uri=True)
        kept = b"".join(part if isinstance(part, bytes) else part.encode() for row in connection.execute("SELECT * FROM answer") for part in row)
        connection.close()
        for secret in ("2027001", "考生"):
            self.assertNotIn(secret.encode(), kept)
        self.assert_sound()

    def test_a_command_that_was_killed_can_be_sent_again(self):
        begun = time.monotonic()
        arguments = ("release", self.space, "--workstations", "1")
        self.ask("A", *arguments, *self.hours(3))
        seconds = time.monotonic() - begun
        killed, done = 0, 1
        for number in range(24):
            hours = self.hours(4 + number // 6, 2 * (number % 6) + 6)
            line = [PROGRAM.path, *arguments, *hours, "--key", f"窗口 {number}", "--data", str(self.cast.data("A"))]
            process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds * number / 20)
            process.kill()
            killed += process.wait() != 0
            before = self.rows("A", "release")
            self.ask("A", *arguments, *hours, "--key", f"窗口 {number}")
            done += 1
            self.assertEqual(self.rows("A", "release"), done, f"{before} before it was sent again")
        self.assertGreater(killed, 8)
        self.assert_sound()


if __name__ == "__main__":
    unittest.main()
