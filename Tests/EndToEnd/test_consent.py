"""A teacher's entry leaves the school with a recorded consent only, and goes everywhere when it is withdrawn."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from pathlib import Path

from scratch import ScratchTest

NAME = "示例·欧阳某"
RENAMED = "示例·欧阳改"
PHONE = "10000000777"
NUMBER = "C0077"
#: What no other file may hold before there is a consent: the name, and the number.
TRACES = (NAME, RENAMED, PHONE)


class ConsentTest(ScratchTest):
    """A hub, two nodes of one school and one of another."""

    def setUp(self):
        super().setUp()
        self.assemble(("A1", 1), ("A2", 1), ("B", 2))
        os.environ["JILIAN_PASSPHRASE"] = "口令 of the test"
        self.addCleanup(os.environ.pop, "JILIAN_PASSPHRASE")
        self.assertTrue(self.cast.sync_all(("A1", "A2", "B")))

    def bytes_of(self, name: str) -> bytes:
        """Everything that stands in a party's files. Sections are compressed: what is said of them is said by their number."""
        connection = sqlite3.connect(self.cast.data(name) / "replica.sqlite", timeout=10)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return b"".join(file.read_bytes() for file in sorted(self.cast.data(name).rglob("*")) if file.is_file())

    def assert_traces(self, name: str, *texts: str) -> None:
        content = self.bytes_of(name)
        found = {text for text in TRACES if text.encode() in content}
        self.assertEqual(found, set(texts), name)

    def keep(self) -> None:
        self.ask("A1", "person", "keep", f"staff_no={NUMBER}", f"name={NAME}", "specialty=数控", "note=仅供本校")

    def person(self, name: str = "A1") -> dict:
        return self.ask(name, "consent", "show", NUMBER)

    def teachers(self, name: str) -> dict[str, dict]:
        return {row["staff_no"]: row for row in self.cast.rows(name, "teacher")}

    def sync(self) -> None:
        self.assertTrue(self.cast.sync_all(("A1", "A2", "B")))

    def give(self, *options: str) -> dict:
        return self.ask("A1", "consent", "give", NUMBER, "--date", "2026-09-01", *options)

    def test_without_a_consent_no_byte_leaves(self):
        head = self.ask("A1", "node", "status")["rev"]
        self.keep()
        refused = self.ask("A1", "add", "teacher", f"staff_no={NUMBER}", f"name={NAME}", allow=(1,))
        self.assertEqual(refused["error"]["code"], "no-consent")
        file = self.folder / "list.csv"
        file.write_text(f"工号,姓名\n{NUMBER},{NAME}\nC0078,{RENAMED}\n", "utf-8")
        done = self.ask("A1", "import", "teacher", str(file))
        self.assertEqual((done["created"], done["kept"], done["unchanged"]), (0, 1, 1))
        self.assertEqual(self.ask("A1", "node", "status")["pending"], 0)
        self.sync()
        self.assertEqual(self.ask("A1", "node", "status")["rev"], head, "nothing was sent, compressed or not")
        for name in ("hub", "A2", "B"):
            self.assert_traces(name)
        self.assertEqual([person["state"] for person in self.ask("A1", "consent", "list", "--without")], ["kept", "kept"])

    def test_one_statement_for_a_batch_of_a_hundred(self):
        file = self.folder / "hundred.csv"
        file.write_text("工号,姓名\n" + "".join(f"H{number:03},示例·第{number}人\n" for number in range(100)), "utf-8")
        self.assertEqual(self.ask("A1", "import", "teacher", str(file))["kept"], 100)
        given = self.ask("A1", "consent", "give", "--all", "--date", "2026-09-01")
        self.assertEqual((given["given"], given["shared"]), (100, 100))
        again = self.ask("A1", "import", "teacher", str(file), "--consent", "2026-09-01")
        self.assertEqual((again["created"], again["kept"], again["unchanged"]), (0, 0, 100))
        self.sync()
        self.assertEqual(len(self.teachers("B")), 100)
        self.assertEqual(self.cast.rows("B", "consent"), [], "consents stay with the school and the secretariat")
        self.assertEqual(len(self.cast.rows("A2", "consent")), 100)

    def test_given_withdrawn_and_gone(self):
        self.keep()
        self.give("--fields", "specialty,contact")
        self.assertEqual(self.give("--fields", "specialty,contact"), {"persons": 1, "given": 0, "shared": 0})
        refused = self.ask("A1", "set", "teacher", NUMBER, "note=不在同意之内", allow=(1,))
        self.assertEqual(refused["error"]["code"], "no-consent")
        self.ask("A1", "add", "teacher_contact", f"teacher={NUMBER}", f"phone={PHONE}")
        self.sync()
        shared = self.teachers("B")[NUMBER]
        self.assertEqual((shared["name"], shared["specialty"], shared["note"]), (NAME, "数控", None))
        self.assertEqual(self.person()["kept"]["note"], "仅供本校", "what the consent does not cover stays here")
        self.assertEqual(self.cast.rows("B", "teacher_contact"), [])
        # Two nodes of the school write another name each: one value ends in a conflict.
        row = self.teachers("A1")[NUMBER]
        self.ask("A1", "set", "teacher", row["id"], f"name={RENAMED}一")
        self.ask("A2", "set", "teacher", row["id"], f"name={RENAMED}二")
        self.sync()
        self.assertEqual(len(self.ask("A1", "conflicts", "list")), 1)

        withdrawn = self.ask("A1", "consent", "withdraw", NUMBER)
        self.assertEqual(withdrawn["state"], "withdrawn")
        state = withdrawn["withdrawal"]
        self.assertEqual((state["rev"], state["members"], state["complete"]), (None, None, None))
        self.assertEqual(self.ask("A1", "consent", "withdraw", NUMBER)["consent"], withdrawn["consent"], "said twice, done once")
        # The other node of the school, which does not know yet, writes once more.
        self.ask("A2", "set", "teacher", row["id"], f"name={RENAMED}三")
        self.cast.sync("A1")
        self.cast.sync("A1")
        state = self.person()["withdrawal"]
        self.assertIsNotNone(state["rev"])
        self.assertLess(state["members"]["acknowledged"], state["members"]["of"])
        self.assertIsNone(state["complete"])
        self.sync()
        self.sync()
        for name in ("A1", "A2", "B", "hub"):
            self.assertNotIn(NUMBER, self.teachers(name), name)
            self.assertEqual(self.cast.rows(name, "teacher_contact"), [], name)
            for conflict in self.cast.rows(name, "conflict"):
                self.assertEqual((conflict["winning_value"], conflict["losing_value"]), (None, None), name)
        state = self.person()["withdrawal"]
        self.assertEqual(state["members"]["acknowledged"], state["members"]["of"])
        self.assertIsNone(state["complete"], "what was sent before is still kept, for a hub that has to be restored")

        self.ask("hub", "hub", "backup", str(self.folder / "hub.backup"))
        self.sync()
        self.ask("hub", "hub", "collect")
        self.sync()
        state = self.person()["withdrawal"]
        self.assertIsNotNone(state["complete"])
        self.assertEqual(state["waiting"], [])
        for name in ("A2", "B", "hub"):
            self.assert_traces(name)
        self.assertIn(RENAMED.encode(), self.bytes_of("A1"), "the school's own record")
        for name in ("hub", "A1", "A2", "B"):
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)

        # A list does not bring back who has withdrawn; the person's own consent does.
        file = self.folder / "list.csv"
        file.write_text(f"工号,姓名\n{NUMBER},{NAME}\n", "utf-8")
        self.assertEqual(self.ask("A1", "import", "teacher", str(file), "--consent", "2026-09-02")["kept"], 1)
        self.assertEqual(self.ask("A1", "consent", "give", "--all", "--date", "2026-09-02")["persons"], 0)
        self.give()
        self.sync()
        self.assertEqual(self.teachers("B")[NUMBER]["name"], NAME)

    def test_what_is_held_of_a_person(self):
        self.keep()
        self.give()
        self.ask("A1", "add", "teacher_contact", f"teacher={NUMBER}", f"phone={PHONE}")
        self.sync()
        path = self.folder / "person.csv"
        export = self.ask("A1", "person", "export", NUMBER, "--csv", str(path))
        self.assertEqual({row["table"] for row in export["rows"]}, {"teacher", "teacher_contact"})
        self.assertEqual(export["consent"]["given"], "2026-09-01")
        members = {row["name"] for row in self.cast.rows("A1", "member") if row["id"] != self.cast.members["A1"]}
        self.assertEqual({recipient["member"] for recipient in export["recipients"]}, members)
        self.assertTrue(all(recipient["since"] for recipient in export["recipients"]))
        self.assertIn(PHONE, json.dumps(export, ensure_ascii=False))
        lines = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
        self.assertIn(NAME, [cell for line in lines for cell in line])
        self.assertEqual(Path(path).stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.ask("A1", "person", "export", "没有的工号", allow=(1,))["error"]["code"], "absent")

    def test_dates_and_fields_that_can_t_be(self):
        self.keep()
        for options, code in ((("--date", "2999-01-01"), "consent-date"), (("--date", "很久以前"), "value"),
                              (("--date", "2026-09-01", "--fields", "身高"), "consent-field")):
            refused = self.ask("A1", "consent", "give", NUMBER, *options, allow=(1, 2))
            self.assertEqual(refused["error"]["code"], code)
        self.assertEqual(self.ask("A1", "consent", "withdraw", NUMBER, allow=(1,))["error"]["code"], "no-consent")
