"""A school records a consent and its withdrawal, and sees how far the erasure has come."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scene import NAME, NARROW, PASSWORD, WIDE, Scene

#: Chromium's word for an answer that is no success; such pages are asked for on purpose.
REFUSED = "Failed to load resource"


class ConsentTest(Scene):
    """In the order of their names: the first makes the account that the others sign in with."""

    def test_1_the_first_account(self):
        page = self.page()
        page.goto(self.first_link)
        page.fill("input[name=name]", NAME)
        page.fill("input[name=display]", "陈静（虚构）")
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=again]", PASSWORD)
        page.click("button.pri")
        page.wait_for_selector("nav.side")

    def teacher(self, number: str) -> list[dict]:
        return [row for row in self.cast.rows("a", "teacher") if row["staff_no"] == number]

    def test_2_kept_then_consented_then_withdrawn(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/tables/teacher/new")
        page.fill("input[name=c-staff_no]", "00701")
        page.fill("input[name=c-name]", "虚构戊")
        page.fill("input[name=c-specialty]", "数控车削")
        page.click("#content form[action$='/new'] button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertEqual(self.teacher("00701"), [], "without a date it is not shared")
        self.check(page, "persons-without")
        page.click("#persons a:has-text('00701')")
        page.wait_for_selector("#consent")
        self.check(page, "person-kept")

        page.goto(self.url + "/persons/00701/consent")
        self.check(page, "consent-form")
        page.fill("#content input[name=given]", "2999-01-01")
        page.click("#content form[action$='/consent'] button.pri")
        page.wait_for_selector(".note.bad")
        self.assertEqual(page.input_value("#content input[name=given]"), "2999-01-01", "what was typed is kept")
        self.check(page, "consent-refused")
        page.fill("#content input[name=given]", "2026-09-01")
        page.uncheck("#content input[name=f-note]")
        page.click("#content form[action$='/consent'] button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertEqual([row["specialty"] for row in self.teacher("00701")], ["数控车削"])
        self.check(page, "person-shared")

        page.goto(self.url + "/persons/00701/withdraw")
        self.check(page, "withdraw-form")
        page.click("#content form[action$='/withdraw'] button.pri")
        page.wait_for_selector("#erasure")
        self.assertEqual(self.teacher("00701"), [])
        self.check(page, "person-withdrawn")
        for name in self.nodes:
            self.cast.sync(name)
        self.cast.sync("a")
        page.goto(self.url + "/persons/00701")
        self.assertIn("已确认", page.inner_text("#erasure"))
        self.assertIn("尚未完成", page.inner_text("#erasure"), "the hub still keeps what it would need to be restored")
        with page.expect_download() as download:
            page.click("a[href$='/export']")
        self.assertIn("虚构戊", Path(download.value.path()).read_text("utf-8-sig"))
        self.assert_silent(REFUSED)

    def test_3_every_page_narrow_and_dark_and_in_english(self):
        for size, scheme, language in ((NARROW, "light", "zh-CN"), (WIDE, "dark", "zh-CN"), (NARROW, "dark", "en")):
            page = self.sign_in(self.page(size, scheme, language))
            for path in ("", "?without=1", "/00701", "/00701/consent", "/00701/withdraw", "/00701/forget"):
                page.goto(self.url + "/persons" + path)
                name = path.strip("/?").replace("/", "-").replace("=", "-")
                self.check(page, f"persons-{name}-{size[0]}-{scheme}-{language}")
            self.assert_silent()


if __name__ == "__main__":
    unittest.main()
