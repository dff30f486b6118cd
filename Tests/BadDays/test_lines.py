"""Lines that lose packets, that are slow, and that are cut without a word, made in network namespaces."""

from __future__ import annotations

import shutil
import time
import unittest

from ground import PROGRAM, Alliance, BadDay, randomness, sweep
from line import Line

from program import UNREACHABLE, Program, Server

ROWS = sweep(1500, 20_000)
#: How long a node may wait for a line that is dead.
PATIENCE = 45


class FarAlliance(Alliance):
    """A hub at one end of a line and its nodes at the other."""

    def __init__(self, program: Program, folder, line: Line):
        super().__init__(program, folder)
        self.hub_program = Program(line.program(Line.HUB, program.path, folder))
        self.node_program = Program(line.program(Line.NODE, program.path, folder))

    def ask(self, name: str, *arguments: str, allow: tuple[int, ...] = (0,)):
        program = self.node_program if arguments[0] == "node" else self.program
        more = ("--insecure-http",) if arguments[:2] == ("node", "join") else ()
        return program.ask(*arguments, *more, data=self.data(name), allow=allow)

    def start_hub(self, *options: str) -> None:
        self.server = Server(
            self.hub_program, "hub", self.data("hub"), self.port, self.folder / "hub.log",
            ("--host", Line.ADDRESSES[Line.HUB], "--insecure-http", *options))
        self.port = self.server.port


class LineTest(BadDay):
    def set_up_alliance(self):
        self.choose = randomness(self.id().rsplit(".", 1)[1])
        self.line = Line().__enter__()
        self.addCleanup(self.line.__exit__)
        self.cast = FarAlliance(PROGRAM, self.folder, self.line)
        self.addCleanup(self.cast.close)
        self.assemble(("A1", 1), ("A2", 1), ("B", 2))
        for name, number in (("A1", 1), ("B", 2)):
            for table in ("base", "space", "teacher", "teacher_contact"):
                self.cast.bring_in(name, table, self.folder / "sample" / f"{table}s-{number}.csv")
        self.assertTrue(self.cast.sync_all())
        self.cast.stop_hub()
        shutil.copytree(self.cast.data("hub"), self.cast.data("before"))
        self.cast.log("hub-stopped")
        self.cast.start_hub()
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")

    def bring_many(self, name: str) -> set[str]:
        """Teachers with a little to say each; what they have to say."""
        notes = [f"{self.choose.getrandbits(64):016x}" for _ in range(ROWS)]
        file = self.folder / "many.csv"
        file.write_text("工号,姓名,备注\n" + "".join(f"线{row},示例·{row},{note}\n" for row, note in enumerate(notes)), "utf-8")
        self.cast.bring_in(name, "teacher", file)
        return set(notes)

    def sync_until_proved(self, name: str, attempts: int) -> None:
        for _ in range(attempts):
            if self.cast.sync(name)["outcome"] == "proved":
                return
            self.assertEqual(self.ask(name, "node", "status")["alarms"], [])
        self.fail(f"{name} is not proved after {attempts} syncs")

    def assert_arrived(self, notes: set[str]) -> None:
        """All is at the hub, and has to be everywhere at the end."""
        self.assertLessEqual(notes, {row["note"] for row in self.cast.rows("hub", "teacher")})
        self.cast.take_as_before()

    def test_thousands_of_rows_pass_a_line_that_is_slow_and_loses_every_sixth_packet(self):
        notes = self.bring_many("B")
        self.line.slow("64kbit")
        begun = time.monotonic()
        self.sync_until_proved("B", attempts=2)
        self.assertGreater(time.monotonic() - begun, 2, "the line was not slow")
        self.assert_arrived(notes)
        for percent in sweep((15,), (10, 15, 20)):
            self.line.lose(percent)
            self.cast.work("A1", self.choose)
            self.sync_until_proved("A1", attempts=8)
        self.line.slow("1gbit")
        self.sync_until_proved("A2", attempts=8)
        self.line.lose(0)
        self.recover(edits=1)

    def test_a_line_that_is_cut_without_a_word_is_given_up_and_used_again(self):
        notes = self.bring_many("B")
        self.line.slow("64kbit")
        sync = self.start_sync("B")
        time.sleep(2)  # the transfer takes tens of seconds at this rate: the cut has to fall into its middle
        self.assertIsNone(sync.poll(), "there was nothing left to cut")
        self.line.pull(Line.HUB)
        begun = time.monotonic()
        done = self.completed(sync)
        self.assertLess(time.monotonic() - begun, PATIENCE)
        self.assert_told(done, UNREACHABLE, "连不上中心", "your edits are safe")
        self.line.plug(Line.HUB)
        self.line.slow("1gbit")
        self.sync_until_proved("B", attempts=2)
        self.assert_arrived(notes)
        self.cast.work("A1", self.choose)
        self.recover(edits=1)


if __name__ == "__main__":
    unittest.main()
