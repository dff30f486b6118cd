"""`Deploy/run --once` proves itself, and each sabotage is seen."""

from __future__ import annotations

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from scratch import ROOT

SECONDS = 900


class OnceTest(unittest.TestCase):
    def once(self, *options: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"JILIAN_CONFIGURATION": "debug"}
        return subprocess.run(
            [str(ROOT / "Deploy" / "run"), "--once", *options], capture_output=True, text=True, encoding="utf-8",
            timeout=SECONDS, stdin=subprocess.DEVNULL, env=environment)

    def assert_seen(self, sabotage: str, *words: str):
        done = self.once("--sabotage", sabotage)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        faults = [line for line in done.stdout.splitlines() if line.startswith("  ✗")]
        for word in words:
            self.assertTrue(any(word in fault for fault in faults), f"{word}:\n{done.stdout}")

    def test_once_passes_and_prints_the_proof(self):
        with tempfile.TemporaryDirectory() as folder:
            keep = Path(folder) / "kept"
            done = self.once("--keep", str(keep))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("PASSED", done.stdout)
            self.assertTrue((keep / "edits.jsonl").exists() and (keep / "B" / "replica.sqlite").exists())
            judged = subprocess.run([str(ROOT / "Tests" / "Proof" / "judge.py"), str(keep)], capture_output=True)
            self.assertEqual(judged.returncode, 0)

    def test_a_dropped_edit_is_seen(self):
        self.assert_seen("drop-edit", "LOST: A2's edit of teacher", "stands nowhere")

    def test_a_skipped_merge_is_seen(self):
        self.assert_seen("skip-merge", "B stands at rev", "base", "note differs")

    def test_a_flipped_value_is_seen(self):
        self.assert_seen("flip-value", "at A1 is not what its hash says", "hours differs")

    def test_an_unknown_sabotage_is_refused(self):
        self.assertNotEqual(self.once("--sabotage", "nothing").returncode, 0)


if __name__ == "__main__":
    unittest.main()
