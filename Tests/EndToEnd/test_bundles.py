"""Exchanges on a stick (离线包), with the built program: a school without a line for a term, and what is refused."""

from __future__ import annotations

import random
import shutil
import sqlite3
import unittest
from contextlib import closing
from pathlib import Path

from scratch import PROGRAM, ScratchTest, Server

from program import REFUSED, USAGE
from replica import find

TABLES = (
    "member", "node", "replica", "conflict", "base", "space", "teacher", "teacher_contact", "teacher_specialty", "committee")
#: What says only when somebody looked, or who was asked last.
MOVING = ("sqlite_stat1", "sync_status")
WEEKS = 16


class BundleTest(ScratchTest):
    """A hub, a school with a line (A1) and one without (B), which has joined and never syncs again."""

    def setUp(self):
        super().setUp()
        self.schools = self.assemble(("A1", 1), ("B", 2))
        self.bring_in("A1", 1)
        self.cast.sync("A1")
        self.stick = self.folder / "stick"
        self.stick.mkdir()
        self.files = 0

    def up(self, name: str = "B") -> list[str]:
        """What a school writes for the hub."""
        return self.ask(name, "node", "bundle", "export", str(self.stick))["files"]

    def down(self, *options: str, name: str = "B") -> list[str]:
        """What the hub writes for a school."""
        return self.ask("hub", "hub", "bundle", "export", name, str(self.stick), *options)["files"]

    def take(self, name: str, *files: str) -> list[dict]:
        """Takes bundles, of which all are right."""
        results = self.ask(name, "hub" if name == "hub" else "node", "bundle", "import", *files)
        self.assertTrue(all(result["outcome"] == "taken" for result in results), results)
        return results

    def round_trip(self) -> dict:
        self.take("hub", *self.up())
        return self.take("B", *self.down())[-1]

    def refusal(self, name: str, file: Path | str) -> dict:
        """How a bundle is refused: in two languages, and nothing has changed."""
        before = self.content(name)
        role = "node" if name in ("A1", "B") else "hub"
        results = self.ask(name, role, "bundle", "import", str(file), allow=(REFUSED,))
        self.assertEqual([result["outcome"] for result in results], ["refused"], results)
        failure = results[0]["failure"]
        self.assertTrue(failure["zh"] and failure["en"], failure)
        self.assertEqual(self.content(name), before)
        text = PROGRAM.run(role, "bundle", "import", str(file), data=self.cast.data(name), plain=True)
        self.assertEqual(text.returncode, REFUSED)
        self.assertEqual(text.stdout.count(failure["zh"]), 1, text.stdout)
        self.assert_calm(text.stdout + text.stderr)
        return failure

    def content(self, name: str) -> dict[str, list]:
        """Everything in a replica's file, but for what only says when it was looked at."""
        with closing(sqlite3.connect(f"file:{find(self.cast.data(name))}?mode=ro", uri=True)) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {
                table: sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"')))
                for table in names if table not in MOVING}

    def assert_equal_everywhere(self):
        for table in TABLES:
            at_hub = self.cast.rows("hub", table)
            for name in ("A1", "B"):
                expected = at_hub if table not in ("teacher_contact", "conflict") else [
                    row for row in at_hub if self.cast.members[name] in (row["owner"], row.get("author"), row.get("winner"))]
                self.assertEqual(self.cast.rows(name, table), expected, f"{table} at {name}")
        for name in ("hub", "A1", "B"):
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)
        for name in ("A1", "B"):
            self.assertEqual(self.ask(name, "node", "status")["alarms"], [], name)
        for node in self.ask("hub", "hub", "nodes"):
            self.assertEqual(node["alarms"], [], node["name"])


class TermTest(BundleTest):
    """学期：一所没有网络的学校，只靠 U 盘."""

    def test_a_school_without_a_line_lives_on_bundles_for_a_term(self):
        choose = random.Random(20260901)
        self.bring_in("B", 2)
        base = self.shared_base()
        sticks: dict[str, list[str]] = {"hub": [], "B": []}
        for week in range(1, WEEKS + 1):
            self.work(week, base)
            if week == 10:
                self.change_the_hubs_key()
            sticks["hub"] += self.up()
            sticks["B"] += self.down()
            # Some sticks come late, some not at all, some twice, and in any order.
            for name, files in sticks.items():
                choose.shuffle(files)
                carried = [file for file in files if choose.random() < 0.6]
                if carried:
                    self.ask(name, "hub" if name == "hub" else "node", "bundle", "import", *carried, allow=(0, REFUSED))
                sticks[name] = [file for file in files if file not in carried or choose.random() < 0.3]
        for _ in range(3):
            self.cast.sync("A1")
            last = self.round_trip()
        self.assertTrue(last["proved"], last)
        status = self.ask("B", "node", "status")
        self.assertEqual((status["pending"], status["provedRev"]), (0, status["rev"]))
        self.cast.sync("A1")
        self.assert_equal_everywhere()
        self.assert_nothing_lost(base)
        # The line is there again, and no token was used up meanwhile.
        self.assertEqual(self.cast.sync("B")["outcome"], "proved")

    def shared_base(self) -> dict:
        """A base of the school with a line that both may edit."""
        row = self.cast.rows("A1", "base", self.cast.members["A1"])[0]
        self.cast.set("A1", "base", row, co_owners=[self.cast.members["B"]])
        self.cast.sync("A1")
        self.round_trip()
        return row

    def work(self, week: int, base: dict):
        self.cast.add("B", "teacher", staff_no=f"T{week}", name=f"示例·{week}", hours=week % 40)
        self.cast.add("A1", "teacher", staff_no=f"S{week}", name=f"示例·{week}")
        if week in (4, 8):
            self.cast.set("A1", "base", base, note=f"甲校第 {week} 周")
            self.cast.set("B", "base", base, note=f"乙校第 {week} 周")
        if week == 12:
            self.cast.set("A1", "base", base, co_owners="")
            self.cast.set("B", "base", base, address="乙校已无权修改")
        self.cast.sync("A1")

    def change_the_hubs_key(self):
        self.cast.stop_hub()
        self.ask("hub", "hub", "rotate-key")
        self.cast.start_hub()

    def assert_nothing_lost(self, base: dict):
        numbers = {row["staff_no"] for row in self.cast.rows("hub", "teacher")}
        for week in range(1, WEEKS + 1):
            self.assertLessEqual({f"T{week}", f"S{week}"}, numbers)
        # Both values of each collision: what stands, and what the inbox of both schools holds.
        note = next(row["note"] for row in self.cast.rows("hub", "base") if row["id"] == base["id"])
        conflicts = [c for c in self.ask("B", "conflicts", "list") if c["row"] == base["id"]] or self.ask("B", "conflicts", "list")
        values = {note} | {side["value"] for c in conflicts for side in (c["winning"], c["losing"])}
        self.assertLessEqual({"甲校第 4 周", "乙校第 4 周", "甲校第 8 周", "乙校第 8 周"}, values)
        # What the hub did not take is at its author, with the reason.
        rejected = self.ask("B", "rejected", "list")
        self.assertEqual(len(rejected), 1, rejected)
        self.assertIn("乙校已无权修改", str(rejected))
        self.assertNotIn("乙校已无权修改", str(self.cast.rows("B", "base")))


class FileTest(BundleTest):
    def test_a_bundle_taken_twice_changes_nothing(self):
        self.cast.add("B", "teacher", staff_no="T1", name="示例·一")
        up = self.up()
        self.assertEqual(self.take("hub", *up)[0]["new"], 1)
        before = self.content("hub")
        self.assertEqual(self.take("hub", *up, *up)[0]["new"], 0)
        self.assertEqual(self.content("hub"), before)
        down = self.down()
        self.assertGreater(self.take("B", *down)[0]["new"], 0)
        before = self.content("B")
        self.assertEqual(self.take("B", *down, *down)[0]["new"], 0)
        self.assertEqual(self.content("B"), before)
        self.assertEqual(self.ask("B", "node", "status")["pending"], 0)

    def test_what_is_cut_flipped_or_not_for_one_is_refused_with_the_reason(self):
        self.cast.add("B", "teacher", staff_no="T1", name="示例·一")
        up, down = Path(self.up()[0]), Path(self.down()[0])
        broken = self.folder / "broken.jlb"
        choose = random.Random(7)
        for file, name in ((up, "hub"), (down, "B")):
            whole = file.read_bytes()
            for size in (0, 5, 60, len(whole) - 1, choose.randrange(len(whole))):
                broken.write_bytes(whole[:size])
                self.assertEqual(self.refusal(name, broken)["code"], "bundle-cut", size)
            for _ in range(4):
                at = choose.randrange(18, len(whole))
                broken.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << choose.randrange(8)]) + whole[at + 1:])
                self.assertEqual(self.refusal(name, broken)["code"], "bundle-damaged", at)
        broken.write_text("请查收", encoding="utf-8")
        self.assertEqual(self.refusal("B", broken)["code"], "not-a-bundle")
        self.assertEqual(self.refusal("B", self.folder / "nowhere.jlb")["code"], "file")
        self.assertEqual(self.refusal("B", up)["code"], "bundle-direction")
        self.assertEqual(self.refusal("hub", down)["code"], "bundle-direction")
        told = self.refusal("A1", down)
        self.assertEqual(told["code"], "bundle-receiver")
        self.assertIn(self.schools[1], told["zh"], "the register tells whose it is")
        self.take("hub", str(up))
        self.take("B", str(down))

    def test_another_alliances_bundles_are_refused(self):
        self.ask("other", "hub", "init", "--name", "另一个联盟")
        self.assertEqual(self.refusal("other", self.up()[0])["code"], "bundle-alliance")

    def test_a_gap_is_told_with_the_rev_to_ask_for(self):
        for number in range(3):
            self.cast.add("A1", "teacher", staff_no=f"S{number}", name="示例")
            self.cast.sync("A1")
        here = self.ask("B", "node", "status")["rev"]
        head = self.ask("hub", "hub", "bundle", "export", "B", str(self.stick))["rev"]
        late = self.down("--from", str(head - 1))
        failure = self.refusal("B", late[0])
        self.assertEqual(failure["code"], "bundle-gap")
        self.assertIn(f"--from {here}", failure["zh"])
        early = self.down("--from", str(here))
        # Given together, in whatever order, each is taken in its turn.
        self.take("B", *late, *early)
        self.assertEqual(self.ask("B", "node", "status")["rev"], head)
        self.assert_refused(USAGE, "hub", "bundle", "export", "B", str(self.stick), "--from", str(head + 9), data=self.cast.data("hub"))

    def test_files_are_written_whole_beside_running_servers_and_over_nothing(self):
        self.cast.stop_hub()
        server = Server(PROGRAM, "node", self.cast.data("B"))
        self.addCleanup(server.stop)
        self.cast.add("B", "teacher", staff_no="T1", name="示例·一")
        target = self.stick / "给中心.jlb"
        self.ask("B", "node", "bundle", "export", str(target))
        self.assertEqual([file.name for file in self.stick.iterdir()], [target.name])
        written = target.read_bytes()
        self.assert_refused(
            REFUSED, "node", "bundle", "export", str(target), data=self.cast.data("B"), words=("未改写",))
        self.assertEqual(target.read_bytes(), written)
        self.assert_refused(
            REFUSED, "node", "bundle", "export", str(self.folder / "gone" / "x.jlb"), data=self.cast.data("B"))
        self.take("hub", str(target))
        self.take("B", *self.down())
        self.assertEqual(self.ask("B", "node", "status")["pending"], 0)

    def test_the_commands_know_whose_folder_it_is(self):
        for role, data in (("hub", "B"), ("node", "hub")):
            self.assert_refused(REFUSED, role, "bundle", "import", "x.jlb", data=self.cast.data(data))
        self.assert_refused(REFUSED, "hub", "bundle", "export", "没有", str(self.stick), data=self.cast.data("hub"))

    def test_a_restored_copy_is_found(self):
        self.take("hub", *self.up())
        shutil.copytree(self.cast.data("B"), self.folder / "copy")
        self.cast.add("B", "teacher", staff_no="T1", name="正本")
        self.take("hub", *self.up())
        PROGRAM.ask("add", "teacher", "staff_no=T2", "name=副本", "--consent", "2026-09-01", data=self.folder / "copy")
        files = PROGRAM.ask("node", "bundle", "export", str(self.stick), data=self.folder / "copy")["files"]
        results = self.ask("hub", "hub", "bundle", "import", *files, allow=(REFUSED,))
        self.assertEqual(results[0]["failure"]["code"], "fork")
        alarms = [alarm["kind"] for node in self.ask("hub", "hub", "nodes") for alarm in node["alarms"]]
        self.assertEqual(alarms, ["fork"])
        told = PROGRAM.ask("node", "bundle", "import", *self.down(), data=self.folder / "copy", allow=(REFUSED,))
        self.assertEqual(told[0]["failure"]["code"], "fork")
        self.assertNotIn("副本", str(self.cast.rows("hub", "teacher")))


if __name__ == "__main__":
    unittest.main()
