"""The alliance of the teacher's tests: the second school's room as the first school's teachers see it, in every state.

Periods, a term, a holiday and a day made up for, an allotment, requests that wait, are granted and declined, a closure.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scene import NAME, PASSWORD, WIDE, Scene

#: Number, begins, ends, the break behind it.
PERIODS = (
    (1, "08:00", "08:45", ""), (2, "08:55", "09:40", ""), (3, "10:00", "10:45", ""), (4, "10:55", "11:40", "午休"),
    (5, "13:30", "14:15", ""), (6, "14:25", "15:10", ""), (7, "15:30", "16:15", ""), (8, "16:25", "17:10", "晚餐"),
    (9, "18:30", "19:15", ""), (10, "19:25", "20:10", ""))

CHINA = datetime.timezone(datetime.timedelta(hours=8))
TEACHER = "wang"


class WeekScene(Scene):
    nodes = ("a",)

    @classmethod
    def assemble(cls):
        super().assemble()
        today = datetime.datetime.now(CHINA).date()
        #: The next week: nothing of it is past, on whichever day the tests run.
        cls.monday = today - datetime.timedelta(days=today.weekday()) + datetime.timedelta(days=7)
        ask = cls.cast.ask
        cls.cast.join("b", cls.schools[1])
        cls.base = ask("b", "add", "base", "name=城东数控基地")["id"]
        cls.space = cls.room("b", cls.base, "数控加工实训室", "place=城东职教园 3 号楼")
        cls.timetable("b")
        for weekday in range(1, 7):
            ask("b", "add", "opening", f"base={cls.base}", f"weekday={weekday}", "starts=08:00", "ends=20:10")
        ask("b", "add", "policy", f"base={cls.base}", "ahead=60")
        ask("b", "add", "term", "name=本学期", f"first_monday={cls.monday - datetime.timedelta(days=77)}", "weeks=18")
        own = ask("a", "add", "base", "name=本校钳工基地")["id"]
        cls.own_space = cls.room("a", own, "钳工实训室", "place=实训楼 101")
        cls.timetable("a")
        ask("a", "add", "term", "name=本学期", f"first_monday={cls.monday - datetime.timedelta(days=77)}", "weeks=18")
        cls.bring("hub", "calendar_day", [
            "日期,名称,是否放假,补课日期", f"{cls.date(5)},示例节,是,", f"{cls.date(6)},调休,否,{cls.date(5)}"])
        cls.everybody()
        ask("b", "allot", cls.space, "--to", cls.schools[0], "--weekday", "2,4", "--periods", "5-8", "--weeks", "12")
        cls.everybody()
        cls.states()

    @classmethod
    def room(cls, name, base, title, *more):
        return cls.cast.ask(
            name, "add", "space", f"base={base}", f"name={title}", "capacity=60", "mode=workstation", "workstations=40", *more)["id"]

    @classmethod
    def timetable(cls, name):
        table = cls.cast.ask(name, "add", "timetable", "campus=本部", "valid_from=2026-01-01")["id"]
        cls.bring(name, "period", ["节次表,节,上课,下课,课后休息"] + [f"{table},{n},{a},{b},{rest}" for n, a, b, rest in PERIODS])

    @classmethod
    def bring(cls, name, table, lines):
        file = cls.folder / f"{name}-{table}.csv"
        file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig")
        return cls.cast.ask(name, "import", table, str(file))

    @classmethod
    def everybody(cls):
        for name in ("a", "b") * 3:
            cls.cast.sync(name)

    @classmethod
    def date(cls, weekday, week=0):
        return str(cls.monday + datetime.timedelta(days=weekday - 1 + 7 * week))

    @classmethod
    def book(cls, name, weekday, periods, count, purpose="实训", title="", heads=0):
        return cls.cast.ask(
            name, "book", cls.space, "--date", cls.date(weekday), "--periods", periods, "--workstations", str(count),
            "--purpose", purpose, "--class-name", title, "--heads", str(heads))

    @classmethod
    def states(cls):
        """Each state of the grid, as it comes about between two schools."""
        ask = cls.cast.ask
        for weekday, periods, count in ((1, "1-2", 24), (2, "1-2", 40), (3, "1-2", 24), (4, "3-4", 28), (3, "7-8", 20)):
            cls.book("b", weekday, periods, count, "校内实训", "7 班")
        ask("b", "close", cls.space, "--from", f"{cls.date(1)} 13:30", "--to", f"{cls.date(1)} 15:10", "--kind", "维护", "--reason", "设备保养")
        granted = cls.book("a", 1, "3-4", 38, "数控车削", "2301 班", 38)
        cls.declined = cls.book("a", 4, "1-2", 36, "数控铣削", "2304 班", 36)
        confirmed = cls.book("a", 2, "5-6", 36, "零件检测", "2302 班", 36)
        assert confirmed["state"] == "confirmed", confirmed
        cls.everybody()
        for request in ask("b", "requests"):
            if request["className"] == "2301 班":
                ask("b", "approve", request["id"])
            elif request["className"] == "2304 班":
                ask("b", "decline", request["id"], "--reason", "该时段已安排技能竞赛集训，剩余工位不足。")
        cls.everybody()
        cls.waiting = cls.book("a", 3, "5-6", 36, "多轴编程", "2302 班", 36)
        cls.cast.sync("a")
        cls.cast.stop_hub()
        cls.book("a", 4, "5-6", 38, "刀具刃磨", "2301 班", 38)
        cls.book("a", 3, "9-10", 30, "夹具设计", "2303 班", 30)
        cls.granted = granted

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first_account()

    @classmethod
    def first_account(cls):
        page = cls.browser.new_context(locale="zh-CN").new_page()
        page.goto(cls.first_link)
        for name, value in (("name", NAME), ("display", "陈静（虚构）"), ("password", PASSWORD), ("again", PASSWORD)):
            page.fill(f"input[name={name}]", value)
        page.click("button.pri")
        page.wait_for_selector("nav.side")
        for name, display in ((TEACHER, "王敏（虚构）"), ("li", "李建国（虚构）")):
            page.goto(cls.url + "/users")
            page.select_option("#invite select[name=role]", "teacher")
            page.click("#invite button")
            link = page.inner_text(".secret code")
            other = cls.browser.new_context(locale="zh-CN").new_page()
            other.goto(cls.url + link)
            for field, value in (("name", name), ("display", display), ("password", PASSWORD), ("again", PASSWORD)):
                other.fill(f"input[name={field}]", value)
            other.click("button.pri")
            other.wait_for_selector("nav.side")
            other.context.close()
        page.context.close()

    # The teacher's ways

    def week(self, page, space=None, **query):
        parts = "&".join(f"{name}={value}" for name, value in {"week": self.date(1), **query}.items())
        page.goto(f"{self.url}/calendar/{space or self.own_space}?{parts}")
        return page

    def teacher(self, *arguments, **options):
        return self.sign_in(self.page(*arguments, **options), TEACHER)

    def cell(self, page, weekday, line):
        """The free cell of a weekday, 1 to 7, and a line, from 1."""
        return page.locator(f"[role=gridcell][data-day='{weekday - 1}'][data-line='{line - 1}'] a")

    def fill(self, page, purpose, **values):
        page.wait_for_selector("dialog[open] form")
        page.fill("dialog [name=purpose]", purpose)
        for name, value in values.items():
            page.fill(f"dialog [name={name}]", str(value))

    def bookings(self):
        return self.cast.ask("a", "bookings")

    def booking(self, purpose):
        found = [row for row in self.bookings() if row["purpose"] == purpose]
        self.assertEqual(len(found), 1, f"{purpose}: {found}")
        return found[0]

    def hours(self, booking):
        return [datetime.datetime.fromtimestamp(booking[end] / 1000, CHINA).strftime("%u %H:%M") for end in ("from", "to")]
