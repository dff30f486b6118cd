"""Time as a school has it: periods, teaching weeks, holidays and made-up days, closures, allotments, moves.

Real processes; what stands in the files is judged by `test_rights.Books`, by rows alone.
"""

from __future__ import annotations

import datetime
import subprocess
import unittest

from scratch import PROGRAM, ScratchTest
from test_rights import Books

SCHOOLS = ("A", "B")
#: Number, begins, ends, the break behind it.
PERIODS = (
    (1, "08:00", "08:45", ""), (2, "08:55", "09:40", ""), (3, "10:00", "10:45", ""), (4, "10:55", "11:40", "午休"),
    (5, "13:30", "14:15", ""), (6, "14:25", "15:10", ""), (7, "15:30", "16:15", ""), (8, "16:25", "17:10", ""))


class TimeTest(ScratchTest):
    def setUp(self):
        super().setUp()
        self.schools = self.assemble(("A", 1), ("B", 2))
        # The term begins next week but one, whenever the test runs.
        today = datetime.date.today()
        self.monday = today - datetime.timedelta(days=today.weekday()) + datetime.timedelta(days=14)
        self.base = self.ask("A", "add", "base", "name=数控基地")["id"]
        self.space = self.ask(
            "A", "add", "space", f"base={self.base}", "name=一号车间", "capacity=40", "mode=workstation", "workstations=4")["id"]
        timetable = self.ask("A", "add", "timetable", "campus=本部", "valid_from=2026-01-01")["id"]
        lines = ["节次表,节,上课,下课,课后休息"] + [f"{timetable},{n},{a},{b},{rest}" for n, a, b, rest in PERIODS]
        self.bring("A", "period", lines)
        for number, name in enumerate(("示例·王敏", "示例·李建国")):
            self.ask("A", "add", "teacher", f"staff_no=T{number}", f"name={name}", "--consent", "2026-09-01")
        self.ask("A", "add", "term", "name=本学期", f"first_monday={self.monday}", "weeks=8")
        self.sync()

    def bring(self, name: str, table: str, lines: list[str]):
        file = self.folder / f"{table}.csv"
        file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig")
        return self.ask(name, "import", table, str(file))

    def sync(self):
        """Thrice round: what one brings the next one gets, and what it does about it comes back."""
        for name in SCHOOLS * 3:
            self.ask(name, "node", "sync")

    def date(self, week: int, weekday: int) -> str:
        return str(self.monday + datetime.timedelta(days=(week - 1) * 7 + weekday - 1))

    def book(self, name: str, *arguments: str, allow=(0,)):
        return self.ask(name, "book", self.space, "--purpose", "实训", *arguments, allow=allow)

    def state(self, name: str, booking: str) -> dict:
        return {row["id"]: row for row in self.ask(name, "bookings")}[booking]

    def assert_sound(self):
        self.sync()
        books = [Books(self.cast.data(name)) for name in ("hub",) + SCHOOLS]
        for one in books:
            self.assertEqual(one.faults(), [])
            self.assertEqual(one.live, books[0].live)
        for name in ("hub",) + SCHOOLS:
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)

    # MARK: The tests

    def test_a_series_goes_around_holidays_and_to_made_up_days_with_no_network(self):
        made_up = self.date(3, 6)
        self.bring("hub", "calendar_day", [
            "日期,名称,是否放假,补课日期", f"{self.date(3, 2)},示例节,是,", f"{self.date(5, 2)},示例节,true,", f"{made_up},示例调休,否,{self.date(3, 2)}"])
        self.sync()
        self.cast.stop_hub()
        arguments = ("--weeks", "1-6", "--odd", "--weekday", "2", "--periods", "3-4", "--workstations", "4", "--teacher", "T0", "--key", "s")
        series = self.book("A", *arguments)
        answers = [(date["week"], date["date"], date["held"], date["skipped"]) for date in series["dates"]]
        self.assertEqual(answers, [
            (1, self.date(1, 2), self.date(1, 2), None), (3, self.date(3, 2), made_up, None), (5, self.date(5, 2), None, "示例节")])
        self.assertEqual((series["confirmed"], series["skipped"], series["refused"]), (2, 1, 0))
        first = series["dates"][0]["booking"]
        at = datetime.datetime.fromtimestamp(first["from"] / 1000, datetime.timezone(datetime.timedelta(hours=8)))
        self.assertEqual(at.strftime("%Y-%m-%d %H:%M"), f"{self.date(1, 2)} 10:00")
        self.assertEqual((first["teacher"], first["state"], first["sent"]), ("示例·王敏", "confirmed", False))
        # The same once more: the same bookings.
        again = self.book("A", *arguments)
        self.assertEqual([date["booking"] and date["booking"]["id"] for date in again["dates"]],
                         [date["booking"] and date["booking"]["id"] for date in series["dates"]])
        # A date that is taken is refused for itself, with other times; the rest is had.
        other = self.book("A", "--weeks", "1-2", "--weekday", "2", "--periods", "4-5")
        self.assertEqual([date["refused"] and date["refused"]["code"] for date in other["dates"]], ["taken", None])
        self.assertEqual(len(other["dates"][0]["refused"]["details"]), 3)
        self.assertEqual(len(self.ask("A", "bookings", "--series", series["series"])), 2)
        self.cast.start_hub()
        self.assert_sound()

    def test_a_series_that_was_killed_goes_on_and_rules_that_are_edited_meanwhile_move_nothing(self):
        self.cast.stop_hub()
        arguments = ("--weeks", "1-8", "--weekday", "1-5", "--periods", "1-2", "--workstations", "2", "--key", "长系列")
        line = [PROGRAM.path, "book", self.space, "--purpose", "实训", *arguments, "--data", str(self.cast.data("A"))]
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not self.ask("A", "bookings"):
            pass
        process.kill()
        process.wait()
        there = [row["id"] for row in self.ask("A", "bookings")]
        self.assertIn(len(there), range(1, 40))
        # Meanwhile the first period begins later, and the last Friday is closed.
        first = next(row["id"] for row in self.ask("A", "list", "period") if row["number"] == 1)
        self.ask("A", "set", "period", first, "starts=08:10")
        self.ask("A", "close", self.space, "--from", f"{self.date(8, 5)} 00:00", "--to", f"{self.date(8, 6)} 00:00", "--kind", "考试")
        series = self.book("A", *arguments)
        had = [date["booking"]["id"] for date in series["dates"] if date["booking"]]
        self.assertLessEqual(set(there), set(had))
        booked = self.ask("A", "bookings", "--series", series["series"])
        self.assertEqual({row["id"] for row in booked}, set(had))
        starts = [(row["from"] // 60_000 + 8 * 60) % (24 * 60) for row in booked]
        self.assertEqual(starts, [8 * 60] * len(there) + [8 * 60 + 10] * (len(had) - len(there)), "what was had stays as it was")
        self.assertEqual([date["refused"] and date["refused"]["code"] for date in series["dates"]], [None] * 39 + ["closed"])
        again = self.book("A", *arguments)
        self.assertEqual([date["booking"] and date["booking"]["id"] for date in again["dates"]],
                         [date["booking"] and date["booking"]["id"] for date in series["dates"]])
        refused = self.book("A", *arguments[:-1], "长系列", "--teacher", "T0", allow=(1,))
        self.assertEqual(refused["error"]["code"], "key-used")
        self.cast.start_hub()
        self.assert_sound()

    def test_a_date_of_a_series_is_moved_and_the_rest_stays(self):
        series = self.book("A", "--weeks", "2-4", "--weekday", "3", "--periods", "1-2", "--workstations", "4")
        ids = [date["booking"]["id"] for date in series["dates"]]
        moved = self.ask("A", "move", ids[1], "--date", self.date(3, 4), "--periods", "3-4")
        self.assertEqual((moved["state"], moved["series"], moved["replaces"]), ("confirmed", series["series"], ids[1]))
        # Where the new time is taken nothing is lost.
        refused = self.ask("A", "move", ids[0], "--date", self.date(4, 3), "--periods", "2-3", allow=(1,))
        self.assertEqual(refused["error"]["code"], "taken")
        states = {row["id"]: row["state"] for row in self.ask("A", "bookings", "--series", series["series"])}
        self.assertEqual(states, {ids[0]: "confirmed", ids[1]: "moved", ids[2]: "confirmed", moved["id"]: "confirmed"})
        self.assert_sound()

    def test_a_teacher_is_in_one_place_offline_too(self):
        self.cast.stop_hub()
        when = ("--date", self.date(1, 3), "--periods")
        self.assertEqual(self.book("A", *when, "1-2", "--teacher", "示例·王敏")["state"], "confirmed")
        refused = self.book("A", *when, "2-3", "--teacher", "T0", allow=(1,))
        self.assertEqual(refused["error"]["code"], "teacher-busy")
        self.assertEqual(self.book("A", *when, "2-3", "--teacher", "T1")["state"], "confirmed")
        self.assertEqual(self.book("A", *when, "3-4", "--teacher", "T0")["state"], "confirmed", "one ends as the other begins")
        self.assertEqual(len(self.ask("A", "bookings")), 3)
        # Another school asks for the space and the teacher: neither without the other.
        teacher = {row["staff_no"]: row["id"] for row in self.ask("B", "list", "teacher")}["T0"]
        asked = self.book("B", *when, "7-8", "--teacher", teacher)
        self.assertEqual(asked["state"], "requested")
        self.cast.start_hub()
        self.sync()
        requests = [request for request in self.ask("A", "requests") if request["mine"]]
        self.assertEqual(sorted(request["space"] for request in requests), ["一号车间", "示例·王敏"])
        by = {request["space"]: request["id"] for request in requests}
        self.ask("A", "approve", by["一号车间"])
        self.ask("A", "decline", by["示例·王敏"], "--reason", "另有任务")
        self.sync()
        answer = self.state("B", asked["id"])
        self.assertEqual((answer["state"], answer["reason"], answer["by"]), ("declined", "另有任务", self.schools[0]))
        # The workstation that had been granted is given back: all four are free again.
        self.assertEqual(self.book("A", *when, "7-8", "--workstations", "4")["state"], "confirmed")
        self.assert_sound()

    def test_opening_closures_and_policies_refuse_with_words(self):
        self.ask("A", "add", "opening", f"base={self.base}", "weekday=3", "first_period=1", "last_period=4")
        self.ask("A", "add", "opening", f"base={self.base}", "weekday=3", "starts=13:00", "ends=18:00")
        # The term has eight weeks: the last is in it, what lies beyond is refused as a whole.
        for weeks in ("8-9", "0-1", "9"):
            self.assert_refused(2, "book", self.space, "--purpose", "x", "--weeks", weeks, "--weekday", "3", "--periods", "1", data=self.cast.data("A"))
        edge = self.book("A", "--weeks", "8", "--weekday", "3", "--periods", "1")
        self.assertEqual([(one["date"], one["booking"]["state"]) for one in edge["dates"]], [(self.date(8, 3), "confirmed")])
        self.ask("A", "add", "policy", f"base={self.base}", "notice=24", "ahead=60", "longest=200", "before=10", "after=20")
        day = self.date(2, 3)
        for code, arguments in (
            ("outside-opening", ("--date", day, "--periods", "4-5")),
            ("outside-opening", ("--date", self.date(2, 4), "--periods", "1")),
            ("too-long", ("--from", f"{day} 13:00", "--to", f"{day} 16:30")),
            ("too-early", ("--from", f"{self.date(20, 3)} 13:00", "--to", f"{self.date(20, 3)} 14:00")),
            ("too-late", ("--from", str(datetime.datetime.now() + datetime.timedelta(hours=10, minutes=1))[:16],
                          "--to", str(datetime.datetime.now() + datetime.timedelta(hours=11))[:16])),
            ("no-such-period", ("--date", day, "--periods", "8-9")),
            ("heads", ("--date", day, "--periods", "1", "--heads", "41")),
        ):
            error = self.book("A", *arguments, allow=(1,))["error"]
            self.assertEqual(error["code"], code, arguments)
            self.assertTrue(error["zh"] and error["en"])
        self.assert_refused(2, "book", self.space, "--purpose", "x", "--date", "2027-02-31", "--periods", "1", data=self.cast.data("A"))
        self.assert_refused(2, "book", self.space, "--purpose", "x", "--weeks", "1-10000", "--weekday", "1", "--periods", "1", data=self.cast.data("A"))
        # What is needed to prepare and to clear up is taken as well.
        booked = self.book("A", "--date", day, "--periods", "1", "--workstations", "4")
        self.assertEqual(booked["state"], "confirmed")
        error = self.book("A", "--date", day, "--periods", "2", allow=(1,))["error"]
        self.assertEqual(error["code"], "taken", "20 minutes after it are taken")
        self.assertEqual(self.book("A", "--date", day, "--periods", "3")["state"], "confirmed")
        # A closure names what it hits, and changes nothing of it.
        closed = self.ask("A", "close", self.space, "--from", f"{day} 08:30", "--to", f"{day} 09:30", "--kind", "维护", "--reason", "换刀具")
        self.assertEqual([hit["id"] for hit in closed["hits"]], [booked["id"]])
        self.assertEqual(self.state("A", booked["id"])["state"], "confirmed")
        error = self.book("A", "--from", f"{day} 09:00", "--to", f"{day} 09:30", allow=(1,))["error"]
        self.assertEqual(error["code"], "closed")
        self.assertIn("换刀具", error["zh"])
        self.sync()
        self.assertEqual(self.book("B", "--date", day, "--periods", "2", allow=(1,))["error"]["code"], "closed")
        self.assert_sound()

    def test_within_an_allotment_a_school_confirms_offline_moves_and_gives_back(self):
        given = self.ask(
            "A", "allot", self.space, "--to", self.schools[1], "--term", "本学期", "--weekday", "2", "--periods", "5-8", "--weeks", "1-4",
            "--workstations", "3")
        self.assertEqual(len(given["given"]), 4)
        self.sync()
        self.cast.stop_hub()
        when = ("--date", self.date(1, 2), "--periods")
        first = self.book("B", *when, "5-6", "--workstations", "3")
        self.assertEqual((first["state"], first["sent"]), ("confirmed", False))
        # The new time overlaps the old: had at once, and the old one is free.
        moved = self.ask("B", "move", first["id"], *when, "6-7")
        self.assertEqual((moved["state"], moved["replaces"]), ("confirmed", first["id"]))
        self.assertEqual(self.state("B", first["id"])["state"], "moved")
        self.assertEqual(self.book("B", *when, "5", "--workstations", "3")["state"], "confirmed")
        # Beyond the allotment it is asked for, and the old one stays until the new one is confirmed.
        away = self.ask("B", "move", moved["id"], *when, "1-2")
        self.assertEqual((away["state"], self.state("B", moved["id"])["state"]), ("requested", "confirmed"))
        week = self.ask("B", "calendar", self.space, "--week", self.date(1, 1))
        states = sorted(block["state"] for block in week["blocks"])
        self.assertEqual(states, ["confirmedUnsent", "confirmedUnsent", "waitingUnsent"])
        self.assertEqual(week["days"][1]["windows"], [[4, 7]])
        self.assertEqual((week["allotment"], week["teachingWeek"]), ({"held": 4, "used": 3}, None))
        self.cast.start_hub()
        self.sync()
        request = [request for request in self.ask("A", "requests") if request["mine"]]
        self.assertEqual(len(request), 1)
        self.ask("A", "approve", request[0]["id"])
        self.sync()
        self.assertEqual(self.state("B", away["id"])["state"], "confirmed")
        self.assertEqual(self.state("B", moved["id"])["state"], "moved")
        (allotment,) = self.ask("B", "allotments")
        # Three workstations, four times 13:30 to 17:10; one period of 45 minutes is used.
        self.assertEqual((allotment["given"], allotment["used"], allotment["back"]), (3 * 4 * 220, 3 * 45, 0))
        self.ask("B", "allotments", "back", allotment["id"])
        self.sync()
        allotment = {one["id"]: one for one in self.ask("A", "allotments")}[allotment["id"]]
        self.assertEqual((allotment["back"], allotment["unused"]), (3 * (4 * 220 - 45), 0))
        self.assertEqual(self.book("A", "--date", self.date(2, 2), "--periods", "5-8", "--workstations", "4")["state"], "confirmed")
        # A holder ends another's booking, with a reason, and the other is told.
        self.assert_refused(2, "cancel", away["id"], data=self.cast.data("A"))
        self.ask("A", "cancel", away["id"], "--reason", "迎接检查")
        self.sync()
        told = self.state("B", away["id"])
        self.assertEqual((told["state"], told["reason"], told["by"]), ("displaced", "迎接检查", self.schools[0]))
        self.assert_sound()

    def test_an_edited_rule_lists_what_it_hits(self):
        rule = self.ask("A", "add", "opening", f"base={self.base}", "weekday=4", "first_period=1", "last_period=8")["id"]
        kept = self.book("A", "--date", self.date(1, 4), "--periods", "1-2")["id"]
        hit = self.book("A", "--date", self.date(1, 4), "--periods", "7-8")["id"]
        self.assertEqual(self.ask("A", "bookings", "--against-rules"), [])
        self.ask("A", "set", "opening", rule, "last_period=4")
        (found,) = self.ask("A", "bookings", "--against-rules")
        self.assertEqual((found["id"], found["state"], found["against"]["code"]), (hit, "confirmed", "outside-opening"))
        self.bring("hub", "calendar_day", ["日期,名称,是否放假,补课日期", f"{self.date(1, 4)},示例节,是,"])
        self.sync()
        self.assertEqual({one["id"] for one in self.ask("A", "bookings", "--against-rules")}, {kept, hit})
        self.assertEqual(self.ask("B", "bookings", "--against-rules"), [], "of its own spaces only")
        self.assertEqual(self.state("A", hit)["state"], "confirmed", "nothing is taken away")

    def test_the_owner_decides_on_pool_points_where_its_policy_says_so(self):
        self.ask("A", "add", "policy", f"base={self.base}", "approval=是", "respond_by=48")
        self.ask("A", "allot", self.space, "--open", "--weekday", "4", "--periods", "1-4", "--weeks", "1-2")
        self.sync()
        when = ("--date", self.date(1, 4), "--periods")
        one = self.book("B", *when, "1-2", "--workstations", "3")
        two = self.book("B", *when, "2-3", "--workstations", "2")
        self.sync()
        self.assertEqual(self.state("B", one["id"])["state"], "requested")
        waiting = self.ask("A", "requests")
        self.assertEqual([(request["mine"], request["queue"], len(request["competing"])) for request in waiting], [(True, 1, 1), (True, 2, 1)])
        self.assertEqual(waiting[0]["respondBy"] - waiting[0]["asked"], 48 * 3_600_000)
        self.ask("A", "approve", waiting[0]["id"])
        self.sync()
        self.assertEqual(self.state("B", one["id"])["state"], "confirmed")
        # Only one of four is left of period 2: the second can't come true, and the hub says when else.
        self.sync()
        declined = self.state("B", two["id"])
        self.assertEqual(declined["state"], "declined")
        self.assertEqual(len(declined["alternatives"]), 3)
        # What was handed over and is not needed is the pool's again.
        week = self.ask("B", "calendar", self.space, "--week", self.date(1, 1))
        self.assertEqual([cell["pool"] for cell in week["days"][3]["cells"][:4]], [1, 1, 4, 4])
        three = self.book("B", *when, "3-4", "--workstations", "1")
        self.sync()
        (waiting,) = self.ask("A", "requests")
        self.ask("A", "decline", waiting["id"], "--reason", "设备检修")
        self.sync()
        self.assertEqual(self.state("B", three["id"])["reason"], "设备检修")
        self.assertEqual(self.ask("B", "calendar", self.space, "--week", self.date(1, 1))["days"][3]["cells"][2]["pool"], 4)
        self.assert_sound()

    def test_a_booking_tells_what_happened_to_it_and_offers_what_is_free_now(self):
        def told(name: str, booking: str) -> list[tuple]:
            history = self.state(name, booking)["history"]
            self.assertEqual([event["at"] for event in history], sorted(event["at"] for event in history))
            for event in history:
                self.assertEqual(event["sent"], event["received"] is not None, event)
            return [(event["kind"], event["by"], event["reason"]) for event in history]

        a, b = self.schools[:2]
        when = ("--date", self.date(1, 3), "--periods", "1-2", "--workstations", "4")
        asked = self.book("B", *when)
        self.assertEqual([(event["kind"], event["sent"]) for event in asked["history"]], [("asked", False)])
        self.sync()
        (request,) = [request for request in self.ask("A", "requests") if request["mine"]]
        self.ask("A", "decline", request["id"], "--reason", "设备检修")
        self.sync()
        self.assertEqual(told("B", asked["id"]), [("asked", b, ""), ("declined", a, "设备检修")])
        self.assertEqual(told("A", asked["id"]), told("B", asked["id"]), "both tell the same")
        offered = self.state("B", asked["id"])["alternatives"]
        self.assertEqual(len(offered), 3)
        self.assertEqual(self.state("A", asked["id"])["alternatives"], [], "what another could do is its own affair")
        # The first of them is taken, then the next is closed: neither is offered any more, and others come in their place.
        def closed_by(taken: dict, before: list[dict]) -> list[dict]:
            self.sync()
            now = self.state("B", asked["id"])["alternatives"]
            self.assertEqual(len(now), 3)
            for one in now:
                self.assertTrue(one["to"] <= taken["from"] or taken["to"] <= one["from"], f"{one} is taken: {taken}")
            for one in before[1:]:
                self.assertEqual(one in now, one["to"] <= taken["from"] or taken["to"] <= one["from"])
            return now

        china = datetime.timezone(datetime.timedelta(hours=8))

        def hours(time: dict) -> tuple[str, ...]:
            texts = [str(datetime.datetime.fromtimestamp(time[end] / 1000, china))[:16] for end in ("from", "to")]
            return ("--from", texts[0], "--to", texts[1])

        self.assertEqual(self.book("A", *hours(offered[0]))["state"], "confirmed")
        now = closed_by(offered[0], offered)
        self.ask("A", "close", self.space, *hours(now[0]), "--kind", "维护", "--reason", "换刀具")
        closed_by(now[0], now)
        moved = self.ask("B", "move", asked["id"], "--date", self.date(2, 3), "--periods", "3")
        self.assertEqual(self.state("B", asked["id"])["alternatives"], [], "it has another time")
        last = self.state("B", asked["id"])["history"][-1]
        self.assertEqual((last["kind"], last["booking"]), ("moved", moved["id"]))
        self.sync()
        (request,) = [request for request in self.ask("A", "requests") if request["mine"]]
        self.ask("A", "approve", request["id"])
        self.sync()
        self.ask("B", "cancel", moved["id"], "--reason", "停课")
        self.sync()
        self.assertEqual(
            told("B", moved["id"]), [("asked", b, ""), ("approved", a, ""), ("withdrawn", b, "停课"), ("released", a, "")])
        self.assertEqual(self.state("B", moved["id"])["reason"], "停课")
        # What is moved at once, and cancelled.
        own = self.book("A", "--date", self.date(3, 3), "--periods", "1")
        there = self.ask("A", "move", own["id"], "--date", self.date(3, 3), "--periods", "2")
        self.assertEqual([event["kind"] for event in self.state("A", own["id"])["history"]], ["booked", "moved"])
        self.ask("A", "cancel", there["id"], "--reason", "停电")
        self.sync()
        self.assertEqual(told("A", there["id"]), [("booked", a, ""), ("cancelled", a, "停电")])
        self.assert_sound()

    def test_a_space_is_found_by_words_time_and_workstations(self):
        small = self.ask("A", "add", "space", f"base={self.base}", "name=二号车间", "capacity=10", "mode=exclusive", "place=北楼")["id"]
        self.sync()
        when = ("--date", self.date(1, 3), "--periods", "1-2")
        self.book("A", *when, "--workstations", "3")
        self.sync()

        def found(name: str, *arguments: str) -> dict:
            return {one["space"]: (one["free"], one["own"]) for one in self.ask(name, "find", *arguments)}

        self.assertEqual(found("A", *when), {"一号车间": (1, 1), "二号车间": (1, 1)})
        self.assertEqual(found("B", *when), {"一号车间": (1, 0), "二号车间": (1, 0)})
        self.assertEqual(found("B", "车间", *when, "--workstations", "2"), {})
        self.assertEqual(found("B", "--workstations", "4"), {"一号车间": (None, None)})
        self.assertEqual([one["id"] for one in self.ask("B", "find", "数控", "北楼")], [small])
        self.assertEqual(found("B", "--date", self.date(1, 3), "--periods", "9"), {}, "there is no such period")
        data = self.cast.data("A")
        self.assert_refused(2, "find", "--date", "2 月 31 日", "--periods", "1", data=data)
        self.assert_refused(2, "find", "--workstations", "0", data=data)
        self.assertIn("二号车间", self.cast.program.run("find", "北楼", data=data, plain=True).stdout)


if __name__ == "__main__":
    unittest.main()
