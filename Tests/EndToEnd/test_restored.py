"""Files that are put back: the hub's, by hand and from a backup, and a node's. What was lost comes back, once."""

from __future__ import annotations

import os
import shutil
import sqlite3
import unittest

from scratch import ScratchTest

PASSPHRASE = "口令 of the test"


class RestoredTest(ScratchTest):
    """A hub and the nodes of two schools, all files proved equal before each test."""

    def setUp(self):
        super().setUp()
        self.assemble(("A1", 1), ("B", 2))
        self.base = {name: self.cast.add(name, "base", name=f"{name} 的基地", note="0") for name in ("A1", "B")}
        self.assertTrue(self.cast.sync_all(("A1", "B")))
        os.environ["JILIAN_PASSPHRASE"] = PASSPHRASE
        self.addCleanup(os.environ.pop, "JILIAN_PASSPHRASE")

    def rev(self, name: str) -> int:
        return self.cast.one(name, "SELECT rev FROM replica_state")

    def copy(self, name: str, to: str) -> None:
        """The folder's files as they stand, by hand."""
        shutil.copytree(self.cast.data(name), self.cast.data(to))

    def put_back(self, name: str, copy: str) -> None:
        shutil.rmtree(self.cast.data(name))
        self.cast.data(copy).rename(self.cast.data(name))

    def write_on(self, count: int) -> None:
        for number in range(1, count + 1):
            name = ("A1", "B")[number % 2]
            self.cast.set(name, "base", self.base[name], note=str(number))
            self.assertEqual(self.cast.sync(name)["outcome"], "proved")

    def journal(self, name: str) -> list[tuple]:
        connection = sqlite3.connect(f"file:{self.cast.data(name)}/replica.sqlite?mode=ro", uri=True)
        self.addCleanup(connection.close)
        return connection.execute(
            "SELECT j.rev, hex(r.id), j.seq FROM journal j JOIN replica_index r ON r.idx = j.replica ORDER BY j.rev").fetchall()

    def assert_whole(self, notes: dict[str, str]) -> None:
        self.assertTrue(self.cast.sync_all(("A1", "B")))
        for name in ("hub", "A1", "B"):
            found = {row["name"]: row["note"] for row in self.cast.rows(name, "base")}
            self.assertEqual({key: found[f"{key} 的基地"] for key in notes}, notes, name)
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)
        entries = self.journal("hub")
        self.assertEqual([entry[0] for entry in entries], list(range(1, len(entries) + 1)))
        self.assertEqual(len({entry[1:] for entry in entries}), len(entries), "nothing twice")

    def test_hub_files_put_back_by_hand(self):
        """The hub at rev 31, its files of rev 19 put back: all of 19 to 31 is back, the next write is 32."""
        self.write_on(19 - self.rev("hub"))
        self.assertEqual(self.rev("hub"), 19)
        self.cast.stop_hub()
        self.copy("hub", "hub-19")
        self.cast.start_hub()
        self.write_on(12)
        self.assertTrue(self.cast.sync_all(("A1", "B")))
        self.assertEqual((self.rev("hub"), self.rev("A1")), (31, 31))
        self.cast.stop_hub()
        self.put_back("hub", "hub-19")
        self.assertEqual(self.rev("hub"), 19)
        self.cast.start_hub()
        self.assert_whole({"A1": "12", "B": "11"})
        self.assertEqual(self.rev("hub"), 31)
        self.cast.set("A1", "base", self.base["A1"], note="next")
        self.assert_whole({"A1": "next", "B": "11"})
        self.assertEqual(self.rev("hub"), 32)
        recovery = self.ask("hub", "hub", "recovery")
        self.assertEqual((recovery["epoch"], recovery["from"], recovery["waiting"]), (2, 19, []))
        self.assertTrue(all(node["heard"] for node in recovery["nodes"]))
        self.ask("hub", "hub", "recovery", "--close")
        self.assertIsNotNone(self.ask("hub", "hub", "recovery")["closed"])

    def test_hub_restored_from_a_backup(self):
        covers = self.ask("hub", "hub", "backup", str(self.folder / "hub.backup"))
        self.assertEqual(covers["rev"], self.rev("hub"))
        self.write_on(4)
        self.assertTrue(self.cast.sync_all(("A1", "B")))
        self.cast.stop_hub()
        shutil.rmtree(self.cast.data("hub"))
        self.ask("hub", "hub", "restore", str(self.folder / "hub.backup"))
        refused = self.ask("hub", "hub", "recovery", "--close", allow=(1,))
        self.assertEqual(refused["error"]["code"], "not-heard")
        self.cast.start_hub()
        self.cast.set("B", "base", self.base["B"], note="while the hub was away")
        self.assert_whole({"A1": "4", "B": "while the hub was away"})
        recovery = self.ask("hub", "hub", "recovery", "--close")
        self.assertEqual(recovery["epoch"], 2)
        self.assertNotEqual(recovery["closed"], None)

    def test_node_restored_from_a_backup_on_another_machine(self):
        self.ask("A1", "node", "backup", str(self.folder / "A1.backup"))
        self.write_on(4)
        self.assertTrue(self.cast.sync_all(("A1", "B")))
        former = self.cast.replica("A1")
        shutil.rmtree(self.cast.data("A1"))
        self.ask("A1", "node", "restore", str(self.folder / "A1.backup"))
        self.cast.set("A1", "base", self.base["A1"], address="written before the first sync")
        self.assert_whole({"A1": "4", "B": "3"})
        self.assertNotEqual(self.cast.replica("A1"), former)
        node = next(node for node in self.ask("hub", "hub", "nodes") if node["name"] == "A1")
        self.assertEqual(node["endedReplicas"], [former.hex()])

    def test_node_copied(self):
        """Two folders of one node: found out, both say so, and both go on at the operator's word."""
        self.copy("A1", "A1-copy")
        self.cast.set("A1", "base", self.base["A1"], note="original")
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
        self.ask("A1-copy", "set", "base", self.base["A1"]["id"], "address=copy")
        for name in ("A1-copy", "A1"):
            told = self.ask(name, "node", "sync", allow=(1,))
            self.assertEqual(told["outcome"], "refused", name)
            self.assertIn("复制", told["failure"]["zh"])
        refused = self.ask("A1", "set", "base", self.base["A1"]["id"], "note=not now", allow=(1,))
        self.assertEqual(refused["error"]["code"], "stopped")
        copies = self.ask("hub", "hub", "fork", "A1")
        self.assertEqual([copy["decision"] for copy in copies], ["waiting", "waiting"])
        self.ask("hub", "hub", "fork", "A1", "--go-on", "all")
        for name in ("A1", "A1-copy", "A1"):
            self.assertEqual(self.ask(name, "node", "sync")["outcome"], "proved", name)
        self.assert_whole({"A1": "original"})
        row = next(row for row in self.cast.rows("hub", "base") if row["id"] == self.base["A1"]["id"])
        self.assertEqual(row["address"], "copy")
        self.assertEqual(self.ask("hub", "hub", "fork", "A1"), [])


if __name__ == "__main__":
    unittest.main()
