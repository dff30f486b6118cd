"""What every end-to-end test starts from: the built program and a folder of its own.

`JILIAN_PROGRAM` names the program; without it the debug build is taken.
"""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Proof"))

from cast import Cast
from program import Program, Server  # the tests take Server from here

PROGRAM = Program(os.environ.get("JILIAN_PROGRAM", ROOT / ".build" / "debug" / "jilian"))

#: Files of a school in an order in which they can be imported, with their tables.
TABLES = {
    "bases": "base", "spaces": "space", "teachers": "teacher", "teacher_contacts": "teacher_contact",
    "teacher_specialties": "teacher_specialty",
}
ORDER = list(TABLES)

#: What a stack trace of a Swift program looks like.
TRACES = ("Fatal error", "Stack dump", "Backtrace", "*** Program crashed", "Thread 0", "Swift/")


class ScratchTest(unittest.TestCase):
    """A test with a scratch folder, and a cast of replicas in it whose hub is stopped at the end."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="jilian-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.cast = Cast(PROGRAM, self.folder)
        self.addCleanup(self.cast.close)

    def ask(self, name: str, *arguments: str, allow: tuple[int, ...] = (0,)):
        """A command on the replica of a name, which has to end well; its JSON."""
        return self.cast.ask(name, *arguments, allow=allow)

    def assemble(self, *joining: tuple[str, int]) -> list[str]:
        """A hub that serves, with the sample's members, and nodes (name, number of the school) that have joined it."""
        self.cast.found("示例联盟")
        sample = PROGRAM.ask("sample", str(self.folder / "sample"), data=None)
        for file in sample["files"]:
            if file["member"] is None:
                self.cast.bring_in("hub", file["table"], self.folder / "sample" / file["name"])
        self.cast.start_hub()
        for name, school in joining:
            self.cast.join(name, sample["schools"][school - 1])
        return sample["schools"]

    def bring_in(self, name: str, school: int):
        """Imports a school's files at one of its nodes."""
        for file in sorted((self.folder / "sample").glob(f"*-{school}.csv"), key=lambda file: ORDER.index(file.name.split("-")[0])):
            self.cast.bring_in(name, TABLES[file.name.split("-")[0]], file)

    def assert_refused(self, code: int, *arguments: str, data: Path | None, words: tuple[str, ...] = ()) -> dict:
        """A command that has to end with an exit code and a sentence in both languages; its error.

        Without --json it has to say as much on stderr, and nothing on stdout.
        """
        done = PROGRAM.run(*arguments, data=data)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        self.assert_calm(done.stdout + done.stderr)
        error = PROGRAM.read(done)["error"]
        self.assertTrue(error["code"] and error["zh"] and error["en"], error)
        for word in words:
            self.assertIn(word, error["zh"] + error["en"] + str(error["details"]))
        text = PROGRAM.run(*arguments, data=data, plain=True)
        self.assertEqual((text.returncode, text.stdout), (code, ""))
        self.assertIn(error["en"].splitlines()[0], text.stderr)
        self.assert_calm(text.stderr)
        return error

    def assert_calm(self, text: str):
        """No stack trace, whatever happens."""
        for trace in TRACES:
            self.assertNotIn(trace, text)
