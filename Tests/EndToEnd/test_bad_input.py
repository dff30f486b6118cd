"""What goes wrong ends with the right exit code and a sentence in both languages: nothing is harmed, no stack trace."""

from __future__ import annotations

import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import unittest

from scratch import PROGRAM, ScratchTest, Server

REFUSED, USAGE, UNREACHABLE = 1, 2, 3
NO_SUCH_ID = "00000000-0000-7000-8000-000000000000"


class FolderTest(ScratchTest):
    """Folders that are none, or not ours."""

    def test_a_folder_that_is_not_there(self):
        for arguments in (("list", "base"), ("node", "status"), ("node", "sync"), ("hub", "nodes"), ("verify", "--deep")):
            self.assert_refused(REFUSED, *arguments, data=self.folder / "none")
        self.assertFalse((self.folder / "none").exists())

    def test_a_folder_with_something_else_is_left_alone(self):
        folder = self.folder / "letters"
        folder.mkdir()
        (folder / "letter.txt").write_text("text")
        self.assert_refused(REFUSED, "hub", "init", "--name", "联盟", data=folder, words=("letters",))
        self.assertEqual([file.name for file in folder.iterdir()], ["letter.txt"])

    def test_a_file_of_another_program_is_left_alone(self):
        folder = self.folder / "other"
        folder.mkdir()
        connection = sqlite3.connect(folder / "replica.sqlite")
        with connection:
            connection.execute("CREATE TABLE letters (text TEXT)")
        connection.close()
        before = (folder / "replica.sqlite").read_bytes()
        for arguments in (("list", "base"), ("hub", "serve", "--port", "0"), ("hub", "init", "--name", "联盟")):
            self.assert_refused(REFUSED, *arguments, data=folder)
        self.assertEqual((folder / "replica.sqlite").read_bytes(), before)

    def test_a_file_that_is_no_database(self):
        folder = self.folder / "text"
        folder.mkdir()
        (folder / "replica.sqlite").write_text("this is a letter, and a long one at that" * 100)
        self.assert_refused(REFUSED, "list", "base", data=folder)

    def test_a_cut_off_file_is_refused_without_a_trace(self):
        self.cast.found("示例联盟")
        file = self.folder / "hub" / "replica.sqlite"
        file.write_bytes(file.read_bytes()[:file.stat().st_size // 2])
        for arguments in (("list", "member"), ("verify", "--deep")):
            done = PROGRAM.run(*arguments, data=self.folder / "hub")
            self.assertEqual(done.returncode, REFUSED, done.stdout + done.stderr)
            self.assert_calm(done.stdout + done.stderr)

    def test_a_newer_programs_file_is_refused(self):
        self.cast.found("示例联盟")
        connection = sqlite3.connect(self.folder / "hub" / "replica.sqlite")
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        self.assert_refused(REFUSED, "list", "member", data=self.folder / "hub", words=("99",))

    def test_a_key_that_is_gone_is_said(self):
        self.cast.found("示例联盟")
        (self.folder / "hub" / "key").unlink()
        self.assert_refused(REFUSED, "hub", "serve", "--port", "0", data=self.folder / "hub")

    def test_a_second_founding_is_refused(self):
        self.cast.found("示例联盟")
        self.assert_refused(REFUSED, "hub", "init", "--name", "另一个", data=self.folder / "hub")


class UsageTest(ScratchTest):
    """Commands that can't be understood."""

    def test_usage(self):
        self.cast.found("示例联盟")
        hub = self.folder / "hub"
        for arguments in (("nonsense",), ("hub", "serve", "--port", "70000"), ("hub", "serve", "--port", "x"), ("set", "member"),
                          ("hub", "invite"), ("rejected", "retry", "x"), ("list", "member", "--nonsense")):
            self.assert_refused(USAGE, *arguments, data=hub)
        self.assert_refused(USAGE, "list", "member", data=None)

    def test_help_and_version_are_no_faults(self):
        for arguments in (("--help",), ("hub", "--help"), ("node", "join", "--help"), ("--version",)):
            done = PROGRAM.run(*arguments, data=None, plain=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout)


class RowTest(ScratchTest):
    """Tables, columns, rows and values that are not."""

    def setUp(self):
        super().setUp()
        self.assemble(("A1", 1), ("B", 2))
        self.bring_in("A1", 1)
        self.assertTrue(self.cast.sync_all(("A1", "B")))
        self.node = self.cast.data("A1")
        self.row = self.cast.rows("A1", "teacher")[0]

    def test_names_that_are_not_there_are_answered_with_those_that_are(self):
        self.assert_refused(USAGE, "list", "techer", data=self.node, words=("techer", "teacher", "base"))
        self.assert_refused(USAGE, "set", "teacher", self.row["id"], "hoours=3", data=self.node, words=("hoours", "hours"))
        self.assert_refused(USAGE, "set", "teacher", self.row["id"], "hours", data=self.node, words=("hours",))
        self.assert_refused(USAGE, "set", "teacher", self.row["id"], "hours=1", "hours=2", data=self.node, words=("hours",))
        for verb in (("show",), ("delete",)):
            self.assert_refused(REFUSED, *verb, "teacher", NO_SUCH_ID, data=self.node, words=(NO_SUCH_ID,))
        self.assert_refused(REFUSED, "set", "teacher", "nobody", "hours=1", data=self.node, words=("nobody",))
        for verb in ("restore", "keep"):
            self.assert_refused(REFUSED, "conflicts", verb, NO_SUCH_ID, data=self.node)
        self.assert_refused(REFUSED, "rejected", "retry", "7", data=self.node, words=("7",))
        self.assert_refused(REFUSED, "rejected", "drop", "7", data=self.node, words=("7",))

    def test_values_that_a_column_does_not_take(self):
        before = self.cast.rows("A1", "teacher")
        for value in ("hours=41", "hours=-1", "hours=many", "hours=1.5", "hours=99999999999999999999", "title=king", "dual=perhaps",
                      "name=", f"note={'长' * 401}", "note=#REF!", "note=bell\a", "staff_no=1.38E+10"):
            self.assert_refused(REFUSED, "set", "teacher", self.row["id"], value, data=self.node)
        self.assert_refused(REFUSED, "set", "base", self.cast.rows("A1", "base")[0]["id"], "co_owners=不存在的学校", data=self.node)
        self.assert_refused(REFUSED, "add", "teacher", "name=没有工号", data=self.node)
        self.assert_refused(REFUSED, "add", "teacher", f"staff_no={self.row['staff_no']}", "name=重号", data=self.node)
        self.assertEqual(self.cast.rows("A1", "teacher"), before)
        self.assertEqual(self.ask("A1", "node", "status")["pending"], 0)

    def test_what_is_anothers_is_not_written(self):
        theirs = self.cast.rows("B", "teacher")[0]
        self.assertEqual(theirs["owner"], self.cast.members["A1"])
        for arguments in (("set", "teacher", theirs["id"], "hours=1"), ("delete", "teacher", theirs["id"]),
                          ("set", "member", self.cast.members["A1"], "name=新名"), ("add", "major", "code=1", "name=一"),
                          ("set", "teacher", theirs["id"], "staff_no=1")):
            self.assert_refused(REFUSED, *arguments, data=self.cast.data("B"))
        self.assertEqual(self.ask("B", "node", "status")["pending"], 0)

    def test_nothing_to_change_writes_nothing(self):
        done = self.ask("A1", "set", "teacher", self.row["id"], f"hours={self.row['hours']}")
        self.assertEqual(done["changed"], 0)
        self.assertEqual(self.ask("A1", "node", "status")["pending"], 0)

    def test_what_has_moved_since_it_was_shown_is_not_written(self):
        stamp = self.ask("A1", "show", "teacher", self.row["id"])["columns"]["hours"]["stamp"]
        self.ask("A1", "set", "teacher", self.row["id"], "hours=31")
        error = self.assert_refused(
            REFUSED, "set", "teacher", self.row["id"], "hours=32", "--shown", f"hours={stamp}", data=self.node)
        self.assertEqual((error["code"], error["details"][0]["now"], error["details"][0]["wanted"]), ("stale", 31, 32))

    def test_files_that_cannot_be_imported(self):
        before = self.cast.rows("A1", "teacher")
        self.assert_refused(REFUSED, "import", "teacher", str(self.folder / "none.csv"), data=self.node, words=("none.csv",))
        self.assert_refused(REFUSED, "import", "teacher", str(self.folder), data=self.node)
        for name, content in (("empty.csv", b""), ("image.csv", bytes(range(256)) * 50), ("zip.csv", b"PK\3\4" + bytes(500)),
                              ("headings.csv", "姓甚,名谁\n张,三\n".encode())):
            file = self.folder / name
            file.write_bytes(content)
            done = PROGRAM.run("import", "teacher", str(file), data=self.node)
            self.assertEqual(done.returncode, REFUSED, f"{name}: {done.stdout}{done.stderr}")
            self.assert_calm(done.stdout + done.stderr)
        self.assert_refused(USAGE, "import", "teacher", str(file), "--encoding", "klingon", data=self.node, words=("gb18030",))
        self.assertEqual(self.cast.rows("A1", "teacher"), before)

    def test_one_bad_line_keeps_the_whole_file_out_and_is_named(self):
        file = self.folder / "mixed.csv"
        file.write_text("工号,姓名,可外聘周课时\n8001,示例甲,3\n8002,示例乙,很多\n", "utf-8")
        before = self.cast.rows("A1", "teacher")
        done = PROGRAM.run("import", "teacher", str(file), data=self.node)
        self.assertEqual(done.returncode, REFUSED)
        problem = PROGRAM.read(done)["problems"][0]
        self.assertEqual((problem["line"], problem["value"]), (3, "很多"))
        self.assertTrue(problem["zh"] and problem["en"])
        self.assertEqual(self.cast.rows("A1", "teacher"), before)

    def test_the_same_file_twice_changes_nothing(self):
        done = self.ask("A1", "import", "teacher", str(self.folder / "sample" / "teachers-1.csv"))
        self.assertEqual((done["created"], done["changed"]), (0, 0))
        self.assertEqual(done["unchanged"], done["rows"])

    def test_a_preview_writes_nothing(self):
        file = self.folder / "new.csv"
        file.write_text("工号,姓名\n8001,示例甲\n", "utf-8")
        self.assertEqual(self.ask("A1", "import", "teacher", str(file), "--dry-run", "--consent", "2026-09-01")["created"], 1)
        self.assertEqual(self.ask("A1", "node", "status")["pending"], 0)

    def test_commands_of_the_other_role(self):
        self.assert_refused(REFUSED, "hub", "invite", "--member", self.cast.members["B"], data=self.node)
        self.assert_refused(REFUSED, "hub", "nodes", data=self.node)
        self.assert_refused(REFUSED, "hub", "serve", "--port", "0", data=self.node)
        self.assert_refused(REFUSED, "node", "sync", data=self.cast.data("hub"))
        self.assert_refused(REFUSED, "node", "serve", "--port", "0", data=self.cast.data("hub"))


class JoinTest(ScratchTest):
    """Codes that are wrong, and hubs that are not there."""

    def setUp(self):
        super().setUp()
        self.school = self.assemble()[0]
        self.code = self.ask("hub", "hub", "invite", "--member", self.school)["code"]
        self.url = self.cast.server.url

    def join(self, name: str, code: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
        return PROGRAM.run("node", "join", "--hub", self.url if url is None else url, "--code", code, "--name", name, data=self.folder / name)

    def assert_join_refused(self, name: str, code: str, *, url: str | None = None, exits: tuple[int, ...] = (REFUSED,)):
        done = self.join(name, code, url)
        self.assertIn(done.returncode, exits, done.stdout + done.stderr)
        self.assert_calm(done.stdout + done.stderr)
        error = PROGRAM.read(done)["error"]
        self.assertTrue(error["zh"] and error["en"])
        return error

    def test_a_wrong_code_is_refused_and_the_right_one_still_works(self):
        other = "2" if self.code[5] != "2" else "3"
        self.assert_join_refused("A1", self.code[:5] + other + self.code[6:], exits=(REFUSED, USAGE))
        for code in ("", "JL-", "nonsense", self.code[:-4], "JL-" + "é" * 20):
            self.assert_join_refused("A1", code, exits=(REFUSED, USAGE))
        self.assertEqual(self.join("A1", self.code).returncode, 0)

    def test_a_used_code_is_refused(self):
        self.assertEqual(self.join("A1", self.code).returncode, 0)
        self.assert_join_refused("A2", self.code)
        self.assertEqual(len(self.ask("hub", "hub", "nodes")), 2)

    def test_a_hub_that_is_not_there_can_be_joined_later_in_the_same_folder(self):
        self.cast.stop_hub()
        self.assert_join_refused("A1", self.code, exits=(UNREACHABLE,))
        self.cast.start_hub()
        self.assertEqual(self.join("A1", self.code).returncode, 0)

    def test_addresses_that_are_none(self):
        for url in ("nonsense", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999", "http://[::1", ""):
            self.assert_join_refused("A1", self.code, url=url, exits=(REFUSED, USAGE, UNREACHABLE))

    def test_an_address_that_is_not_a_hub(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(20)
            process = subprocess.Popen(
                [PROGRAM.path, "node", "join", "--hub", f"http://127.0.0.1:{server.getsockname()[1]}", "--code", self.code,
                 "--name", "x", "--data", str(self.folder / "A1"), "--json"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/html\r\n\r\nhello")
                out, error = process.communicate(timeout=60)
        self.assertIn(process.returncode, (REFUSED, UNREACHABLE), out + error)
        self.assert_calm(out + error)
        self.assertIn('"zh"', out)

    def test_a_second_join_into_one_folder_is_refused(self):
        self.assertEqual(self.join("A1", self.code).returncode, 0)
        code = self.ask("hub", "hub", "invite", "--member", self.school)["code"]
        self.assert_join_refused("A1", code)

    def test_members_and_nodes_that_are_not(self):
        self.assert_refused(REFUSED, "hub", "invite", "--member", "不存在的学校", data=self.folder / "hub", words=("不存在的学校",))
        self.assert_refused(REFUSED, "hub", "revoke", NO_SUCH_ID, data=self.folder / "hub", words=(NO_SUCH_ID,))

    def test_a_revoked_node_is_told_and_keeps_its_data(self):
        self.assertEqual(self.join("A1", self.code).returncode, 0)
        node = next(node for node in self.ask("hub", "hub", "nodes") if not node["isHub"])
        self.ask("hub", "hub", "revoke", node["id"])
        done = PROGRAM.run("node", "sync", data=self.folder / "A1")
        self.assertEqual((done.returncode, PROGRAM.read(done)["outcome"]), (REFUSED, "refused"))
        self.assertTrue(self.ask("A1", "list", "member"))
        self.assert_refused(REFUSED, "hub", "revoke", node["id"], data=self.folder / "hub")
        self.assert_refused(REFUSED, "add", "base", "name=吊销之后", data=self.folder / "A1", words=("吊销",))

    def test_a_second_node_waits_for_the_first(self):
        self.assertEqual(self.join("A1", self.code).returncode, 0)
        code = self.ask("hub", "hub", "invite", "--member", self.school)["code"]
        self.assertEqual(self.join("A2", code).returncode, 0)
        done = PROGRAM.run("node", "sync", data=self.folder / "A2")
        self.assertEqual((done.returncode, PROGRAM.read(done)["outcome"]), (REFUSED, "refused"))
        self.assert_refused(REFUSED, "node", "confirm", NO_SUCH_ID, data=self.folder / "A1", words=(NO_SUCH_ID,))
        self.cast.sync("A1")
        (waiting,) = self.ask("A1", "node", "status")["waitingNodes"]
        self.ask("A1", "node", "confirm", waiting["id"])
        self.assert_refused(REFUSED, "node", "confirm", waiting["id"], data=self.folder / "A1")
        self.cast.sync("A1")
        self.assertEqual(self.cast.sync("A2")["outcome"], "proved")

    def test_keys_change_and_a_member_leaves(self):
        self.assertEqual(self.join("A1", self.code).returncode, 0)
        before = self.ask("hub", "list", "node")
        self.assertEqual(self.ask("A1", "node", "rotate-key")["outcome"], "proved")
        self.assertNotEqual(self.ask("hub", "list", "node"), before)
        self.assert_refused(REFUSED, "hub", "rotate-key", data=self.folder / "hub", words=("停止",))
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
        left = self.ask("hub", "hub", "leave", self.school)
        self.assertEqual(len(left["revoked"]), 1)
        self.assert_refused(REFUSED, "hub", "leave", self.school, data=self.folder / "hub")
        self.assert_refused(REFUSED, "hub", "invite", "--member", self.school, data=self.folder / "hub")


class ServeTest(ScratchTest):
    """Servers that cannot start, and how they stop."""

    def test_a_port_that_is_taken_is_said(self):
        self.cast.found("示例联盟")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.assert_refused(REFUSED, "hub", "serve", "--port", port, data=self.folder / "hub", words=(port,))

    def test_a_second_server_of_one_folder_is_refused(self):
        self.assemble(("A1", 1))
        self.assert_refused(REFUSED, "hub", "serve", "--port", "0", data=self.folder / "hub")
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")

    def test_servers_stop_at_once_and_cleanly(self):
        self.assemble(("A1", 1))
        self.cast.stop_hub()
        for name, role in (("hub", "hub"), ("A1", "node")):
            for number in (signal.SIGTERM, signal.SIGINT):
                process = subprocess.Popen(
                    [PROGRAM.path, role, "serve", "--data", str(self.folder / name), "--port", "0", "--json"],
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                self.assertIn(b"listening", process.stdout.readline())
                started = time.monotonic()
                process.send_signal(number)
                try:
                    self.assertEqual(process.wait(10), 0, f"{role} {number}")
                finally:
                    process.kill()
                    process.stdout.close()
                self.assertLess(time.monotonic() - started, 3, f"{role} {number}")

    def test_a_killed_hub_starts_again(self):
        self.assemble(("A1", 1))
        self.cast.server.process.kill()
        self.cast.server.stop()
        self.cast.start_hub()
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")

    def test_a_node_server_and_commands_share_a_folder(self):
        self.assemble(("A1", 1))
        self.bring_in("A1", 1)
        node = Server(PROGRAM, "node", self.folder / "A1")
        self.addCleanup(node.stop)
        row = self.cast.rows("A1", "teacher")[0]
        self.cast.set("A1", "teacher", row, note="服务时所写")
        deadline = time.monotonic() + 30
        while self.ask("A1", "node", "status")["pending"] and time.monotonic() < deadline:
            time.sleep(0.2)  # between two looks at the condition
        self.assertEqual(self.ask("A1", "node", "status")["pending"], 0)
        self.assertEqual(next(r for r in self.cast.rows("hub", "teacher") if r["id"] == row["id"])["note"], "服务时所写")
        self.assertEqual(node.stop(), 0)

    def test_a_restored_copy_of_a_node_is_noticed_and_loses_nothing_silently(self):
        self.assemble(("A1", 1))
        self.bring_in("A1", 1)
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
        shutil.copytree(self.folder / "A1", self.folder / "copy")
        row = self.cast.rows("A1", "teacher")[0]
        self.ask("A1", "set", "teacher", row["id"], "note=原处")
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
        self.ask("copy", "set", "teacher", row["id"], "note=副本")
        outcome = self.ask("copy", "node", "sync", allow=(0, REFUSED))["outcome"]
        self.assertIn(outcome, ("refused", "alarmed"))
        self.assertTrue(self.ask("copy", "node", "status")["alarms"])
        self.assertEqual(self.ask("copy", "show", "teacher", row["id"])["columns"]["note"]["value"], "副本")


if __name__ == "__main__":
    unittest.main()
