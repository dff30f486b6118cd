"""Opening rules as a week of periods: ticked, saved, stale, taken away; what waits to be sent; workbooks by page."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scene import NARROW, WIDE
from week import WeekScene

REFUSED = "Failed to load resource"


class OpeningTest(WeekScene):
    """The school's own base, with its room, goes by a timetable of ten uneven periods."""

    def own_base(self):
        return next(row for row in self.cast.rows("a", "base") if row["name"] == "本校钳工基地")

    def rules(self):
        own = [row for row in self.cast.rows("a", "opening") if row["base"] == self.own_base()["id"]]
        return sorted((row["weekday"], row["first_period"], row["last_period"]) for row in own)

    def open(self, page):
        page.goto(f"{self.url}/openings?base={self.own_base()['id']}")
        return page

    def tick(self, page, weekday, *periods):
        for period in periods:
            page.locator(f"input[name=open][value='{weekday}-{period}']").check()

    def test_1_the_week_is_ticked_and_saved(self):
        page = self.open(self.sign_in(self.page()))
        self.assertIn("全天开放", page.inner_text("#holds"))
        self.assertIn("08:55–09:40", page.inner_text(".openings"))
        self.check(page, "openings-empty")
        page.click("#hours button.pri")
        page.wait_for_selector(".note.bad")
        self.assertIn("没有勾选任何时段", page.inner_text(".note.bad"))
        self.tick(page, 1, 1, 2, 3, 4, 7)
        self.tick(page, 8, 5)
        page.click("#hours button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertEqual(self.rules(), [(1, 1, 4), (1, 7, 7), (8, 5, 5)])
        for size, scheme, language in ((WIDE, "light", "zh-CN"), (WIDE, "dark", "en"), ((820, 1000), "light", "en"), (NARROW, "light", "zh-CN")):
            self.check(self.open(self.sign_in(self.page(size, scheme, language))), f"openings-{scheme}-{size[0]}")
        self.assert_silent()

    def test_2_a_stale_form_writes_nothing_and_shows_both(self):
        page = self.open(self.sign_in(self.page()))
        other = self.open(self.sign_in(self.page()))
        self.tick(other, 2, 1)
        other.click("#hours button.pri")
        other.wait_for_selector(".toast.ok")
        self.tick(page, 3, 2)
        page.click("#hours button.pri")
        page.wait_for_selector(".note.bad")
        self.assertIn("2:1", page.inner_text(".note.bad"))
        self.assertTrue(page.locator("input[value='3-2']").is_checked(), "what was ticked is kept")
        self.assertNotIn((3, 2, 2), self.rules())
        page.click("#hours button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertIn((3, 2, 2), self.rules())
        self.assertNotIn((2, 1, 1), self.rules(), "saved again, what was shown as chosen holds")

    def test_3_a_room_has_rules_of_its_own_and_none_again(self):
        page = self.open(self.sign_in(self.page()))
        page.click(f"a[href*='space={self.own_space}']")
        page.wait_for_selector("#holds")
        self.assertIn("按整个基地的规则", page.inner_text("#holds"))
        self.tick(page, 6, 9, 10)
        page.click("#hours button.pri")
        page.wait_for_selector(".toast.ok")
        own = [row for row in self.cast.rows("a", "opening") if row["space"] == self.own_space]
        self.assertEqual([(row["weekday"], row["first_period"], row["last_period"]) for row in own], [(6, 9, 10)])
        page.click("form[action='/openings/clear'] button")
        page.wait_for_selector(".toast.ok")
        self.assertEqual([row for row in self.cast.rows("a", "opening") if row["space"] == self.own_space], [])
        self.assertIn((1, 1, 4), self.rules(), "the base's stay")

    def test_4_a_teacher_sees_and_does_not_change(self):
        page = self.open(self.teacher())
        self.assertEqual(page.locator("input[name=open], #hours button, form[action='/openings/clear']").count(), 0)
        self.assertIn("按 本部 节次表", page.inner_text("#hours"))
        self.check(page, "openings-teacher")

    def test_5_what_waits_is_told_by_table(self):
        page = self.sign_in(self.page())
        for path in ("/", "/sync"):
            page.goto(self.url + path)
            text = page.inner_text("#waiting")
            self.assertIn("预约", text)
            self.assertIn("连不上中心", text)
        self.check(page, "waiting")

    def test_6_a_workbook_goes_in_and_out_by_page(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/tables/base")
        with page.expect_download() as download:
            page.click("a[href$='form=xlsx']")
        file = download.value.path()
        self.assertEqual(download.value.suggested_filename, "实训基地.xlsx")
        page.goto(self.url + "/tables/base/import")
        page.set_input_files("input[name=file]", {"name": "实训基地.xlsx", "mimeType": "", "buffer": Path(file).read_bytes()})
        page.click("#file-card button.pri")
        page.wait_for_selector("#mapping-card")
        self.assertIn("XLSX", page.inner_text("#preview"))
        self.check(page, "import-workbook")
        self.assert_silent(REFUSED)


if __name__ == "__main__":
    unittest.main()
