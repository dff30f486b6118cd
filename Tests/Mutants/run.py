"""Breaks one rule after the other in a copy of the tree, and sees whether the tests notice.

All mutants are compiled into one build, each behind a switch that an environment variable turns on, so there is one
build and not one a mutant. Prints a table; exit 0 only if the tests pass with no rule broken and fail with each.

    python3 -B Tests/Mutants/run.py [NUMBER…]        all mutants, or those
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Timer

from mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".build" / "mutants"
TREE, BUILD, LOGS = SCRATCH / "tree", SCRATCH / "build", SCRATCH / "logs"

SWITCH = '''import Glibc

/// Which rule this process breaks: the mutant whose number the environment names.
public enum Mutant {
    private static let number = getenv("JILIAN_MUTANT").flatMap { Int(String(cString: $0)) }
    public static func isOn(_ number: Int) -> Bool { number == Self.number }
}
'''

# The longest that the tests of one mutant may run, seconds: what hangs has been noticed.
TIME_LIMIT = 120
# How long after its first failure a run goes on, so that more than one name can be told.
GRACE = 0.5
NAMES_SHOWN = 2

FAILED = re.compile(r'^\S+ Test "?(?P<name>.+?)"?(?:\(\))? (?:recorded an issue|failed after)')
SUMMARY = re.compile(r" Test run with (?P<count>\d+) tests? ")


class Stop(Exception):
    """Why the runner can't go on."""


# The copy


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    return [path for path in listing.split("\0") if path and (ROOT / path).is_file()]


def mutated(text: str, mutants: Sequence[Mutant]) -> str:
    """The text of a file with all its mutants in it."""
    places: list[tuple[int, Mutant]] = []
    for mutant in mutants:
        count = text.count(mutant.original)
        if count != 1:
            raise Stop(f"mutant {mutant.number}: its original stands {count} times in {mutant.file}")
        places.append((text.index(mutant.original), mutant))
    places.sort(key=lambda place: place[0])
    for (start, mutant), (following, other) in zip(places, places[1:]):
        if start + len(mutant.original) > following:
            raise Stop(f"mutants {mutant.number} and {other.number} overlap in {mutant.file}")
    for start, mutant in reversed(places):
        text = text[:start] + mutant.replacement() + text[start + len(mutant.original):]
    if not mutants[0].file.startswith("Sources/CRDT/") and not re.search(r"^(public )?import CRDT$", text, re.M):
        text = "import CRDT\n" + text
    return text


def copy_tree() -> None:
    """Brings the copy up to date; files that have not changed keep their time, so that they are not compiled again."""
    by_file: dict[str, list[Mutant]] = {}
    for mutant in MUTANTS:
        by_file.setdefault(mutant.file, []).append(mutant)
    wanted: dict[str, bytes] = {"Sources/CRDT/Mutant.swift": SWITCH.encode()}
    for path in tracked():
        wanted[path] = (ROOT / path).read_bytes()
    resolved = ROOT / "Package.resolved"
    if resolved.is_file():
        wanted["Package.resolved"] = resolved.read_bytes()
    for path, mutants in by_file.items():
        if path not in wanted:
            raise Stop(f"mutant {mutants[0].number}: there is no {path}")
        wanted[path] = mutated(wanted[path].decode(), mutants).encode()
    for file in TREE.rglob("*"):
        if file.is_file() and str(file.relative_to(TREE)) not in wanted:
            file.unlink()
    for path, content in wanted.items():
        target = TREE / path
        if target.is_file() and target.read_bytes() == content:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod((ROOT / path).stat().st_mode if (ROOT / path).exists() else 0o644)


# Builds and runs


def swift(command: str, *arguments: str) -> list[str]:
    return ["swift", command, "--package-path", str(TREE), "--scratch-path", str(BUILD), *arguments]


class Run:
    """One run of some tests, ended soon after the first failure, or when its time is over."""

    def __init__(self, log: Path, number: int | None, filters: Iterable[str], limit: float) -> None:
        self.failed: list[str] = []
        self.count = 0
        self.hung = False
        environment = {**os.environ, "JILIAN_PROGRAM": str(BUILD / "debug" / "jilian"), "JILIAN_CONFIGURATION": "debug"}
        environment.pop("JILIAN_MUTANT", None)
        if number is not None:
            environment["JILIAN_MUTANT"] = str(number)
        command = swift("test", "--skip-build", "--disable-xctest")
        for pattern in filters:
            command += ["--filter", pattern]
        with open(log, "w", encoding="utf-8") as kept:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace", start_new_session=True)
            timers = [Timer(limit, self._hang, [process])]
            timers[0].start()
            assert process.stdout is not None
            for line in process.stdout:
                kept.write(line)
                if summary := SUMMARY.search(line):
                    self.count = int(summary["count"])
                elif failure := FAILED.match(line):
                    if not self.failed and number is not None:
                        timers.append(Timer(GRACE, _end, [process]))
                        timers[-1].start()
                    if failure["name"] not in self.failed:
                        self.failed.append(failure["name"])
            self.code = process.wait()
            for timer in timers:
                timer.cancel()

    def _hang(self, process: subprocess.Popen[str]) -> None:
        self.hung = True
        _end(process)

    def noticed(self) -> str | None:
        """By what the broken rule was noticed; `None` if it was not."""
        if self.failed:
            more = len(self.failed) - NAMES_SHOWN
            return " · ".join(self.failed[:NAMES_SHOWN]) + (f" (+{more})" if more > 0 else "")
        if self.hung:
            return "(the tests hang)"
        if self.code != 0 and self.count == 0:
            return "(the tests crash)"
        return None


def _end(process: subprocess.Popen[str]) -> None:
    """Ends a run and what it started: it is the leader of a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def main(arguments: Sequence[str]) -> int:
    numbers = [int(argument) for argument in arguments]
    if len({mutant.number for mutant in MUTANTS}) != len(MUTANTS):
        raise Stop("two mutants have one number")
    if unknown := set(numbers) - {mutant.number for mutant in MUTANTS}:
        raise Stop(f"there is no mutant {sorted(unknown)}")
    chosen = [mutant for mutant in MUTANTS if not numbers or mutant.number in numbers]
    started = time.monotonic()
    copy_tree()
    LOGS.mkdir(parents=True, exist_ok=True)
    if subprocess.run(swift("build", "--build-tests", "--quiet")).returncode != 0:
        raise Stop("the mutants do not compile")
    built = time.monotonic()

    baseline = Run(LOGS / "baseline.log", None, sorted({mutant.tests for mutant in chosen}), 10 * TIME_LIMIT)
    if baseline.code != 0 or baseline.count == 0:
        raise Stop(f"with no rule broken the tests do not pass: {baseline.noticed()}; see {LOGS / 'baseline.log'}")
    tested = time.monotonic()
    print(f"built in {built - started:.0f} s; no rule broken: {baseline.count} tests pass in {tested - built:.0f} s",
          flush=True)

    survivors = 0
    for mutant in chosen:
        run = Run(LOGS / f"{mutant.number}.log", mutant.number, [mutant.tests], TIME_LIMIT)
        noticed = run.noticed()
        if noticed is None:
            survivors += 1
        elif run.count == 0 and not run.failed and not run.hung and "Test run started" not in \
                (LOGS / f"{mutant.number}.log").read_text(encoding="utf-8"):
            raise Stop(f"mutant {mutant.number}: no test ran; see {LOGS / f'{mutant.number}.log'}")
        print(f"{mutant.number:3} | {mutant.rule} | {Path(mutant.file).name} | {noticed or 'SURVIVED'}", flush=True)
    print(f"\n{len(chosen) - survivors} of {len(chosen)} broken rules were noticed, {survivors} survived; "
          f"{time.monotonic() - started:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"mutants: {stop}", file=sys.stderr)
        sys.exit(1)
