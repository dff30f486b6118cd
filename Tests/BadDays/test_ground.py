"""Canaries: the ground that the other tests stand on has to give way when something is wrong."""

from __future__ import annotations

import sqlite3
import unittest
from contextlib import closing

from ground import BadDay, randomness

from replica import find


class GroundTest(BadDay):
    def setUp(self):
        super().setUp()
        self.cast.work("A1", randomness(self.id().rsplit(".", 1)[1]))

    def test_an_edit_that_is_taken_out_of_an_outbox_is_missed(self):
        with closing(sqlite3.connect(find(self.cast.data("A1")))) as connection, connection:
            self.assertEqual(connection.execute("DELETE FROM outbox").rowcount, 1)
        with self.assertRaisesRegex(AssertionError, "can't be proved"):
            self.recover(edits=1)

    def test_an_edit_that_nobody_made_and_one_that_nobody_logged_are_missed(self):
        row = self.cast.rows("A1", "teacher", self.cast.members["A1"])[0]
        self.ask("A1", "set", "teacher", row["id"], "hours=39")
        self.cast.log("set", node="A1", table="teacher", owner=row["owner"], id=row["id"], column="specialty", value="没有写过",
                      stamp=self.cast.stamp("A1", {}))
        with self.assertRaises(AssertionError) as raised:
            self.recover(edits=1)
        self.assertIn("LOST", str(raised.exception))
        self.assertIn("nobody edited it", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
