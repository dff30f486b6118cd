"""The secretariat's board: a node that falls silent, one with a wrong clock, alerts that are acknowledged, metrics.

Real processes. The times are shortened by `hub alerts rules`; what must not happen too early is looked at all the while.
"""

from __future__ import annotations

import os
import time
import unittest
import urllib.error
import urllib.request

from scratch import PROGRAM, ScratchTest, Server

#: Seconds of silence until a node is offline; until it is lost.
OFFLINE, LOST = 8, 14
SKEW = 3_900_000


class BoardTest(ScratchTest):
    def setUp(self):
        super().setUp()
        self.schools = self.assemble(("A", 1), ("B", 2))
        self.ask("hub", "hub", "alerts", "rules", "--offline-after", str(OFFLINE), "--lost-after", str(LOST), "--grace", "1")
        for name in "AB":
            self.assertEqual(self.ask(name, "node", "sync")["outcome"], "proved")

    def board(self) -> dict:
        return self.ask("hub", "hub", "board")

    def node(self, name: str) -> dict:
        return next(node for node in self.board()["nodes"] if node["name"] == name)

    def alerts(self, kind: str, phase: str | None = None) -> list[dict]:
        return [
            alert for alert in self.ask("hub", "hub", "alerts")
            if alert["kind"] == kind and phase in (None, alert["phase"])
        ]

    def until(self, what: str, condition, seconds: float = 60):
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > end:
                self.fail(f"{what}: not within {seconds} s; {self.board()['nodes']}")
            time.sleep(0.2)  # between two looks
        return found

    def stay_in_touch(self, name: str) -> dict:
        self.ask(name, "node", "sync")
        return self.node(name)

    def test_a_node_that_is_killed_goes_offline_after_its_grace_and_never_earlier(self):
        server = Server(PROGRAM, "node", self.folder / "A", 0, self.folder / "A.log")
        self.addCleanup(server.stop)
        self.until("A is proved while it serves", lambda: self.node("A")["state"] == "proved")
        server.process.kill()
        server.process.wait()
        seen = []
        while not seen or seen[-1]["state"] != "offline":
            seen.append(self.node("A"))
            self.assertLess(len(seen), 300)
            if seen[-1]["state"] != "offline":
                # The state is of the moment of the look, which the silence tells.
                self.assertLess(seen[-1]["silence"], OFFLINE * 1000, seen[-1])
        self.assertGreaterEqual(seen[-1]["silence"], OFFLINE * 1000)
        self.assertEqual(seen[-1]["tone"], "calm")
        self.assertEqual(self.alerts("lost"), [], "offline alarms nobody")

        alert = self.until("A is lost", lambda: [a for a in self.alerts("lost", "open") if a["subject"].endswith("· A")])[0]
        lost = self.node("A")
        self.assertEqual((lost["state"], lost["tone"]), ("lost", "bad"))
        states = [node["state"] for node in self.board()["nodes"]]
        self.assertEqual(states, sorted(states, key=lambda state: state != "lost"), "who needs somebody stands first")

        # Acknowledged: nobody is wanted any more, also after the hub was started anew.
        self.ask("hub", "hub", "alerts", "ack", alert["name"], "--note", "已电话联系")
        self.cast.stop_hub()
        self.cast.start_hub()
        again = [a for a in self.alerts("lost") if a["name"] == alert["name"]]
        self.assertEqual([(a["phase"], a["note"]) for a in again], [("acknowledged", "已电话联系")])
        self.assertEqual(self.board()["needing"], len(self.alerts("lost", "open")))

        # Back again: the alert is over, and the state is what was proved.
        self.until("A is proved again", lambda: self.stay_in_touch("A")["state"] == "proved")
        self.assertEqual([a for a in self.alerts("lost") if a["subject"] == alert["subject"]], [])

    def test_a_wrong_clock_is_named(self):
        os.environ["JILIAN_CLOCK_OFFSET_MS"] = str(SKEW)
        try:
            self.ask("B", "node", "sync")
        finally:
            del os.environ["JILIAN_CLOCK_OFFSET_MS"]
        node = self.node("B")
        self.assertEqual(node["state"], "clock")
        self.assertAlmostEqual(node["clockOffset"], SKEW, delta=60_000)
        alert = self.until("the clock is an alert", lambda: self.alerts("clock", "open"))[0]
        self.assertIn("B", alert["subject"])
        self.assertIn("1 小时", alert["detail"]["zh"])
        story = self.ask("hub", "hub", "node", "B")
        self.assertEqual([a["kind"] for a in story["alerts"]], ["clock"])
        self.ask("B", "node", "sync")
        self.assertEqual(self.node("B")["state"], "proved")
        self.assertEqual(self.alerts("clock"), [])

    def test_while_the_hub_is_off_nobody_grows_silent(self):
        self.cast.stop_hub()
        time.sleep(31)  # more than the gap from which the hub counts as off
        self.cast.start_hub()
        board = self.board()
        self.assertTrue(board["serving"])
        for node in board["nodes"]:
            self.assertEqual(node["state"] == "offline", node["silence"] >= OFFLINE * 1000, node)
            self.assertLess(node["silence"], 20_000, "the time in which the hub was off does not count")
        self.assertEqual(self.alerts("lost"), [])

    def test_what_is_planned_is_no_silence(self):
        china = time.time() + 8 * 3600
        moments = [time.strftime("%Y-%m-%d %H:%M", time.gmtime(china + seconds)) for seconds in (-3600, 3600)]
        windows = self.ask(
            "hub", "hub", "alerts", "windows", "--member", self.schools[0], "--from", moments[0], "--to", moments[1],
            "--reason", "停电检修")
        self.assertEqual(windows[0]["reason"], "停电检修")
        self.until("A is off as planned", lambda: self.node("A")["state"] == "planned")
        self.until("B, of which nothing was said, is offline", lambda: self.node("B")["state"] in ("offline", "lost"))
        time.sleep(max(0, LOST - OFFLINE))
        self.assertEqual([a for a in self.alerts("lost") if "A" in a["subject"].split(" · ")], [])
        self.ask("hub", "hub", "alerts", "windows", "--cancel", str(windows[0]["id"]))
        self.until("the plan was called off", lambda: self.node("A")["state"] in ("offline", "lost"))

    def test_the_story_the_journal_and_refusals(self):
        self.ask("A", "add", "base", "name=示例基地")
        self.ask("A", "node", "sync")
        self.ask("B", "node", "sync")
        self.ask("hub", "hub", "revoke", self.node("B")["id"])
        self.ask("B", "node", "sync", allow=(1,))
        story = self.until("the story has the refusal", lambda: next(
            (s for s in [self.ask("hub", "hub", "node", "B")] if s["lines"] and s["lines"][0]["refusal"]), None))
        self.assertEqual(story["lines"][0]["refusal"]["code"], "revoked")
        self.assertEqual(story["node"]["state"], "revoked")
        self.assertGreater(story["node"]["bytes"]["up"], 0)
        entries = self.ask("hub", "hub", "journal", "--count", "100")["entries"]
        self.assertEqual([entry["rev"] for entry in entries], sorted((e["rev"] for e in entries), reverse=True))
        mine = [entry for entry in entries if entry["nodeName"] == "A"]
        self.assertEqual(mine[0]["tables"], {"base": 1})
        only = self.ask("hub", "hub", "journal", "--node", "A")["entries"]
        self.assertEqual([entry["rev"] for entry in only], [entry["rev"] for entry in mine])
        self.assert_refused(1, "hub", "node", "没有这个", data=self.folder / "hub")
        self.assert_refused(1, "hub", "alerts", "ack", f"lost:{self.node('A')['id']}", data=self.folder / "hub")
        self.assert_refused(2, "hub", "alerts", "ack", "lost", data=self.folder / "hub")
        self.assert_refused(1, "hub", "board", data=self.folder / "A")

    def test_metrics_are_for_this_machine_or_for_the_token(self):
        def get(headers: dict[str, str]) -> tuple[int, str]:
            request = urllib.request.Request(self.cast.server.url + "/metrics", headers=headers)
            try:
                with urllib.request.urlopen(request) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        status, text = get({})
        self.assertEqual(status, 200)
        self.assertRegex(text, r'jilian_nodes\{state="proved"\} \d')
        self.assertEqual(text.count("jilian_node_attempts_total{"), 2)
        self.assertEqual(get({"Authorization": "Bearer wrong"})[0], 401)
        self.cast.stop_hub()
        self.cast.start_hub("--behind-proxy")
        self.assertEqual(get({})[0], 401)
        token = (self.folder / "hub" / "api-token").read_text().strip()
        self.assertEqual(get({"Authorization": f"Bearer {token}"})[0], 200)


if __name__ == "__main__":
    unittest.main()
