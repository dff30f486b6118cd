"""Disks that are full: at a node that edits, imports, merges or joins, and at the hub."""

from __future__ import annotations

import unittest
from pathlib import Path

from disk import SmallDisk
from ground import PROGRAM, BadDay, noise, randomness, sweep

from program import REFUSED, Refused

FULL = ("磁盘已满", "disk is full")
#: What is safe, and what to do.
SAFE = ("完好", "腾出空间", "whole", "make room")
#: Room that is left, bytes: none, too little to open a file, and just not enough for a transaction.
ROOMS = (0, 4 << 10, 32 << 10, 48 << 10, 64 << 10, 96 << 10)


class FullDiskTest(BadDay):
    def prepare_folders(self):
        self.disks = {name: SmallDisk(self.cast.data(name)) for name in ("hub", "A1")}
        for disk in self.disks.values():
            self.addCleanup(disk.unmount)

    def setUp(self):
        super().setUp()
        self.choose = randomness(self.id().rsplit(".", 1)[1])

    def assert_full(self, done, name: str) -> None:
        """What is wrong, where, what is safe, what to do. Where it is told badly, the test goes on: what is done counts too."""
        with self.subTest(told=done.args[1:3]):
            self.assert_told(done, REFUSED, *FULL, *SAFE, str(self.cast.data(name)))

    def try_command(self, name: str, *arguments: str) -> bool:
        """Runs a command on a disk that may be full; whether it was done. If not, it says why."""
        done = PROGRAM.run(*arguments, data=self.cast.data(name))
        if done.returncode != 0:
            self.assert_full(done, name)
        return done.returncode == 0

    def test_what_is_there_can_be_read_or_the_full_disk_is_named(self):
        disk = self.disks["A1"]
        for room in ROOMS:
            disk.fill(leave=room)
            for arguments in (("list", "teacher"), ("node", "status"), ("verify", "--deep"), ("export", "base")):
                with self.subTest(room=room, command=arguments[0]):
                    self.try_command("A1", *arguments)
            disk.clear()
        self.recover(edits=0)

    def test_a_change_is_written_whole_or_refused_and_the_disk_is_named(self):
        disk, refused = self.disks["A1"], 0
        for room in ROOMS * sweep(1, 10):
            with self.subTest(room=room):
                row = self.choose.choice(self.cast.rows("A1", "teacher", self.cast.members["A1"]))
                note = f"剩余 {room} 字节，{self.choose.getrandbits(32):08x}"
                disk.fill(leave=room)
                done = PROGRAM.run("set", "teacher", row["id"], f"note={note}", data=self.cast.data("A1"))
                disk.clear()
                now = self.ask("A1", "show", "teacher", row["id"])
                if done.returncode == 0:
                    self.cast.log("set", node="A1", table="teacher", owner=row["owner"], id=row["id"], column="note",
                                  value=note, stamp=PROGRAM.read(done)["stamp"])
                else:
                    refused += 1
                    self.assertNotIn(note, str(now))
                    self.assert_full(done, "A1")
        self.assertGreater(refused, 0, "no change was refused: the disk was not full")
        self.cast.work("A1", self.choose)
        self.recover(edits=1)

    def test_an_import_that_does_not_fit_leaves_nothing_behind(self):
        file = self.write_teachers(600)
        before = self.cast.rows("A1", "teacher")
        self.disks["A1"].fill(leave=96 << 10)
        done = PROGRAM.run("import", "teacher", str(file), "--consent", "2026-09-01", data=self.cast.data("A1"))
        self.disks["A1"].clear()
        self.assert_full(done, "A1")
        self.assertEqual(self.cast.rows("A1", "teacher"), before)
        self.cast.work("A1", self.choose)
        self.recover(edits=1)

    def test_a_merge_that_does_not_fit_leaves_nothing_behind_and_is_taken_up_again(self):
        self.cast.bring_in("B", "teacher", self.write_teachers(600))
        self.cast.sync("B")
        self.cast.take_as_before()
        rev = self.ask("A1", "node", "status")["rev"]
        for room in (64 << 10, 96 << 10, 128 << 10):
            with self.subTest(room=room):
                self.disks["A1"].fill(leave=room)
                done = PROGRAM.run("node", "sync", data=self.cast.data("A1"))
                self.disks["A1"].clear()
                self.assertEqual(self.ask("A1", "node", "status")["rev"], rev)
                self.assert_full(done, "A1")
        self.cast.work("A1", self.choose)
        self.recover(edits=1)

    def write_teachers(self, count: int) -> Path:
        file = self.folder / "many.csv"
        rows = (f"满{row},示例·{row},{noise(self.choose, 60)}\n" for row in range(count))
        file.write_text("工号,姓名,备注\n" + "".join(rows), "utf-8")
        return file

    def test_a_hub_whose_journal_has_no_room_says_so_and_goes_on_when_there_is(self):
        self.disks["hub"].fill()
        told = 0
        for _ in range(6):
            self.cast.work("A1", self.choose)
            done = PROGRAM.run("node", "sync", data=self.cast.data("A1"))
            if done.returncode != 0:
                told += 1
                self.assert_told(done, REFUSED, "中心", "hub", *FULL, "改动已存好", "your edits are safe")
        self.assertGreater(told, 0, "the hub's disk was not full")
        self.assertEqual(self.ask("A1", "node", "status")["alarms"], [])
        self.cast.kill_hub()
        try:
            # It may start in the room that its files have already.
            self.cast.start_hub()
        except Refused as refused:
            self.assertEqual((refused.code, refused.error["code"]), (REFUSED, "full"))
        self.disks["hub"].clear()
        self.recover(edits=6)

    def test_a_join_that_does_not_fit_can_be_repeated_with_the_same_code(self):
        code = self.ask("hub", "hub", "invite", "--member", self.cast.new_member("新成员"))["code"]
        arguments = ("node", "join", "--hub", self.proxy.url, "--code", code, "--name", "J")
        disk = SmallDisk(self.folder / "J")
        self.addCleanup(disk.unmount)
        folder = disk.folder / "replica"
        for room in ROOMS:
            with self.subTest(room=room):
                disk.fill(leave=room)
                done = PROGRAM.run(*arguments, data=folder)
                disk.clear()
                if done.returncode != 0:
                    self.assert_told(done, REFUSED, "磁盘", "disk", str(folder))
        with self.subTest("there is room"):
            PROGRAM.run(*arguments, data=folder)
            self.assertEqual(PROGRAM.ask("node", "sync", data=folder)["outcome"], "proved")
        self.recover(edits=0)


if __name__ == "__main__":
    unittest.main()
