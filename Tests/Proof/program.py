"""Runs the built program as people do: one command at a time, answers in JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

REFUSED, USAGE, UNREACHABLE = 1, 2, 3
COMMAND_SECONDS = 180


class Refused(Exception):
    """A command ended otherwise than the caller expected."""

    def __init__(self, arguments: list[str], code: int, stdout: str, stderr: str):
        self.code, self.stdout, self.stderr = code, stdout, stderr
        super().__init__(f"jilian {' '.join(arguments)}: exit {code}\n{stdout}{stderr}".rstrip())

    @property
    def error(self) -> dict:
        """The error as the program put it, in JSON."""
        return json.loads(self.stdout)["error"]


class Program:
    """The program at a path."""

    def __init__(self, path: Path | str):
        self.path = str(Path(path).resolve())

    def run(
        self, *arguments: str, data: Path | None, plain: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs one command to its end, whatever that is; `plain` asks for text instead of JSON."""
        line = [self.path, *arguments, *(["--data", str(data)] if data else []), *([] if plain else ["--json"])]
        return subprocess.run(
            line, capture_output=True, text=True, encoding="utf-8", timeout=COMMAND_SECONDS,
            stdin=subprocess.DEVNULL, env=os.environ | environment)

    def ask(self, *arguments: str, data: Path | None, allow: tuple[int, ...] = (0,)):
        """Runs one command and reads its JSON; throws if it ends with another exit code than allowed."""
        done = self.run(*arguments, data=data)
        if done.returncode not in allow:
            raise Refused(list(arguments), done.returncode, done.stdout, done.stderr)
        return self.read(done)

    @staticmethod
    def read(done: subprocess.CompletedProcess[str]):
        """The JSON that a command printed."""
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError as error:
            raise Refused(done.args[1:], done.returncode, done.stdout, f"{done.stderr}\nnot JSON: {error}") from error


class Server:
    """A `hub serve` or `node serve` that runs until `stop`."""

    READY_SECONDS = 60
    STOP_SECONDS = 10

    def __init__(
        self, program: Program, role: str, data: Path, port: int = 0, log: Path | None = None, options: tuple[str, ...] = ()
    ):
        self._log = log.open("ab") if log else subprocess.DEVNULL
        arguments = [program.path, role, "serve", "--data", str(data), "--port", str(port), "--json", *options]
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, text=True, encoding="utf-8")
        self._drain = threading.Thread(target=self.process.stdout.read, daemon=True)
        line = self._first_line()
        try:
            #: What it said when it began to listen.
            self.opened = json.loads(line)
            self.url = self.opened["listening"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            code = self._ended()
            raise Refused(arguments[1:], code, line, "") from error
        # Nobody reads on: keep the pipe from filling.
        self._drain.start()

    def _first_line(self) -> str:
        timer = threading.Timer(self.READY_SECONDS, self.process.kill)
        timer.start()
        try:
            return self.process.stdout.readline()
        finally:
            timer.cancel()

    def _ended(self) -> int:
        """The exit code of a server that does not serve: its own if it ends by itself."""
        try:
            self.process.wait(self.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        return self.stop()

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].strip("/"))

    def stop(self) -> int:
        """Asks it to stop; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(self.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if self._drain.is_alive():
            self._drain.join()
        self.process.stdout.close()
        if self._log is not subprocess.DEVNULL:
            self._log.close()
        return code
