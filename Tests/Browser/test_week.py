"""A teacher at work: the week in periods, booking by mouse, finger, keyboard and plain form, series, moves, the feed."""

from __future__ import annotations

import datetime
import sys
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from icalendar import Calendar

from scene import NARROW, PASSWORD, PICTURES, WIDE
from week import CHINA, TEACHER, WeekScene

MIDDLE = (820, 1180)
REFUSED = "Failed to load resource"


class WeekTest(WeekScene):
    """In the order of their names; each books times of its own."""

    def test_1_the_grid_shows_every_state_and_keeps_the_rules(self):
        for size in (WIDE, MIDDLE, NARROW):
            for scheme in ("light", "dark"):
                page = self.sign_in(self.page(size, scheme))
                self.week(page, self.space)
                self.check(page, f"week-{scheme}-{size[0]}")
                self.week(page, self.space, booking=self.declined["id"])
                self.check(page, f"week-declined-{scheme}-{size[0]}")
                page.goto(f"{self.url}/calendar/{self.own_space}")
                self.check(page, f"week-own-{scheme}-{size[0]}")
                for name, path in (("find", "/find"), ("feeds", "/feeds"), ("series", f"/bookings/series?space={self.space}"),
                                   ("booking-form", f"/bookings/new?space={self.space}&date={self.date(2)}&from=7&to=8"),
                                   ("bookings-all", "/bookings")):
                    page.goto(self.url + path)
                    self.check(page, f"{name}-{scheme}-{size[0]}")
                self.assert_silent()
        page = self.sign_in(self.page())
        self.week(page, self.space)
        text = page.inner_text("#week")
        for state in ("已确认", "离线已确认", "待批复", "待上传", "已驳回", "已占用", "停用", "午休", "晚餐", "示例节", "调休"):
            self.assertIn(state, text)
        self.assertIn("第 12 教学周", page.inner_text(".head"))
        self.assertIn("课时已用", page.inner_text(".strip"))
        self.week(page, self.space, booking=self.declined["id"])
        detail = page.inner_text("#detail")
        self.assertIn("技能竞赛集训", detail)
        self.assertIn("可改约到", detail)
        told = page.locator("#detail .hist li").all_inner_texts()
        self.assertEqual(len(told), 2, told)
        for line, words in zip(told, (("提出申请", self.schools[0], "中心收到"), ("驳回", self.schools[1], "技能竞赛集训"))):
            for word in words:
                self.assertIn(word, line)
        self.assertEqual(page.locator("#detail .alts li").count(), page.locator("#week .alt").count())

    def test_2_by_mouse(self):
        page = self.week(self.teacher())
        first, last = self.box(self.cell(page, 1, 3)), self.box(self.cell(page, 1, 4))
        page.mouse.move(first["x"] + 20, first["y"] + 10)
        page.mouse.down()
        page.mouse.move(last["x"] + 20, last["y"] + 12, steps=5)
        self.assertIn("第 3 节 – 第 4 节", page.inner_text(".drag"))
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/week-drag.png")
        page.mouse.up()
        self.fill(page, "用鼠标", people=30, workstations=30)
        self.check(page, "week-dialog")
        page.click("dialog .acts button.pri")
        page.wait_for_selector("#detail")
        self.assertIn("用鼠标", page.inner_text("#detail"))
        self.assertIn("1–30", page.inner_text("#detail"))
        self.assertEqual(self.hours(self.booking("用鼠标")), ["1 10:00", "1 11:40"])
        self.assertEqual(page.query_selector("dialog[open]"), None)
        self.assert_silent()

    def test_2_by_keyboard_alone(self):
        page = self.week(self.teacher())
        self.cell(page, 1, 1).focus()
        page.keyboard.press("ArrowRight")
        for _ in range(4):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Shift+ArrowDown")
        self.assertEqual(page.locator("[aria-selected=true]").count(), 3)
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog[open] form")
        page.focus("dialog [name=purpose]")
        page.keyboard.type("用键盘")
        page.keyboard.press("Enter")
        page.wait_for_selector("#detail")
        self.assertEqual(self.hours(self.booking("用键盘")), ["2 13:30", "2 16:15"])
        self.assert_silent()

    def test_2_by_finger(self):
        page = self.sign_in(self.page(NARROW, has_touch=True, is_mobile=True), TEACHER)
        self.week(page, day=2)
        self.cell(page, 3, 1).tap()
        self.cell(page, 3, 2).tap()
        self.check(page, "week-finger-390")
        page.locator(".drag").tap()
        self.fill(page, "用手指")
        page.tap("dialog .acts button.pri")
        page.wait_for_selector("#detail")
        self.assertEqual(self.hours(self.booking("用手指")), ["3 08:00", "3 09:40"])
        self.assert_silent()

    def test_2_without_script(self):
        page = self.week(self.teacher(java_script_enabled=False))
        self.cell(page, 4, 7).click()
        page.select_option("[name=to]", "8")
        page.fill("[name=purpose]", "没有脚本")
        page.click("#content button.pri")
        self.assertIn("没有脚本", page.inner_text("#detail"))
        self.assertIn("预约已确认", page.inner_text(".note.ok"))
        self.assertEqual(self.hours(self.booking("没有脚本")), ["4 15:30", "4 17:10"])

    def test_3_a_refusal_offers_other_times_and_one_press_takes_one(self):
        page = self.week(self.teacher())
        page.goto(f"{self.url}/bookings/new?space={self.own_space}&date={self.date(1)}&from=3&to=4")
        page.fill("[name=purpose]", "改一改")
        page.fill("[name=workstations]", "40")
        page.click("#content .form > .acts button.pri")
        page.wait_for_selector(".note.bad")
        self.assertEqual(page.input_value("[name=purpose]"), "改一改")
        self.check(page, "booking-refused")
        page.click(".note.bad [name=at]")
        page.wait_for_selector("#detail")
        self.assertEqual(self.booking("改一改")["state"], "confirmed")
        self.assert_silent(REFUSED)

    def test_3_one_press_waits_for_what_is_taken(self):
        page = self.week(self.teacher())
        page.goto(f"{self.url}/bookings/new?space={self.own_space}&date={self.date(1)}&from=3&to=4")
        page.fill("[name=purpose]", "等一等")
        page.fill("[name=workstations]", "40")
        page.click("#content .form > .acts button.pri")
        page.click(".note.bad [name=wait]")
        page.wait_for_selector("#detail")
        self.assertTrue(self.booking("等一等")["waits"])
        self.assertIn("候补中", page.inner_text("#detail"))
        self.check(page, "booking-waits")
        self.cast.ask("a", "cancel", self.booking("等一等")["id"])
        self.assert_silent(REFUSED)

    def test_4_a_declined_booking_takes_an_offered_time_with_one_press(self):
        page = self.sign_in(self.page())
        self.week(page, self.space, booking=self.declined["id"])
        page.click("#detail .alts li:nth-child(1) button")
        page.wait_for_selector(".toast.ok, .note.bad")
        self.assertEqual(page.locator(".note.bad").all_inner_texts(), [])
        again = [row for row in self.bookings() if row["replaces"] == self.declined["id"]]
        self.assertEqual(len(again), 1)
        self.assertEqual((again[0]["purpose"], again[0]["className"]), ("数控铣削", "2304 班"))
        self.week(page, self.space)
        self.assertEqual(page.locator(".ev.rej").count(), 0, "what has another time is not shown as declined any more")
        self.assert_silent()

    def test_5_a_booking_is_moved_and_cancelled_by_who_made_it_alone(self):
        page = self.week(self.teacher())
        self.cell(page, 1, 9).click()
        self.fill(page, "要改期")
        page.click("dialog .acts button.pri")
        page.wait_for_selector("#detail")
        page.click("#detail .dacts a")
        page.wait_for_selector("dialog[open] form")
        self.assertEqual((page.input_value("dialog [name=from]"), page.input_value("dialog [name=to]")), ("9", "9"))
        page.fill("dialog [name=date]", self.date(2))
        page.select_option("dialog [name=to]", "10")
        self.check(page, "move-dialog")
        page.click("dialog .acts button.pri")
        page.wait_for_url(f"**week={self.date(2)}**")
        moved = next(row for row in self.bookings() if row["purpose"] == "要改期" and row["replaces"])
        self.assertEqual((moved["state"], self.hours(moved)), ("confirmed", ["2 18:30", "2 20:10"]))
        made = page.inner_text("#detail .hist")
        for words in ("预约并确认", "待上传", "原为"):
            self.assertIn(words, made, "the hub is away")
        page.click("#detail .hist a")
        page.wait_for_selector("#detail .hist li:nth-child(2)")
        self.assertIn("王敏（虚构）", page.inner_text("#detail .hist li:nth-child(1)"))
        self.assertIn("改期", page.inner_text("#detail .hist li:nth-child(2)"))
        page.click("#detail .hist li:nth-child(2) a")
        page.wait_for_url(f"**booking={moved['id']}**")
        other = self.sign_in(self.page(), "li")
        self.week(other, booking=moved["id"])
        self.assertEqual(other.locator("#detail .dacts").count(), 0)
        self.week(other, booking=moved["replaces"])
        self.assertNotIn("王敏", other.inner_text("#detail .hist"), "whose account it was is for those who may change it")
        other.goto(f"{self.url}/bookings/{moved['id']}/cancel")
        self.assertIn("不是您的预约", other.inner_text(".note"))
        page.goto(self.url + "/bookings")
        self.assertIn("要改期", page.inner_text("#bookings"))
        page.locator("#bookings tr", has_text="要改期").locator("a.danger").first.click()
        page.wait_for_selector("dialog[open] form")
        page.fill("dialog [name=reason]", "停课")
        page.click("dialog .acts button.pri")
        page.wait_for_selector(".toast.ok")
        ended = next(row for row in self.bookings() if row["id"] == moved["id"])
        self.assertEqual((ended["state"], ended["reason"]), ("cancelled", "停课"))
        self.assert_silent(REFUSED)

    def own(self, weekday, periods, purpose):
        """A booking of the teacher's in the school's own room, made by form; its block on the page of its week."""
        page = self.week(self.teacher())
        self.cell(page, weekday, periods[0]).click()
        page.wait_for_selector("dialog[open] form")
        page.select_option("dialog [name=to]", str(periods[1]))
        self.fill(page, purpose)
        page.click("dialog .acts button.pri")
        page.wait_for_selector("#detail")
        return page, page.locator(f".ev[data-move='/bookings/{self.booking(purpose)['id']}/move']")

    def middle(self, page, weekday, line):
        box = self.box(page.locator(f"[role=gridcell][data-day='{weekday - 1}'][data-line='{line - 1}']"))
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def test_5_a_booking_is_dragged_to_another_time(self):
        page, block = self.own(7, (3, 4), "用鼠标挪")
        box = self.box(block)
        # Taken by its second period, it is put down by its second period too.
        page.mouse.move(box["x"] + 30, box["y"] + box["height"] * .75)
        page.mouse.down()
        page.mouse.move(*self.middle(page, 6, 8), steps=8)
        self.assertIn("第 7 节 – 第 8 节", page.inner_text(".drag"))
        self.check(page, "week-move")
        page.mouse.up()
        page.wait_for_selector("dialog[open] form[action$='/move']")
        self.assertEqual(
            [page.input_value(f"dialog [name={name}]") for name in ("date", "from", "to")], [self.date(6), "7", "8"])
        self.assertEqual(self.hours(self.booking("用鼠标挪")), ["7 10:00", "7 11:40"], "nothing is moved before it is confirmed")
        page.click("dialog .acts button.pri")
        page.wait_for_url("**done=**")
        moved = next(row for row in self.bookings() if row["purpose"] == "用鼠标挪" and row["replaces"])
        self.assertEqual((moved["state"], self.hours(moved)), ("confirmed", ["6 15:30", "6 17:10"]))
        # A press without a way is a click, and a drag that Escape ends leaves all as it was.
        block = page.locator(f".ev[data-move='/bookings/{moved['id']}/move']")
        box = self.box(block)
        page.mouse.move(box["x"] + 30, box["y"] + 10)
        page.mouse.down()
        page.mouse.move(*self.middle(page, 7, 2), steps=4)
        page.keyboard.press("Escape")
        page.mouse.up()
        self.assertEqual(page.locator(".drag, .lifted").count(), 0)
        self.assertEqual(page.query_selector("dialog[open]"), None)
        self.assert_silent()
        # Others' bookings stay where they are.
        self.assertEqual(self.week(self.sign_in(self.page(), "li")).locator("[data-move]").count(), 0)

    def test_5_a_booking_is_held_and_put_elsewhere_by_finger(self):
        self.own(7, (5, 5), "用手指挪")
        page = self.sign_in(self.page(MIDDLE, has_touch=True, is_mobile=True), TEACHER)
        self.week(page)
        block = page.locator(f".ev[data-move='/bookings/{self.booking('用手指挪')['id']}/move']")
        block.scroll_into_view_if_needed()
        touch = page.context.new_cdp_session(page)

        def send(kind, *points):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

        box = self.box(block)
        start = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        send("touchStart", start)
        page.wait_for_selector(".ev.lifted")
        goal = self.middle(page, 7, 6)
        send("touchMove", ((start[0] + goal[0]) / 2, (start[1] + goal[1]) / 2))
        send("touchMove", goal)
        page.wait_for_selector(".drag")
        send("touchEnd")
        page.wait_for_selector("dialog[open] form[action$='/move']")
        self.assertEqual([page.input_value(f"dialog [name={name}]") for name in ("date", "from")], [self.date(7), "6"])
        self.assert_silent()

    def test_6_a_series_is_answered_date_by_date(self):
        page = self.teacher()
        page.goto(f"{self.url}/bookings/series?space={self.own_space}")
        page.fill("[name=weeks]", "12-15")
        page.check("[name=weekday][value='5']")
        page.select_option("[name=from]", "1")
        page.select_option("[name=to]", "2")
        page.fill("[name=purpose]", "系列")
        page.click("#content .form > .acts button.pri")
        page.wait_for_selector("#answers")
        text = page.inner_text("#content")
        self.assertIn("已确认 4", text)
        self.assertIn("补 周五", text, "the holiday's lessons are held on the day that is made up for it")
        self.check(page, "series-answered")
        self.assertEqual({self.hours(row)[0][0] for row in self.bookings() if row["purpose"] == "系列"}, {"5", "6"})
        page.goto(self.url + "/bookings")
        self.assertEqual(page.locator("#bookings tr", has_text="系列").locator("a.danger").count(), 4)
        self.assert_silent()

    def test_7_an_ended_session_keeps_what_was_typed(self):
        page = self.week(self.teacher())
        self.cell(page, 4, 9).click()
        self.fill(page, "还在吗", people=12)
        cookies = [cookie for cookie in page.context.cookies() if not cookie["name"].endswith("_visit")]
        page.context.clear_cookies()
        page.context.add_cookies([cookie for cookie in cookies if "language" in cookie["name"]])
        page.click("dialog .acts button.pri")
        page.wait_for_selector(".toast.bad a")
        self.assertEqual(page.input_value("dialog [name=purpose]"), "还在吗")
        page.click(".toast.bad a")
        page.fill("input[name=name]", TEACHER)
        page.fill("input[name=password]", PASSWORD)
        page.click("form[action='/sign-in'] button.pri")
        page.wait_for_selector("[name=purpose]")
        self.assertEqual((page.input_value("[name=purpose]"), page.input_value("[name=people]")), ("还在吗", "12"))
        self.assertEqual(page.input_value("[name=from]"), "9")
        page.click("#content .form > .acts button.pri")
        page.wait_for_selector("#detail")
        self.assertEqual(self.hours(self.booking("还在吗")), ["4 18:30", "4 19:15"])
        self.assert_silent(REFUSED)

    def test_8_a_space_is_found_by_time_place_and_workstations(self):
        page = self.teacher()
        page.goto(f"{self.url}/find?q=职教园&date={self.date(2)}&from=1&to=2&workstations=10")
        self.assertNotIn("数控加工实训室", page.inner_text("#found"), "all 40 are in use")
        page.goto(f"{self.url}/find?q=职教园&date={self.date(2)}&from=7&to=8&workstations=40")
        self.assertIn("数控加工实训室", page.inner_text("#found"))
        self.check(page, "found")
        page.click("#found a.pri")
        page.wait_for_selector("dialog[open] form")
        self.assertEqual(page.input_value("dialog [name=from]"), "7")
        self.assertEqual(page.locator("dialog .seats li").count(), 40)
        self.assert_silent()

    def test_9_a_calendar_reads_the_feed(self):
        page = self.teacher()
        page.goto(self.url + "/feeds")
        page.fill("[name=name]", "手机")
        page.click("#make button.pri")
        address = page.inner_text(".secret code")
        self.check(page, "feed-made")
        with urllib.request.urlopen(self.url + address) as answer:
            calendar = Calendar.from_ical(answer.read())
        events = {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}
        event = events["用鼠标"]
        start = event.decoded("DTSTART").astimezone(CHINA)
        self.assertEqual((start.strftime("%Y-%m-%d %H:%M"), str(event["STATUS"])), (f"{self.date(1)} 10:00", "CONFIRMED"))
        self.assertEqual(event.decoded("DTEND") - event.decoded("DTSTART"), datetime.timedelta(minutes=100))
        self.assertEqual(str(events["要改期"]["STATUS"]), "CANCELLED")
        self.assertGreater(events["要改期"]["SEQUENCE"], events["用鼠标"]["SEQUENCE"])
        self.assertNotIn("数控车削", events, "others' bookings are none of this teacher's")
        page.click("#feeds form[action$='/revoke'] button")
        page.wait_for_selector(".toast.ok")
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(self.url + address)
        self.assert_silent()

    def test_9_the_week_is_one_sheet_of_paper(self):
        page = self.sign_in(self.page())
        self.week(page, self.space)
        file = self.folder / "week.pdf"
        page.pdf(path=str(file), prefer_css_page_size=True, print_background=True)
        data = file.read_bytes()
        self.assertEqual(data.count(b"/Type /Page\n") + data.count(b"/Type /Page "), 1, "one page")
        box = data.split(b"/MediaBox")[1].split(b"]")[0].decode().strip(" [").split()
        self.assertGreater(float(box[2]), float(box[3]), "landscape")
        if PICTURES:
            (Path(PICTURES) / "week.pdf").write_bytes(data)


if __name__ == "__main__":
    unittest.main()
