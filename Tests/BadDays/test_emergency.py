"""The morning after: a thousand sessions come back at once."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
import unittest
from collections import Counter

from ground import PROGRAM, BadDay, randomness, sweep
from light import Identity, Session

SESSIONS = sweep(1000, 2000)
IDENTITIES = 50
#: Nobody is starved: within so many seconds everybody has been served. How fast it goes on a quiet machine is measured by
#: `jilian bench-sessions`, not here.
LIMIT = 240


class EmergencyTest(BadDay):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def test_a_thousand_sessions_at_once_are_all_served_and_a_school_s_node_among_them(self):
        codes = [self.ask("hub", "hub", "invite", "--member", name)["code"] for name in self.new_members()]
        self.cast.work("A1", randomness("emergency"))
        sessions, seconds = asyncio.run(self.storm(codes))
        statuses = sum((Counter(session.statuses) for session in sessions), Counter())
        print(f"{len(sessions)} sessions in {seconds:.1f} s; answers by status: {dict(statuses)}", file=sys.stderr)
        self.assertEqual([session.count for session in sessions], [2] * SESSIONS)
        self.assertLess(seconds, LIMIT)
        self.assertGreater(statuses[503] + statuses[0], 0, "nobody had to wait: that was no storm")
        self.recover(edits=1)

    def new_members(self) -> list[str]:
        """As many as there are identities: a member's second node would have to be confirmed first."""
        names = [f"新成员{number}" for number in range(IDENTITIES)]
        file = self.folder / "members.csv"
        file.write_text("成员名称,类型\n" + "".join(f"{name},企业\n" for name in names), "utf-8")
        self.cast.bring_in("hub", "member", file)
        self.cast.take_as_before()
        return names

    async def storm(self, codes: list[str]) -> tuple[list[Session], float]:
        """Each session exchanges twice: first as one that is new to the hub, then from where it stands."""
        identities = [Identity() for _ in codes]
        for identity, code in zip(identities, codes):
            await identity.join(self.cast.port, code)
        sessions = [Session(identities[n % IDENTITIES]) for n in range(SESSIONS)]
        begun = time.monotonic()
        await asyncio.wait_for(asyncio.gather(self.school(), *map(self.come_back, sessions)), LIMIT)
        return sessions, time.monotonic() - begun

    async def come_back(self, session: Session) -> None:
        await session.exchange(self.cast.port)
        await session.exchange(self.cast.port)

    async def school(self) -> None:
        """A real node between them all: told to wait, it waits, and is proved in the end."""
        while True:
            done = await asyncio.to_thread(PROGRAM.run, "node", "sync", data=self.cast.data("A1"))
            if done.returncode == 0 and PROGRAM.read(done)["outcome"] in ("proved", "at-head"):
                return
            self.assert_told(done, done.returncode)
            await asyncio.sleep(1)  # a person who was told to wait tries again


if __name__ == "__main__":
    unittest.main()
