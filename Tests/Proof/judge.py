#!/usr/bin/env python3
"""The judge: opens the SQLite files of a hub and its nodes, and the log of the edits that people made, and recomputes
whether all are equal, which edits stand, and whether any was lost.

    judge.py FOLDER

FOLDER holds `hub/`, `A1/`, `A2/` and `B/` with a replica's file each, `before/` with the hub's file as it was when it
was last stopped, and `edits.jsonl` (see edits.py). Exit 0: proved; 1: not, with a sentence for each fault.

It shares nothing with the program but the file format, and uses the standard library only.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from books import check_books
from canonical import Damage
from chains import check_chains, check_journal
from edits import Log
from findings import KINDS, Findings
from outcome import Outcome
from proof import Proof
from replica import Replica, read
from sameness import check_equal, check_hashes, check_secrecy

HUB = "hub"
NODES = ("A1", "A2", "B")
MINIMUM = {kind: least for kind, (_, _, least) in KINDS.items()}


def judge(folder: Path, minimum: dict[str, int] = MINIMUM) -> Proof:
    """Judges a folder; what is wrong stands in the proof's findings."""
    findings = Findings()
    replicas: list[Replica] = []
    equality: dict[str, dict[int, tuple[int, bool]]] = {}
    outcome = None
    try:
        replicas = [read(name, folder / name) for name in (HUB, *NODES)]
        before = read("before", folder / "before")
        hub, *nodes = replicas
        log = Log.read(folder / "edits.jsonl", hub.columns)
        for replica in replicas:
            findings.faults += replica.damage
            check_hashes(replica, findings)
        equality = {node.name: check_equal(hub, node, findings) for node in nodes}
        outcome = Outcome(hub, nodes, log, findings)
        outcome.check(before)
        check_secrecy(hub, nodes, findings)
        check_books(hub, nodes, findings)
        check_journal(hub, nodes, findings)
        check_chains(hub, nodes, findings)
    except Damage as damage:
        findings.fault(str(damage))
    except Exception as error:  # Evidence of any kind may be damaged in any way: that is a fault, never a pass.
        findings.fault(f"the evidence can't be read: {type(error).__name__}: {error}")
        outcome = None
    findings.demand(minimum)
    return Proof(replicas, equality, outcome, findings)


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge the files of a hub and three nodes against the log of edits.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    proof = judge(parser.parse_args().folder)
    print("\n".join(proof.lines()))
    return 1 if proof.findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
