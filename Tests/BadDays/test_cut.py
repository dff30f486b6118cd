"""Lines that break: at every message, at any byte, with requests that come twice and bodies that come by half."""

from __future__ import annotations

import json
import unittest
from collections.abc import Callable

from ground import PROGRAM, BadDay, noise, randomness, sweep
from proxy import PASS, Exchange, Plan

from program import REFUSED, UNREACHABLE

#: Segments, each of so many rows, that take several pages of the journal and parts of a snapshot.
SEGMENTS, ROWS = sweep(3, 9), 1000
#: Journal entries beyond which a new node takes a snapshot.
SNAPSHOT_ABOVE = 64


class CutTest(BadDay):
    def setUp(self):
        super().setUp()
        self.choose = randomness(self.id().rsplit(".", 1)[1])

    def sync(self, name: str, *codes: int) -> dict:
        """A sync that may end with one of these exit codes, and says why if not with 0."""
        done = PROGRAM.run("node", "sync", data=self.cast.data(name))
        self.assertIn(done.returncode, (0, *codes), done.stdout + done.stderr)
        if done.returncode != 0:
            self.assert_told(done, done.returncode)
        return json.loads(done.stdout)

    def cut_all(self, name: str, plan: Callable[[Exchange], Plan]) -> int:
        """Syncs until it is proved, each time getting one exchange further before the line breaks; how many broke."""
        for passed in range(60):
            broken = []

            def harm(exchange: Exchange) -> Plan:
                if exchange.number <= passed:
                    return PASS
                broken.append(exchange)
                return plan(exchange)

            self.proxy.follow(harm)
            done = self.sync(name, UNREACHABLE)
            if not broken:
                self.assertEqual(done["outcome"], "proved")
                return passed
            self.assertEqual(done["outcome"], "unreachable", done)
            self.assertEqual(self.ask(name, "node", "status")["alarms"], [])
        self.fail("60 exchanges and no end")

    # Cut

    def test_answers_cut_at_any_byte_are_asked_for_again(self):
        self.harm_work(lambda _: Plan(cut_answer=self.choose.random(), reset=self.choose.random() < 0.5))

    def test_requests_cut_at_any_byte_are_sent_again(self):
        self.harm_work(lambda _: Plan(cut_request=self.choose.random()))

    def test_requests_that_the_hub_has_done_and_not_answered_do_no_harm_when_sent_again(self):
        self.harm_work(lambda _: Plan(cut_answer=0))

    def harm_work(self, plan: Callable[[Exchange], Plan]) -> None:
        broken = 0
        for _ in range(sweep(3, 60)):
            self.cast.work("A1", self.choose)
            self.cast.work("B", self.choose)
            self.cast.sync("B")
            broken += self.cut_all("A1", plan)
            self.cast.sync("A1")
        self.assertGreaterEqual(broken, 2 * sweep(3, 60))
        self.recover(edits=2 * sweep(3, 60))

    def test_pages_and_snapshots_arrive_through_a_line_that_breaks_at_every_one(self):
        self.bring_pages("B")
        self.assertGreaterEqual(self.cut_all("A1", lambda _: Plan(cut_answer=self.choose.random())), 2)
        majors = self.cast.rows("hub", "major")
        for number in range(SNAPSHOT_ABOVE):
            self.cast.set("hub", "major", majors[number % len(majors)], note=f"第 {number} 次")
        self.proxy.follow(lambda exchange: PASS if exchange.number == 1 else Plan(cut_answer=0))
        self.cast.join("N", self.cast.new_member("新成员"), self.proxy.url)
        broken = self.break_each_once("N")
        self.assertGreaterEqual(sum(path.startswith("/sync/v1/snapshot/") for path in broken), 2, broken)
        self.assertTrue(self.ask("N", "verify", "--deep")["clean"])
        self.recover(edits=SNAPSHOT_ABOVE)

    def break_each_once(self, name: str) -> set[str]:
        """Syncs until it is proved, while the first answer of each address breaks off; the addresses."""
        broken: set[str] = set()

        def harm(exchange: Exchange) -> Plan:
            if exchange.path in broken:
                return PASS
            broken.add(exchange.path)
            return Plan(cut_answer=self.choose.random())

        for _ in range(60):
            self.proxy.follow(harm)
            if self.sync(name, UNREACHABLE)["outcome"] == "proved":
                return broken
        self.fail("60 syncs and no end")

    def bring_pages(self, name: str) -> None:
        """Training bases with more to say than fits on one page."""
        for segment in range(SEGMENTS):
            file = self.folder / f"pages-{segment}.csv"
            rows = (f"页{segment}-{row},{noise(self.choose, 200)},{noise(self.choose, 400)}\n" for row in range(ROWS))
            file.write_text("实训基地名称,地址,备注\n" + "".join(rows), "utf-8")
            self.cast.bring_in(name, "base", file)
            self.cast.sync(name)
        self.cast.take_as_before()

    # Bodies by half

    def test_half_a_body_in_a_whole_message_is_not_believed(self):
        for number in (1, 2):
            with self.subTest(number=number):
                self.cast.work("A1", self.choose)
                self.proxy.follow(lambda exchange: Plan(halve_answer=True) if exchange.number == number else PASS)
                self.assertEqual(self.sync("A1", UNREACHABLE)["outcome"], "unreachable")
                self.cast.work("A1", self.choose)
                self.proxy.follow(lambda exchange: Plan(halve_request=True) if exchange.number == number else PASS)
                self.assertIn(self.sync("A1", REFUSED, UNREACHABLE)["outcome"], ("refused", "unreachable"))
                self.assertNotIn(200, [status for seen in self.proxy.seen[number - 1:number] for status in seen.statuses])
        self.assert_no_alarm()
        self.recover(edits=4)

    def test_what_a_proxy_says_in_the_hub_s_place_is_not_believed_but_its_wait_is_kept(self):
        self.cast.work("A1", self.choose)
        page = b"<html>502</html>"
        head = b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\nretry-after: 1\r\ncontent-length: %d\r\n\r\n"
        self.proxy.follow(lambda _: Plan(answer=head % len(page) + page))
        done = PROGRAM.run("node", "sync", data=self.cast.data("A1"))
        self.assert_told(done, UNREACHABLE, "502", "代理", "proxy")
        self.recover(edits=1)

    # Twice

    def test_a_request_that_comes_twice_is_refused_as_replayed_without_harm(self):
        for _ in range(sweep(3, 30)):
            self.cast.work("A1", self.choose)
            self.proxy.follow(lambda _: Plan(repeat=True))
            self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
            self.assertGreaterEqual(len(self.proxy.seen), 2)
            for seen in self.proxy.seen:
                self.assertEqual(seen.statuses, [200, 401])
        self.assert_no_alarm()
        self.recover(edits=sweep(3, 30))

    def test_a_node_that_hears_of_the_repeat_only_signs_anew(self):
        self.cast.work("A1", self.choose)
        self.proxy.follow(lambda exchange: Plan(repeat=True, answer_with_repeat=exchange.number % 2 == 1))
        self.assertEqual(self.cast.sync("A1")["outcome"], "proved")
        self.assertEqual([seen.statuses for seen in self.proxy.seen], [[200, 401]] * len(self.proxy.seen))
        self.assert_no_alarm()
        self.recover(edits=1)

    # Everything

    def test_any_mixture_of_harm_ends_well(self):
        for _ in range(sweep(8, 400)):
            name = self.choose.choice(("A1", "A2", "B"))
            self.cast.work(name, self.choose)
            self.proxy.follow(self.any_harm)
            self.sync(name, REFUSED, UNREACHABLE)
            self.proxy.pass_all()
            self.cast.sync_all(rounds=1)
        self.recover(edits=sweep(8, 400))

    def any_harm(self, _: Exchange) -> Plan:
        choose = self.choose
        return choose.choice((
            PASS, PASS, Plan(cut_request=choose.random()), Plan(cut_answer=choose.random(), reset=True),
            Plan(delay=choose.uniform(0, 0.5)), Plan(repeat=True), Plan(repeat=True, answer_with_repeat=True),
            Plan(halve_request=True), Plan(halve_answer=True)))


if __name__ == "__main__":
    unittest.main()
