"""The Swift program as the counterpart: a hub and its nodes, driven by their command line."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

PROGRAM = os.environ.get("JILIAN_PROGRAM", "jilian")
COMMAND_TIMEOUT = 120


class CommandFailed(Exception):
    """A command ended with an exit code other than 0."""

    def __init__(self, arguments: Sequence[str], code: int, error: str) -> None:
        super().__init__(f"jilian {' '.join(arguments)}: exit code {code}: {error.strip()}")
        self.code = code


def run(*arguments: str) -> Any:
    """Run a command to its end and read the JSON that it prints."""
    done = subprocess.run(
        [PROGRAM, *arguments, "--json"], capture_output=True, text=True, encoding="utf-8", timeout=COMMAND_TIMEOUT
    )
    if done.returncode != 0:
        raise CommandFailed(arguments, done.returncode, done.stderr or done.stdout)
    return json.loads(done.stdout)


class Replica:
    """A replica's folder, and the commands on it."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *arguments: str) -> Any:
        return run(*arguments, "--data", str(self.data))

    def list(self, table: str) -> dict[str, Mapping[str, Any]]:
        """The rows of a table by id."""
        return {row["id"]: row for row in self.run("list", table)}

    def verify(self) -> Mapping[str, Any]:
        """What a deep check of the file finds."""
        return self.run("verify", "--deep")


class SwiftNode(Replica):
    """A node that the Swift program runs."""

    def __init__(self, data: Path, address: str, code: str, name: str) -> None:
        super().__init__(data)
        self.joined = self.run("node", "join", "--hub", address, "--code", code, "--name", name)

    def sync(self) -> Mapping[str, Any]:
        return self.run("node", "sync")

    def confirm(self, node_id: str) -> None:
        """Let a further node of its member take part."""
        self.sync()
        self.run("node", "confirm", node_id)
        self.sync()

    @property
    def status(self) -> Mapping[str, Any]:
        return self.run("node", "status")


class Hub(Replica):
    """A hub with invented members (示例), served on a free port of this machine until it is closed."""

    def __init__(self, members: Sequence[str]) -> None:
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        super().__init__(folder / "hub")
        self.folder = folder
        try:
            self.run("hub", "init", "--name", "示例联盟")
            roster = folder / "members.csv"
            roster.write_text("\n".join(["成员名称,类型", *(f"{name},技工院校" for name in members)]), encoding="utf-8")
            self.run("import", "member", str(roster))
            self.address = self._serve()
        except BaseException:
            self.close()
            raise

    def _serve(self, port: str = "0") -> str:
        log = self._stack.enter_context((self.folder / "hub.log").open("a"))
        self._server = subprocess.Popen(
            [PROGRAM, "hub", "serve", "--host", "127.0.0.1", "--port", port, "--json", "--data", str(self.data)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        self._stack.callback(_stop, self._server)
        assert self._server.stdout is not None
        return json.loads(self._server.stdout.readline())["listening"]

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop serving, and in the end serve again at the same port."""
        _stop(self._server)
        yield
        self._serve(self.address.rpartition(":")[2])

    def close(self) -> None:
        """Stop serving and remove the folder."""
        self._stack.close()

    def invite(self, member: str) -> str:
        """A one-time code for a member, by name or id."""
        return self.run("hub", "invite", "--member", member)["code"]

    def swift_node(self, member: str, folder: str) -> SwiftNode:
        """A Swift node of a member, joined."""
        return SwiftNode(self.folder / folder, self.address, self.invite(member), "示例节点 Swift")

    def node_report(self, node_id: str) -> Mapping[str, Any]:
        """What the hub knows of a node."""
        return next(node for node in self.run("hub", "nodes") if node["id"] == node_id)


def _stop(server: subprocess.Popen[str]) -> None:
    server.terminate()
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdout:
        server.stdout.close()
