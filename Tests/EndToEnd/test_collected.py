"""What everybody has is dropped: by the hub's command, at nodes by a sync; who comes back from below the floor starts anew."""

from __future__ import annotations

import os
import shutil
import sqlite3
import unittest

from scratch import ScratchTest

PASSPHRASE = "口令 of the test"
AWAY = 401 * 24 * 3_600_000


class CollectedTest(ScratchTest):
    """A hub and the nodes of two schools, with a person's contact data at one of them."""

    def setUp(self):
        super().setUp()
        self.assemble(("A1", 1), ("B", 2))
        os.environ["JILIAN_PASSPHRASE"] = PASSPHRASE
        self.addCleanup(os.environ.pop, "JILIAN_PASSPHRASE")
        self.bring_in("A1", 1)
        self.base = {name: self.cast.add(name, "base", name=f"{name} 的新基地", note="0") for name in ("A1", "B")}
        self.assertTrue(self.cast.sync_all(("A1", "B")))

    def back_up(self, name: str = "hub.backup") -> str:
        path = str(self.folder / name)
        self.ask("hub", "hub", "backup", path)
        return path

    def collect(self, *options: str) -> dict:
        return self.ask("hub", "hub", "collect", *options)

    def sections(self, name: str) -> int:
        return self.cast.one(name, "SELECT count(*) FROM section")

    def execute(self, name: str, sql: str) -> None:
        connection = sqlite3.connect(self.cast.data(name) / "replica.sqlite", timeout=10)
        with connection:
            connection.execute(sql)
        connection.close()

    def assert_whole(self, *names: str) -> None:
        self.assertTrue(self.cast.sync_all(names))
        for name in ("hub", *names):
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)

    def test_erased_when_everybody_has_it(self):
        """A person's data go everywhere, and are called gone only then."""
        row = self.cast.rows("A1", "teacher_contact")[0]
        phone = row["phone"]
        self.assertTrue(phone)
        erased = self.ask("A1", "erase", "teacher_contact", row["id"])
        self.assertEqual((erased[0]["done"], erased[0]["rev"]), (None, None))
        self.cast.sync("A1")
        self.assertEqual(self.collect()["floor"], 0, "there is no backup")
        first = self.ask("A1", "erase")[0]
        self.assertEqual(first["done"], None)
        rev = first["rev"]
        self.back_up()
        self.cast.sync("A1")
        self.assertGreater(self.collect("--dry-run")["sections"], 0)
        self.assertGreaterEqual(self.sections("hub"), 1)
        self.collect()
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
        done = self.ask("A1", "erase")[0]
        self.assertEqual((done["waiting"], done["rev"]), ([], rev))
        self.assertIsNotNone(done["done"])
        # B, which was away all the time, did not keep it alive: it never had it.
        for name in ("hub", "A1"):
            left = self.cast.one(name, "SELECT count(*) FROM section x JOIN segment s USING (replica, seq) "
                                       f"JOIN audience_index a ON a.idx = x.audience WHERE s.rev <= {rev} AND a.bytes != x''")
            self.assertEqual(left, 0, name)
        self.execute("A1", "PRAGMA wal_checkpoint(TRUNCATE)")
        self.assertNotIn(phone.encode(), (self.cast.data("A1") / "replica.sqlite").read_bytes())
        self.assert_whole("A1", "B")

    def test_hub_restored_after_a_collection(self):
        backup = self.back_up()
        self.assertGreater(self.collect()["sections"], 0)
        self.assertTrue(self.cast.sync_all(("A1", "B")))
        self.assertEqual(self.sections("B"), 0)
        for number in range(3):
            self.cast.set("A1", "base", self.base["A1"], note=f"after the backup {number}")
            self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
        self.assertTrue(self.cast.sync_all(("A1", "B")))
        self.cast.stop_hub()
        shutil.rmtree(self.cast.data("hub"))
        self.ask("hub", "hub", "restore", backup)
        self.cast.start_hub()
        self.assert_whole("A1", "B")
        found = {row["name"]: row["note"] for row in self.cast.rows("hub", "base")}
        self.assertEqual(found["A1 的新基地"], "after the backup 2")
        self.assertEqual(self.collect()["recovering"], True)

    def test_left_behind_and_back(self):
        """A school that was away for 400 days is left behind at the operator's word, and loses nothing by it."""
        self.cast.set("B", "base", self.base["B"], note="written while away")
        refused = self.ask("hub", "hub", "leave-behind", "B", allow=(1,))
        self.assertEqual(refused["error"]["code"], "not-silent")
        self.cast.set("A1", "base", self.base["A1"], note="1")
        self.assertTrue(self.cast.sync_all(("A1",)))
        self.back_up()
        held = self.collect()
        self.assertLess(held["floor"], held["head"])
        self.assertEqual(len(held["holding"]), 1)
        self.execute("hub", f"UPDATE node_report SET last_exchange = last_exchange - {AWAY}, last_bundle = 0 "
                            "WHERE cursor = (SELECT min(cursor) FROM node_report)")
        self.ask("hub", "hub", "leave-behind", "B")
        collected = self.collect()
        self.assertEqual(collected["floor"], self.cast.one("hub", "SELECT max(rev) FROM backup"))
        told = self.ask("B", "node", "sync", allow=(1,))
        self.assertIn("start-anew", told["failure"]["zh"])
        self.assertEqual(self.ask("B", "node", "status")["pending"], 1)
        self.assertEqual(self.ask("B", "node", "start-anew")["outcome"], "proved")
        self.assert_whole("A1", "B")
        found = {row["name"]: row["note"] for row in self.cast.rows("A1", "base")}
        self.assertEqual((found["A1 的新基地"], found["B 的新基地"]), ("1", "written while away"))


if __name__ == "__main__":
    unittest.main()
