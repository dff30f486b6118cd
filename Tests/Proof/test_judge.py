"""The judge passes on clean files, and finds each kind of fault on spoilt ones."""

from __future__ import annotations

import copy
import sqlite3
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import judge
from canonical import uuid_text
from constructed import MEMBERS, Constructed
from findings import KINDS

PARTIES_A = MEMBERS["hub"] + MEMBERS["A1"]
SOME = {kind: 1 for kind in KINDS}


def alliance(**without: bool) -> Constructed:
    """An alliance in which edits stood apart, collided, met a deletion, and were repeated.

    `without` leaves one thing out: conflict, deletion.
    """
    world = Constructed()
    teachers = [world.put("A1", "teacher", n, 1, staff_no=f"00{n}", name="示例", hours=n) for n in range(6)]
    contact = world.put("A1", "teacher_contact", 0, 2, phone="10000001234")
    space = world.put("A1", "space", 0, 2, name="实训室", capacity=20)
    theirs = world.put("B", "teacher", 100, 2, staff_no="00100", name="示例乙")
    other = world.put("B", "teacher_contact", 1, 2, phone="10000009876")
    for node, table, count in (("A1", "teacher", 6), ("A1", "teacher_contact", 1), ("A1", "space", 1), ("B", "teacher", 1),
                               ("B", "teacher_contact", 1)):
        world.log("import", node, table=table, created=count)
    world.keys = dict(teachers=teachers, contact=contact, space=space, theirs=theirs, other=other)
    world.before = copy.deepcopy(world.rows)
    for node in ("A1", "A2", "B"):
        world.segment(node, b"", MEMBERS["hub"] + MEMBERS[node])
    world.log("hub-stopped")
    world.edit("A1", teachers[0], "note", "一", 10)
    world.edit("A2", teachers[1], "hours", 7, 11)
    world.edit("B", theirs, "title", "senior", 12)
    world.edit("A1", teachers[2], "title", "senior", 13)
    world.edit("A2", teachers[2], "title", "lecturer", 14)
    world.edit("A1", teachers[3], "note", "第一稿", 15)
    world.edit("A1", teachers[3], "note", "第二稿", 16)
    world.edit("A1", contact, "phone", "10000005555", 17)
    world.edit("A1", space, "note", "新机床", 18)
    world.delete("A2", space, 19)
    world.edit("A1", teachers[4], "hours", 3, 20)
    world.edit("A2", teachers[4], "hours", 3, 21)
    for node in ("A1", "A2", "B"):
        world.segment(node, b"")
        world.log("sync", node, outcome="proved")
    if "conflict" not in without:
        world.filed = world.file("edit", teachers[2], "title", ("A2", "lecturer", 14), ("A1", "senior", 13))
    if "deletion" not in without:
        world.file("deleted", space, "note", ("A2", None, 19), ("A1", "新机床", 18))
    world.segment("hub", b"", PARTIES_A)
    for node in ("A1", "A2", "B"):
        world.log("sync", node, outcome="proved")
    return world


class JudgeTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def judged(self, world: Constructed, minimum=SOME) -> list[str]:
        world.write(self.folder)
        return self.again(minimum)

    def again(self, minimum=SOME) -> list[str]:
        proof = judge.judge(self.folder, minimum)
        self.assertTrue(proof.lines())
        return proof.findings.faults

    def spoil(self, name: str, sql: str, *values) -> list[str]:
        """Judges clean files of which one was changed by SQL."""
        self.assertEqual(self.judged(alliance()), [])
        connection = sqlite3.connect(self.folder / name / "replica.sqlite")
        with connection:
            self.assertGreater(connection.execute(sql, values).rowcount, 0)
        connection.close()
        return self.again()

    def assert_found(self, faults: list[str], *words: str):
        self.assertTrue(
            any(all(word in fault for word in words) for fault in faults), f"no sentence has {words}:\n" + "\n".join(faults))


class CleanTest(JudgeTest):
    def test_clean_files_pass(self):
        self.assertEqual(self.judged(alliance()), [])

    def test_the_proof_names_what_won_what_lost_and_where(self):
        alliance().write(self.folder)
        text = "\n".join(judge.judge(self.folder, SOME).lines())
        for words in ("A2 “lecturer”", "A1 “senior”", "hub A1 A2", "PASSED", "A2 删除 deleted"):
            self.assertIn(words, text)

    def test_a_restored_value_stands_and_its_conflict_is_closed(self):
        world = alliance()
        key, filed = world.keys["teachers"][2], world.filed
        world.log("restore", "A1", conflict=uuid_text(filed.id), stamp=f"{1_700_000_000_950}.0@aaaaaaaaaaaaaaa1")
        world.write_cell("A1", key, 3, "senior", 950)
        world.write_cell("A1", filed, 13, "restored", 950)
        world.write_cell("A1", filed, 14, 1_700_000_000_950, 950)
        self.assertEqual(self.judged(world), [])

    def test_the_command_exits_1_when_too_little_was_checked(self):
        alliance().write(self.folder)
        sys.argv = ["judge.py", str(self.folder)]
        with open("/dev/null", "w") as nothing:
            out, sys.stdout = sys.stdout, nothing
            try:
                self.assertEqual(judge.main(), 1)
            finally:
                sys.stdout = out


class NothingTest(JudgeTest):
    def test_an_empty_folder_fails(self):
        self.assert_found(self.again(), "no SQLite file", "hub")

    def test_without_a_log_it_fails(self):
        alliance().write(self.folder)
        (self.folder / "edits.jsonl").unlink()
        self.assert_found(self.again(), "no log of edits")

    def test_an_empty_log_fails(self):
        alliance().write(self.folder)
        (self.folder / "edits.jsonl").write_text("")
        self.assert_found(self.again(), "too little was checked", "0 edits judged")

    def test_small_files_are_too_little(self):
        self.assert_found(self.judged(alliance(), judge.MINIMUM), "too little was checked", "rows compared")

    def test_a_file_that_is_none_fails(self):
        alliance().write(self.folder)
        (self.folder / "B" / "replica.sqlite").write_bytes(b"SQLite format 3\0" + bytes(4000))
        self.assert_found(self.again(), "B", "replica.sqlite")


class EqualityTest(JudgeTest):
    def test_a_flipped_value_names_row_column_and_both_values(self):
        faults = self.spoil("A1", "UPDATE teacher SET hours = 39 WHERE staff_no = '005'")
        self.assert_found(faults, "teacher", "hours differs", "hub has 5", "A1 has 39")
        self.assert_found(faults, "at A1 is not what its hash says")

    def test_text_is_not_the_number_that_looks_like_it(self):
        self.assert_found(self.spoil("B", "UPDATE teacher SET hours = '5x' WHERE staff_no = '005'"), "hub has 5", "B has “5x”")

    def test_a_changed_stamp_is_found(self):
        self.assert_found(self.spoil("A2", "UPDATE teacher SET _t = _t + 1 WHERE staff_no = '005'"), "differs", "A2 has")

    def test_a_missing_row_is_found(self):
        self.assert_found(self.spoil("A2", "DELETE FROM teacher WHERE staff_no = '001'"), "is missing at A2", "hours")

    def test_a_row_too_many_is_found(self):
        world = alliance()
        world.write(self.folder)
        sql = "DELETE FROM teacher WHERE staff_no = '001'"
        connection = sqlite3.connect(self.folder / "hub" / "replica.sqlite")
        with connection:
            connection.execute(sql)
        connection.close()
        self.assert_found(self.again(), "stands at A1 but not at the hub")

    def test_a_broken_clock_is_found(self):
        self.assert_found(self.spoil("A1", "UPDATE teacher SET _l = x'00' WHERE staff_no = '001'"), "A1", "can't be read as a row")

    def test_a_wrong_hash_is_found(self):
        faults = self.spoil("A1", "UPDATE teacher SET _h = zeroblob(16) WHERE staff_no = '001'")
        self.assert_found(faults, "at A1 is not what its hash says", "stored 00000000-0000")

    def test_a_wrong_digest_is_found(self):
        self.assert_found(self.spoil("B", "UPDATE digest SET rows = rows + 1"), "B: the digest kept for")

    def test_a_deleted_row_is_compared_too(self):
        self.assert_found(self.spoil("A1", "DELETE FROM inert_row"), "space", "is missing at A1")


class SecrecyTest(JudgeTest):
    def test_a_phone_number_in_anothers_file_is_found(self):
        faults = self.spoil("B", "UPDATE teacher SET note = '电话 10000005555' WHERE staff_no = '00100'")
        self.assert_found(faults, "teacher_contact", "10000005555", "stands in the bytes", "B")

    def test_a_row_for_others_is_found(self):
        world = alliance()
        world.write(self.folder)
        hub = sqlite3.connect(self.folder / "hub" / "replica.sqlite")
        row = hub.execute("SELECT * FROM teacher_contact WHERE phone = '10000005555'").fetchone()
        hub.close()
        node = sqlite3.connect(self.folder / "B" / "replica.sqlite")
        with node:
            owner = node.execute("SELECT idx FROM member_index WHERE id = ?", (MEMBERS["A1"],)).fetchone()[0]
            node.execute(f"INSERT INTO teacher_contact VALUES ({', '.join('?' * len(row))})", (*row[:2], owner, *row[3:]))
        node.close()
        self.assert_found(self.again(), "stands at B, whose member may not read it")

    def test_a_section_for_others_is_found(self):
        world = alliance()
        world.write(self.folder)
        node = sqlite3.connect(self.folder / "B" / "replica.sqlite")
        with node:
            node.execute("INSERT INTO audience_index VALUES (99, ?)", (PARTIES_A,))
            node.execute("INSERT INTO section SELECT replica, seq, 1, 99, x'00' FROM segment WHERE rev = 1")
        node.close()
        self.assert_found(self.again(), "B keeps section 1")


class OutcomeTest(JudgeTest):
    def test_a_lost_edit_is_found(self):
        world = alliance()
        world.edit("A2", world.keys["teachers"][5], "note", "确认过的改动", 40)
        key = world.keys["teachers"][5]
        world.rows[key] = copy.deepcopy(world.before[key])
        faults = self.judged(world)
        self.assert_found(faults, "LOST", "A2's edit of teacher", "note", "确认过的改动", "the hub has empty")

    def test_an_overwritten_edit_without_a_conflict_is_lost(self):
        faults = self.judged(alliance(conflict=False))
        self.assert_found(faults, "LOST", "A1's edit of teacher", "title", "senior", "lecturer")

    def test_an_edit_under_a_deletion_without_a_conflict_is_lost(self):
        self.assert_found(self.judged(alliance(deletion=False)), "LOST", "A1's edit of space", "新机床")

    def test_an_edit_replaced_by_one_who_had_seen_it_is_not_lost(self):
        world = alliance()
        world.edit("A2", world.keys["teachers"][0], "note", "看过之后的改动", 40)
        self.assertEqual(self.judged(world), [])

    def test_a_new_row_that_meets_a_deletion_is_in_the_inbox_by_its_cells(self):
        for filed in (True, False):
            with self.subTest(filed=filed):
                world = alliance()
                key = world.add("A1", "space", 7, 40, name="甲")
                world.delete("A2", key, 41)
                if filed:
                    world.file("deleted", key, "name", ("A2", None, 41), ("A1", "甲", 40))
                folder, self.folder = self.folder, self.folder / str(filed)
                faults, self.folder = self.judged(world), folder
                self.assertEqual(faults == [], filed, faults)

    def test_the_same_value_then_another_by_one_who_had_not_seen_it_is_lost(self):
        world = alliance()
        key = world.keys["teachers"][5]
        for node, value, time in (("A1", "同", 40), ("A2", "同", 41), ("A2", "异", 42)):
            world.edit(node, key, "note", value, time)
        self.assert_found(self.judged(world), "LOST", "A1's edit", "同", "异")

    def test_the_smaller_stamp_must_not_stand(self):
        world = alliance(conflict=False)
        key = world.keys["teachers"][2]
        world.rows[key].clock[3], world.rows[key].values[3] = world.stamp("A1", 13), "senior"
        faults = self.judged(world)
        self.assert_found(faults, "title", "“lecturer”", "of A2 should stand", "“senior”")

    def test_a_value_that_nobody_edited_must_not_move(self):
        world = alliance()
        world.write_cell("A1", world.keys["teachers"][5], 8, "无人写过", 50)
        self.assert_found(self.judged(world), "note", "was empty", "无人写过", "nobody edited it")

    def test_rows_that_vanish_everywhere_are_found(self):
        world = alliance()
        del world.rows[world.keys["teachers"][5]]
        faults = self.judged(world)
        self.assert_found(faults, "teacher: 7 rows were made", "the hub has 6")
        self.assert_found(faults, "is no such row, and nobody edited it")

    def test_a_conflict_of_nobody_is_found(self):
        world = alliance()
        world.file("edit", world.keys["teachers"][5], "note", ("A1", "甲", 60), ("A2", "乙", 59))
        self.assert_found(self.judged(world), "conflict", "note", "nobody wrote")

    def test_a_conflict_with_a_wrong_value_is_found(self):
        world = alliance(conflict=False)
        world.file("edit", world.keys["teachers"][2], "title", ("A2", "lecturer", 14), ("A1", "professor", 13))
        self.assert_found(self.judged(world), "conflict", "title", "a loser that nobody wrote", "professor")

    def test_a_conflict_the_wrong_way_round_is_found(self):
        world = alliance(conflict=False)
        world.file("edit", world.keys["teachers"][2], "title", ("A1", "senior", 13), ("A2", "lecturer", 14))
        self.assert_found(self.judged(world), "its loser should have won")

    def test_a_conflict_that_an_owner_lacks_is_found(self):
        self.assert_found(self.spoil("A2", "DELETE FROM conflict WHERE kind = 'edit'"), "lost, but A2 does not have the conflict")

    def test_a_resolution_of_nobody_is_found(self):
        world = alliance()
        world.write_cell("A1", world.filed, 13, "kept", 950)
        self.assert_found(self.judged(world), "its resolution is “kept”, people made it empty")

    def test_a_resolved_conflict_that_is_gone_is_found(self):
        world = alliance()
        world.log("keep", "A1", conflict=uuid_text(world.filed.id), stamp="1.0@aaaaaaaaaaaaaaa1")
        del world.rows[world.filed]
        self.assert_found(self.judged(world), "was resolved by a person and is not in the hub's file")


class BooksTest(JudgeTest):
    def test_a_pending_transaction_is_found(self):
        self.assert_found(self.spoil("A2", "INSERT INTO outbox VALUES (1, NULL, 2)"), "A2", "still in the outbox")

    def test_an_alarm_is_found(self):
        self.assert_found(self.spoil("B", "INSERT INTO alarm VALUES (1, 'audiences', 'alliance')"), "B: alarm 1", "audiences")

    def test_a_rejected_transaction_is_found(self):
        self.assert_found(self.spoil("A1", "INSERT INTO rejected VALUES (1, 1, 1, 'open')"), "A1", "rejected inbox")

    def test_an_old_proof_is_found(self):
        self.assert_found(self.spoil("B", "UPDATE sync_status SET proved_rev = 3"), "B last proved itself", "rev 3")

    def test_another_replica_than_the_logs_is_found(self):
        self.assert_found(self.spoil("B", "UPDATE replica_state SET replica = x'0102030405060708'"), "B", "the log says otherwise")


class ChainsTest(JudgeTest):
    def test_a_changed_journal_hash_is_found(self):
        self.assert_found(self.spoil("hub", "UPDATE journal SET hash = zeroblob(32) WHERE rev = 3"), "journal hash of rev 3")

    def test_a_changed_hub_time_is_found(self):
        self.assert_found(self.spoil("hub", "UPDATE journal SET hub_time = 5 WHERE rev = 2"), "journal hash of rev 2")

    def test_a_gap_is_found(self):
        self.assert_found(self.spoil("A1", "DELETE FROM journal WHERE rev = 4"), "A1", "missing from its journal")

    def test_a_node_that_is_behind_is_found(self):
        self.assert_found(self.spoil("B", "UPDATE replica_state SET rev = 6"), "B stands at rev 6", "ends at rev 7")

    def test_another_journal_is_found(self):
        self.assert_found(self.spoil("B", "UPDATE journal SET verdict = x'1200' WHERE rev = 5"), "B: its journal entry of rev 5")

    def test_a_struck_transaction_is_found(self):
        self.assert_found(self.spoil("hub", "UPDATE journal SET verdict = x'0A0408011001' WHERE rev = 5"), "struck out", "rev 5")

    def test_a_changed_header_is_found(self):
        self.assert_found(self.spoil("A2", "UPDATE segment SET header = CAST(header || x'6801' AS BLOB) WHERE rev = 5"), "A2", "not what its hash says")

    def test_a_broken_chain_is_found(self):
        faults = self.spoil("hub", "DELETE FROM segment WHERE rev = 1")
        self.assert_found(faults, "hub: the chain", "gap")

    def test_a_changed_section_is_found(self):
        self.assert_found(self.spoil("A2", "UPDATE section SET body = x'00' WHERE seq = 1 AND ordinal = 0"), "section 0", "is not what its header says")

    def test_a_withheld_section_is_found(self):
        self.assert_found(self.spoil("A1", "DELETE FROM section WHERE ordinal = 0"), "A1: section 0", "is missing")


if __name__ == "__main__":
    unittest.main()
