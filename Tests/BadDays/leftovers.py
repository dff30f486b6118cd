"""What a test run must not leave behind on the machine, however it ends: mounts, namespaces and processes.

A test cleans up after itself; this is for runs that are interrupted or told to stop, in which unittest calls no cleanups.
"""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Callable
from pathlib import Path

_cleanups: list[Callable[[], None]] = []


def clean_at_exit(cleanup: Callable[[], None]) -> None:
    """Has something cleaned up at the end of the run at the latest; cleaning up twice has to be harmless."""
    _cleanups.append(cleanup)


def _clean() -> None:
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)
    while _cleanups:
        _cleanups.pop()()


def _stop(number: int, _) -> None:
    _clean()
    os._exit(128 + number)


atexit.register(_clean)
signal.signal(signal.SIGTERM, _stop)
