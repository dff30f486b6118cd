"""What the issue says the work is shown by, with the built program."""

from __future__ import annotations

import json
import subprocess
import unittest

from scratch import PROGRAM, ScratchTest

NAMES = ("hub", "A1", "A2", "B")
TABLES = (
    "member", "node", "replica", "conflict", "major", "base", "space", "teacher", "teacher_contact", "teacher_specialty",
    "committee", "seat")


class SyncTest(ScratchTest):
    """Two nodes of one member and one of another edit without a hub, and are one again when it is back."""

    def setUp(self):
        super().setUp()
        self.assemble(("A1", 1), ("A2", 1), ("B", 2))
        teachers = self.folder / "sample" / "teachers-1.csv"
        teachers.write_bytes(teachers.read_bytes().decode("utf-8-sig").encode("gb18030"))
        self.bring_in("A1", 1)
        self.bring_in("B", 2)
        self.assertTrue(self.cast.sync_all())

    def assert_equal_everywhere(self):
        """`list --json` gives the same on all; contact data and conflicts only where they belong."""
        for table in TABLES:
            at = {name: self.cast.rows(name, table) for name in NAMES}
            self.assertEqual(at["A1"], at["A2"], table)
            for name in ("A1", "B"):
                expected = at["hub"] if table not in ("teacher_contact", "conflict") else [
                    row for row in at["hub"] if self.cast.members[name] in (row["owner"], row.get("author"), row.get("winner"))]
                self.assertEqual(at[name], expected, f"{table} at {name}")

    def test_imports_are_the_same_everywhere(self):
        self.assert_equal_everywhere()
        self.assertGreater(len(self.cast.rows("A1", "teacher_contact")), 10)
        self.assertIn("示例·", self.cast.rows("B", "teacher", self.cast.members["A1"])[0]["name"])

    def test_the_same_cell_on_two_nodes_ends_in_the_inbox_and_can_be_restored(self):
        row = self.cast.rows("A1", "teacher", self.cast.members["A1"])[0]
        self.cast.stop_hub()
        self.cast.set("A1", "teacher", row, note="甲处所写")
        self.cast.set("A2", "teacher", row, note="乙处所写")
        self.cast.start_hub()
        self.assertTrue(self.cast.sync_all())
        self.assert_equal_everywhere()
        inboxes = [self.ask(name, "conflicts", "list") for name in ("A1", "A2")]
        self.assertEqual(inboxes[0], inboxes[1])
        self.assertEqual([(c["winning"]["value"], c["losing"]["value"]) for c in inboxes[0]], [("乙处所写", "甲处所写")])
        self.assertEqual(self.ask("B", "conflicts", "list"), [])
        self.ask("A2", "conflicts", "restore", inboxes[0][0]["id"])
        self.assertTrue(self.cast.sync_all())
        self.assert_equal_everywhere()
        for name in NAMES:
            found = next(r for r in self.cast.rows(name, "teacher") if r["id"] == row["id"])
            self.assertEqual(found["note"], "甲处所写", name)
            self.assertEqual(self.ask(name, "conflicts", "list"), [])
        self.assertEqual(self.ask("A1", "conflicts", "list", "--all")[0]["resolution"], "restored")

    def test_edits_work_while_the_hub_is_away_and_status_says_since_when(self):
        row = self.cast.rows("A1", "teacher", self.cast.members["A1"])[0]
        self.cast.stop_hub()
        self.cast.set("A1", "teacher", row, note="离线")
        done = PROGRAM.run("node", "sync", data=self.cast.data("A1"))
        self.assertEqual((done.returncode, json.loads(done.stdout)["outcome"]), (3, "unreachable"))
        status = self.ask("A1", "node", "status")
        self.assertEqual(status["pending"], 1)
        self.assertTrue(status["failingSince"] and status["pendingSince"] and status["failure"]["zh"] and status["failure"]["en"])
        again = self.ask("A1", "node", "sync", allow=(3,))
        self.assertEqual(again["outcome"], "unreachable")
        self.assertEqual(self.ask("A1", "node", "status")["failingSince"], status["failingSince"])
        self.cast.start_hub()
        self.assertTrue(self.cast.sync_all())
        status = self.ask("A1", "node", "status")
        self.assertEqual((status["pending"], status["failingSince"], status["failure"]), (0, None, None))


class DamageTest(ScratchTest):
    """A file that is changed from outside is noticed, and everyone who should know keeps knowing."""

    def setUp(self):
        super().setUp()
        self.assemble(("A1", 1))
        self.bring_in("A1", 1)
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")

    def change(self, name: str, sql: str):
        """By hand, with the sqlite3 shell."""
        file = self.cast.data(name) / "replica.sqlite"
        subprocess.run(["sqlite3", str(file), sql], check=True, capture_output=True)

    def test_a_changed_byte_is_found_by_verify_and_mended_by_the_next_sync(self):
        row = self.cast.rows("A1", "teacher")[0]
        self.assertTrue(self.ask("A1", "verify", "--deep")["clean"])
        self.change("A1", f"UPDATE teacher SET hours = hours + 1 WHERE hex(_id) = '{row['id'].replace('-', '').upper()}'")
        found = self.ask("A1", "verify", "--deep", allow=(1,))
        self.assertEqual((found["clean"], [(r["table"], r["id"]) for r in found["rows"]]), (False, [("teacher", row["id"])]))
        text = PROGRAM.run("verify", "--deep", data=self.cast.data("A1"), plain=True)
        self.assertEqual(text.returncode, 1)
        self.assertTrue("teacher" in text.stdout and row["id"] in text.stdout, text.stdout)
        alarms = self.ask("A1", "node", "status")["alarms"]
        self.assertTrue(any(row["id"] in alarm["subject"] and alarm["zh"] and alarm["since"] for alarm in alarms), alarms)
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
        status = self.ask("A1", "node", "status")
        self.assertEqual(status["alarms"], [])
        self.assertEqual([mended["row"]["id"] for mended in status["lastRepair"]["rows"]], [row["id"]])
        self.assertTrue(self.ask("A1", "verify", "--deep")["clean"])
        self.assertEqual(self.cast.rows("A1", "teacher"), self.cast.rows("hub", "teacher"))
        self.assertEqual(self.alarms_at_hub("A1"), [])

    def alarms_at_hub(self, name: str) -> list[dict]:
        return next(node["alarms"] for node in self.ask("hub", "hub", "nodes") if node["name"] == name)

    def test_a_changed_byte_at_the_hub_is_found_too(self):
        self.change("hub", "UPDATE major SET name = name || 'x' WHERE _k = 1")
        found = self.ask("hub", "verify", "--deep", allow=(1,))
        self.assertEqual([r["table"] for r in found["rows"]], ["major"])

    def test_a_changed_digest_and_a_changed_journal_are_found(self):
        self.change("A1", "UPDATE digest SET rows = rows + 1 WHERE audience = 1")
        self.assertFalse(self.ask("A1", "verify", "--deep", allow=(1,))["clean"])
        self.change("A1", "UPDATE digest SET rows = rows - 1 WHERE audience = 1; UPDATE journal SET hub_time = 1 WHERE rev = 2")
        found = self.ask("A1", "verify", "--deep", allow=(1,))
        self.assertEqual(found["journal"], [2])


if __name__ == "__main__":
    unittest.main()
