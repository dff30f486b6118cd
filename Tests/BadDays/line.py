"""A network line of its own: two namespaces with a cable between them, which can be slow, lossy or pulled out.

    with Line() as line:
        line.slow("64kbit")
        line.lose(percent=15)
        program = line.program(Line.HUB, path, folder)     # a program as it runs at that end

Every address, queue and rule lives in the namespaces and goes with them. They need root, `ip`, `tc` and `nft`; where one
is missing, making a line fails, for nothing would be tested.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from leftovers import clean_at_exit


class Line:
    HUB, NODE = "h", "n"
    #: Of the block that is for documentation: nobody's.
    ADDRESSES = {HUB: "192.0.2.1", NODE: "192.0.2.2"}

    def __enter__(self) -> Line:
        clean_at_exit(self.__exit__)
        try:
            for end in self.ADDRESSES:
                self._run("ip", "netns", "add", self._space(end))
            self._run("ip", "-n", self._space(self.HUB), "link", "add", "cable", "type", "veth", "peer", "name", "cable",
                      "netns", self._space(self.NODE))
            for end, address in self.ADDRESSES.items():
                self._run("ip", "-n", self._space(end), "address", "add", f"{address}/30", "dev", "cable")
                self.plug(end)
            self.slow("1gbit")
            self.lose(0)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for end in self.ADDRESSES:
            subprocess.run(["ip", "netns", "delete", self._space(end)], capture_output=True)

    def program(self, end: str, path: str, folder: Path) -> Path:
        """A script that runs the program at one end."""
        script = folder / f"jilian-{end}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self._space(end)} "{path}" "$@"\n')
        script.chmod(0o700)
        return script

    def slow(self, rate: str) -> None:
        """In both directions, with queues as short as home routers have them."""
        for end in self.ADDRESSES:
            self._run("tc", "-n", self._space(end), "qdisc", "replace", "dev", "cable", "root", "tbf", "rate", rate,
                      "burst", "16kb", "latency", "400ms")

    def lose(self, percent: int) -> None:
        """So many of a hundred packets, at random, in both directions."""
        rules = 'flush ruleset\ntable netdev line {\n chain in {\n  type filter hook ingress device "cable" priority 0;\n'
        rules += f"  numgen random mod 100 < {percent} drop\n" if percent else ""
        for end in self.ADDRESSES:
            self._run("ip", "netns", "exec", self._space(end), "nft", "-f", "-", input=rules + " }\n}\n")

    def pull(self, end: str) -> None:
        """Pulls the cable out: what is sent arrives nowhere, and nobody is told."""
        self._run("ip", "-n", self._space(end), "link", "set", "cable", "down")

    def plug(self, end: str) -> None:
        self._run("ip", "-n", self._space(end), "link", "set", "cable", "up")

    @staticmethod
    def _space(end: str) -> str:
        return f"jilian-{os.getpid()}-{end}"

    @staticmethod
    def _run(*arguments: str, input: str | None = None) -> None:
        done = subprocess.run(arguments, capture_output=True, text=True, input=input)
        if done.returncode != 0:
            raise RuntimeError(f"no line of its own can be made, so nothing is known of bad ones: "
                               f"{' '.join(arguments)}: {done.stderr.strip()}")
