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
from tempfile import TemporaryDirectory
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

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FAILED = re.compile(r'^\S+ Test (?:"(?P<quoted>[^"]+)"|(?P<plain>\S+)) .*?(?:recorded an issue|failed after)')
SUMMARY = re.compile(r" Test run with (?P<count>\d+) tests? ")


# Tests that wait for other processes.
WAITING = re.compile(r"ServerTests|TransportTests")


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


def copy_tree(chosen: Sequence[Mutant] = MUTANTS) -> None:
    """Brings the copy up to date, with some mutants in it; files that have not changed keep their time, so that they are not compiled again."""
    numbers = [mutant.number for mutant in chosen]
    if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise Stop(f"two mutants bear one number: {twice}")
    by_file: dict[str, list[Mutant]] = {}
    for mutant in chosen:
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


def build() -> Path:
    """Builds the tests; the program that runs them."""
    command = ["swift", "build", "--package-path", str(TREE), "--scratch-path", str(BUILD)]
    log = LOGS / "build.log"
    with open(log, "w", encoding="utf-8") as kept:
        built = subprocess.run([*command, "--build-tests"], stdin=subprocess.DEVNULL, stdout=kept, stderr=kept)
    if built.returncode != 0:
        errors = [line for line in log.read_text(encoding="utf-8").splitlines() if "error:" in line]
        raise Stop("\n".join(["the mutants do not compile", *(errors[:10] or [f"see {log}"])]))
    folder = subprocess.run(
        [*command, "--show-bin-path"], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    return Path(folder.strip()) / "jilianPackageTests.xctest"


class Run:
    """One run of some tests, ended soon after the first failure, or when its time is over.

    It runs the program that `swift test` would run, and spares its many seconds of planning.
    """

    def __init__(self, program: Path, log: Path, number: int | None, filters: Iterable[str], limit: float) -> None:
        self.failed: list[str] = []
        # How many tests ran, by the run's last line; none if it did not come to it.
        self.count: int | None = None
        self.began = False
        self.hung = False
        # What ends in the middle leaves its files behind: they have a folder of their own, which goes with the run.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        with TemporaryDirectory(prefix="jilian-mutants-", dir=memory) as folder:
            self._run(program, log, number, filters, limit, folder)

    def _run(
        self, program: Path, log: Path, number: int | None, filters: Iterable[str], limit: float, folder: str
    ) -> None:
        environment = {
            **os.environ, "JILIAN_PROGRAM": str(program.with_name("jilian")), "JILIAN_CONFIGURATION": "debug",
            "TMPDIR": folder}
        environment.pop("JILIAN_MUTANT", None)
        if number is not None:
            environment["JILIAN_MUTANT"] = str(number)
        command = [str(program), "--testing-library", "swift-testing"]
        for pattern in filters:
            command += ["--filter", pattern]
        with open(log, "w", encoding="utf-8") as kept:
            process = subprocess.Popen(
                command, cwd=TREE, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
            timers = [Timer(limit, self._hang, [process])]
            timers[0].start()
            assert process.stdout is not None
            try:
                for coloured in process.stdout:
                    line = COLOUR.sub("", coloured)
                    kept.write(line)
                    if self._reads(line) and len(self.failed) == 1 and len(timers) == 1 and number is not None:
                        timers.append(Timer(GRACE, _end, [process]))
                        timers[-1].start()
            finally:
                for timer in timers:
                    timer.cancel()
                _end(process)
                self.code = process.wait()

    def _reads(self, line: str) -> bool:
        """Takes note of a line; whether it tells of a test that failed."""
        self.began = self.began or " Test run started" in line
        if summary := SUMMARY.search(line):
            self.count = int(summary["count"])
        elif failure := FAILED.match(line):
            name = failure["quoted"] or failure["plain"]
            if name not in self.failed:
                self.failed.append(name)
            return True
        return False

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
        if not self.began or self.count == 0:
            raise Stop("no test ran")
        if self.count is None:
            return "(the tests crash)"
        return None


def _end(process: subprocess.Popen[str]) -> None:
    """Ends a run and all that it started: what is in the session that it leads. Its groups are several."""
    while True:
        found = False
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                # pid (name) state parent group session …
                state, _, _, session = (entry / "stat").read_text(encoding="latin-1").rpartition(")")[2].split()[:4]
                if int(session) == process.pid and state != "Z":
                    os.kill(int(entry.name), signal.SIGKILL)
                    found = True
            except (FileNotFoundError, ProcessLookupError):
                continue
        if not found:
            return
        time.sleep(0.01)


def check_unbroken(program: Path, filters: Iterable[str]) -> int:
    """Runs the tests with no rule broken; how many they are. Those that wait have the machine to themselves."""
    count = 0
    for name, waits in (("computing", False), ("waiting", True)):
        some = sorted(pattern for pattern in filters if bool(WAITING.match(pattern)) == waits)
        if not some:
            continue
        log = LOGS / f"{name}.log"
        run = Run(program, log, None, some, 10 * TIME_LIMIT)
        if run.code != 0 or not run.count:
            raise Stop(f"with no rule broken the tests do not pass: {run.noticed() or 'exit code'}; see {log}")
        count += run.count
    return count


def main(arguments: Sequence[str]) -> int:
    if not all(argument.isdecimal() for argument in arguments):
        raise Stop("usage: Deploy/mutants [NUMBER…]")
    numbers = [int(argument) for argument in arguments]
    if len({mutant.number for mutant in MUTANTS}) != len(MUTANTS):
        raise Stop("two mutants have one number")
    if unknown := set(numbers) - {mutant.number for mutant in MUTANTS}:
        raise Stop(f"there is no mutant {sorted(unknown)}")
    chosen = [mutant for mutant in MUTANTS if not numbers or mutant.number in numbers]
    started = time.monotonic()
    copy_tree()
    LOGS.mkdir(parents=True, exist_ok=True)
    program = build()
    built = time.monotonic()

    count = check_unbroken(program, {mutant.tests for mutant in chosen})
    tested = time.monotonic()
    print(f"built in {built - started:.0f} s; no rule broken: {count} tests pass in {tested - built:.0f} s", flush=True)

    survivors = 0
    for mutant in chosen:
        log = LOGS / f"{mutant.number}.log"
        try:
            noticed = Run(program, log, mutant.number, [mutant.tests], TIME_LIMIT).noticed()
        except Stop as stop:
            raise Stop(f"mutant {mutant.number}: {stop}; see {log}") from None
        survivors += noticed is None
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
