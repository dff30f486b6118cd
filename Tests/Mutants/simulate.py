"""Breaks one rule after the other in a copy of the tree, and sees whether the simulator notices within 1,000 seeds.

The copy is the one that `run.py` makes, built for release: no build of ours has the switches. Prints for each canary the
first seed that found it and the invariant; exit 0 only if 20 seeds pass with no rule broken, and each canary is found.

    python3 -B Tests/Mutants/simulate.py [--stories] [NUMBER…]        all canaries, or those mutants
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from canaries import CANARIES, ONLY_SIMULATED
from mutants import MUTANTS
from run import LOGS, SCRATCH, TREE, Stop, copy_tree

SEEDS = 1000
CLEAN_SEEDS = 20


def build() -> Path:
    command = ["swift", "build", "--package-path", str(TREE), "--scratch-path", str(SCRATCH / "release"),
               "-c", "release", "--product", "jilian"]
    log = LOGS / "build-release.log"
    with open(log, "w", encoding="utf-8") as kept:
        built = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=kept, stderr=kept)
    if built.returncode != 0:
        raise Stop(f"the canaries do not compile; see {log}")
    folder = subprocess.run(
        [*command, "--show-bin-path"], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    return Path(folder.strip()) / "jilian"


def simulate(program: Path, number: int | None, *options: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    environment.pop("JILIAN_MUTANT", None)
    if number is not None:
        environment["JILIAN_MUTANT"] = str(number)
    return subprocess.run(
        [str(program), "simulate", *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment)


def failures(program: Path, number: int | None, seeds: int) -> list[dict[str, object]]:
    """Seeds that failed because something was broken, not because too little happened."""
    run = simulate(program, number, "--seeds", f"1..{seeds}", "--stop", "--json")
    try:
        found = json.loads(run.stdout)["failures"]
    except (ValueError, KeyError):
        raise Stop(f"the simulator says nothing: {run.stderr[-500:]}") from None
    return [failure for failure in found if failure["invariant"] != "too little"]


def main(arguments: Sequence[str]) -> int:
    tells = "--stories" in arguments
    numbers = {int(argument) for argument in arguments if argument.isdecimal()}
    chosen = [canary for canary in CANARIES if not numbers or canary.number in numbers]
    started = time.monotonic()
    numbered = {canary.number for canary in CANARIES}
    copy_tree([mutant for mutant in [*MUTANTS, *ONLY_SIMULATED] if mutant.number in numbered])
    LOGS.mkdir(parents=True, exist_ok=True)
    program = build()
    if broken := failures(program, None, CLEAN_SEEDS):
        raise Stop(f"with no rule broken the simulator fails: {broken}")
    print(f"built; {CLEAN_SEEDS} seeds pass with no rule broken; {time.monotonic() - started:.0f} s", flush=True)
    unnoticed = 0
    for canary in chosen:
        found = failures(program, canary.number, SEEDS)
        unnoticed += not found
        verdict = f"seed {found[0]['seed']} | {found[0]['invariant']}: {found[0]['detail']}" if found else "NOT FOUND"
        print(f"{canary.number:3} | {canary.name} | {verdict}", flush=True)
        if found and tells:
            print(simulate(program, canary.number, "--seed", str(found[0]["seed"])).stdout, flush=True)
    print(f"\n{len(chosen) - unnoticed} of {len(chosen)} canaries were found, {unnoticed} not; "
          f"{time.monotonic() - started:.0f} s")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"canaries: {stop}", file=sys.stderr)
        sys.exit(1)
