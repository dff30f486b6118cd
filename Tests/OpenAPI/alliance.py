"""A hub and a node that serve, with a sample alliance, open conflicts and rejected transactions."""

from __future__ import annotations

import datetime
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))
# Behind the others: both have a module `program`, and it is Proof's that is wanted.
sys.path.append(str(ROOT / "Tests" / "interop"))

import requests

import scratch
from scratch import Cast, Server

from signer import Joined


class Bearer(requests.auth.AuthBase):
    """The token of a node's API, as it stands in its folder."""

    def __init__(self, folder: Path):
        self.token = (folder / "api-token").read_text().strip()

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Alliance:
    """Two schools; the second's node serves. Of each kind of inbox entry there are `INBOX`."""

    INBOX = 8

    def __init__(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="jilian-openapi-")
        self.folder = Path(self._temporary.name)
        self.cast = Cast(scratch.PROGRAM, self.folder)
        self.node: Server | None = None
        self.exit_codes: dict[str, int] = {}
        try:
            self._assemble()
            self._collide()
            self._share()
            self.node = Server(scratch.PROGRAM, "node", self.data("node"), log=self.log("node"))
            self.bearer = Bearer(self.data("node"))
        except BaseException:
            self.close()
            raise

    def data(self, name: str) -> Path:
        return self.cast.data(name)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    @property
    def hub_url(self) -> str:
        return self.cast.server.url

    @property
    def node_url(self) -> str:
        return self.node.url

    def _assemble(self) -> None:
        cast, sample = self.cast, self.folder / "sample"
        cast.found("示例联盟")
        cast.start_hub()
        listed = scratch.PROGRAM.ask("sample", str(sample), data=None)
        self.schools = listed["schools"][:3]
        for file in listed["files"]:
            if file["member"] is None:
                cast.bring_in("hub", file["table"], sample / file["name"])
        for name, number in (("other", 1), ("node", 2)):
            cast.join(name, self.schools[number - 1])
            cast.sync(name)
            for file in sorted(
                (file for file in listed["files"] if file["member"] == self.schools[number - 1]),
                key=lambda file: list(scratch.TABLES.values()).index(file["table"]),
            ):
                cast.bring_in(name, file["table"], sample / file["name"])
        # A member of its own signs the requests to the hub.
        self.code = cast.ask("hub", "hub", "invite", "--member", self.schools[2])["code"]
        self.signer = Joined(self.hub_url, self.code)

    def _collide(self) -> None:
        """Both edit bases that they own together, and the owner takes some of them back meanwhile."""
        cast, partner = self.cast, self.schools[1]
        names = [f"示例共建基地{number:02}" for number in range(2 * self.INBOX)]
        self._bases([f"{name},{partner}," for name in names])
        cast.sync("other")
        cast.sync("node")
        contested, taken_back = names[: self.INBOX], names[self.INBOX :]
        self._bases([f"{name},{partner},示例：共建方" for name in contested] + [f"{name},," for name in taken_back])
        cast.sync("other")
        for name in names:
            cast.ask("node", "set", "base", name, "note=示例：本方")
        cast.sync("node")
        self.require(len(cast.ask("node", "conflicts", "list")) == self.INBOX, "conflicts")
        self.require(len(cast.ask("node", "rejected", "list")) == self.INBOX, "rejected transactions")

    def _share(self) -> None:
        """The node holds a space and places of two plans; the other school asks for two times of the space, and allots
        it some of its own."""
        cast, school = self.cast, self.schools[1]
        cast.ask("hub", "add", "pathway", "name=示例2+2", "first_years=2", "later_years=2", f"lead={self.schools[0]}")
        major = cast.ask("hub", "add", "major", "code=示例01", "name=示例专业")["id"]
        self.plan, self.plain = (
            cast.ask("hub", "quota", "plan", "year=2027", f"major={major}", "level=senior", f"pathway={name}", "--total", "200")["id"]
            for name in ("示例2+2", "示例三年制"))
        self.space, others = (
            cast.ask(
                name, "add", "space", f"base={cast.ask(name, 'add', 'base', 'name=示例预约基地')['id']}", f"name={room}",
                "capacity=40", "mode=workstation", "workstations=4")["id"]
            for name, room in (("node", "示例预约车间"), ("other", "示例邻校车间")))
        today = datetime.date.today()
        self.monday = today - datetime.timedelta(days=today.weekday()) + datetime.timedelta(days=14)
        for name in ("node", "other"):
            cast.ask(name, "add", "term", "name=示例学期", f"first_monday={self.monday}", "weeks=16")
        for plan in (self.plan, self.plain):
            cast.ask("hub", "quota", "allot", plan, school, "40")
        for name in ("node", "other") * 2:
            cast.sync(name)
        day = self.monday + datetime.timedelta(days=70)
        self.asked = [
            cast.ask("other", "book", self.space, "--purpose", "示例", "--from", f"{day} {hour}:00", "--to", f"{day} {hour + 1}:00")["request"]
            for hour in (10, 14)]
        cast.ask("other", "allot", others, "--to", school, "--weekday", "3", "--weeks", "2", "--starts", "08:00", "--ends", "10:00")
        for name in ("other", "node"):
            cast.sync(name)

    def _bases(self, lines: list[str]) -> None:
        file = self.folder / "bases.csv"
        file.write_text("\n".join(["实训基地名称,共建单位,备注", *lines, ""]), encoding="utf-8")
        self.cast.bring_in("other", "base", file)

    @staticmethod
    def require(holds: bool, what: str) -> None:
        if not holds:
            raise RuntimeError(f"the alliance could not be set up: {what}")

    def get(self, path: str):
        """What the node answers, as JSON."""
        answer = requests.get(self.node_url + path, auth=self.bearer, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def stop(self) -> None:
        """Stops both servers and keeps how they ended."""
        node, self.node = self.node, None
        if node:
            self.exit_codes["node"] = node.stop()
        hub, self.cast.server = self.cast.server, None
        if hub:
            self.exit_codes["hub"] = hub.stop()

    def close(self) -> None:
        self.stop()
        self.cast.close()
        self._temporary.cleanup()
