"""Peers that stall: hubs that take a request and never answer, drip a few bytes a second, hang up or freeze; and strangers
who keep the hub's connections half open."""

from __future__ import annotations

import signal
import socket
import time
import unittest
import urllib.request

from ground import PROGRAM, BadDay, randomness, sweep, until
from proxy import Exchange, Plan

from program import UNREACHABLE, Server

#: A node gives a hub up within its 30 s of patience and some for the machine.
PATIENCE = 45
#: What else happens on the folder meanwhile is not kept waiting.
PROMPT = 10
#: Bytes a second that are no line at all.
DRIP = 4
FOREVER = 3600

SLOW = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 4000\r\n\r\n" + bytes(4000)


class StalledHubTest(BadDay):
    def setUp(self):
        super().setUp()
        self.choose = randomness(self.id().rsplit(".", 1)[1])

    def test_a_hub_that_hangs_up_at_once_is_unreachable_at_once(self):
        self.cast.work("A1", self.choose)
        self.proxy.follow(lambda _: Plan(cut_request=0))
        before = time.monotonic()
        self.assert_unreachable(PROGRAM.run("node", "sync", data=self.cast.data("A1")))
        self.assertLess(time.monotonic() - before, PROMPT)
        self.recover(edits=1)

    def assert_unreachable(self, done) -> None:
        self.assert_told(done, UNREACHABLE, "连不上中心", "The hub can't be reached", "改动已存好", "your edits are safe")

    def test_stalled_hubs_are_given_up_and_a_served_node_recovers_by_itself(self):
        """All at once, since each takes its half minute: a silent hub for A1, a dripping one for A2, a frozen one for B."""
        served = Server(PROGRAM, "node", self.cast.data("B"))
        self.addCleanup(served.stop)
        self.wait_until_proved("B", 30)
        self.proxy.follow(self.stall)
        hub = self.cast.server.process
        hub.send_signal(signal.SIGSTOP)
        self.addCleanup(hub.send_signal, signal.SIGCONT)
        for name in ("A1", "A2", "B"):
            self.cast.work(name, self.choose)
        begun = time.monotonic()
        syncs = {name: self.start_sync(name) for name in ("A1", "A2")}
        self.assert_folder_is_free("A1")
        for name, sync in syncs.items():
            with self.subTest(name):
                self.assert_gives_up(sync, begun)
        until(lambda: self.ask("B", "node", "status")["failingSince"], PATIENCE, "B's server says that its hub is away")
        self.assertEqual(self.ask("B", "node", "status")["pending"], 1)
        hub.send_signal(signal.SIGCONT)
        self.wait_until_proved("B", PATIENCE)
        self.assertEqual(served.stop(), 0)
        self.recover(edits=3)

    def stall(self, exchange: Exchange) -> Plan:
        names = {self.cast.replica(name).hex(): name for name in ("A1", "A2")}
        match names.get(exchange.replica):
            case "A1":
                return Plan(answer=SLOW, delay=FOREVER)
            case "A2":
                return Plan(answer=SLOW, drip=DRIP)
        return Plan()

    def wait_until_proved(self, name: str, seconds: float) -> None:
        def is_proved() -> bool:
            status = self.ask(name, "node", "status")
            return status["pending"] == 0 and status["provedRev"] == status["hubHead"] == self.hub_rev()

        until(is_proved, seconds, f"{name} is proved")

    def hub_rev(self) -> int:
        return self.cast.one("hub", "SELECT rev FROM replica_state")

    def assert_folder_is_free(self, name: str) -> None:
        """People work on while a sync waits for its hub."""
        before = time.monotonic()
        self.ask(name, "list", "teacher")
        self.cast.work(name, self.choose)
        self.assertEqual(self.ask(name, "node", "status")["pending"], 2)
        self.assertTrue(self.ask(name, "verify", "--deep")["clean"])
        self.assertLess(time.monotonic() - before, PROMPT)

    def assert_gives_up(self, sync, begun: float) -> None:
        try:
            until(lambda: sync.poll() is not None, PATIENCE - (time.monotonic() - begun), "it gives up")
        except AssertionError:
            # The next sync would wait for it.
            sync.kill()
            raise
        self.assert_unreachable(self.completed(sync))

    # Strangers

    def test_half_requests_of_many_do_not_hinder_others(self):
        strangers = sweep(200, 1000)
        heads = (
            b"", b"POST /sync/v1/exchange HTT", b"GET /healthz HTTP/1.1\r\nhost: x\r\n",
            b"POST /sync/v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 33000000\r\n\r\nhalf",
            b"POST /sync/v1/join HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1000\r\nhalf")
        for number in range(strangers):
            connection = socket.create_connection(("127.0.0.1", self.cast.port), timeout=5)
            self.addCleanup(connection.close)
            connection.sendall(heads[number % len(heads)])
        for name in ("A1", "B"):
            self.cast.work(name, self.choose)
            before = time.monotonic()
            self.assertEqual(self.cast.sync(name)["outcome"], "proved")
            self.assertLess(time.monotonic() - before, PROMPT)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.cast.port}/readyz", timeout=5) as answer:
            self.assertEqual(answer.status, 200)
        self.recover(edits=2)


if __name__ == "__main__":
    unittest.main()
