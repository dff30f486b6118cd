"""The school's console in a real browser, from the first link on."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scene import NAME, NARROW, PASSWORD, WIDE, Scene

PAGES = {
    "home": "/", "tables": "/tables", "bases": "/tables/base", "teachers": "/tables/teacher?q=%E6%95%B0",
    "teacher-new": "/tables/teacher/new", "consents": "/persons", "import": "/tables/teacher/import", "conflicts": "/conflicts",
    "rejected": "/rejected", "sync": "/sync", "backup": "/backup", "quotas": "/quotas", "requests": "/requests",
    "bookings": "/bookings", "booking-new": "/bookings/new", "account": "/account", "users": "/users",
    "programs": "/programs", "audit": "/audit", "nothing": "/no/such/page",
}

#: Chromium's word for an answer that is no success; such pages are asked for on purpose.
REFUSED = "Failed to load resource"


class ConsoleTest(Scene):
    """In the order of their names: the first makes the account that the others sign in with."""

    def test_1_the_first_account_by_its_link(self):
        page = self.page()
        page.goto(self.first_link)
        self.check(page, "first-link")
        page.fill("input[name=name]", NAME)
        page.fill("input[name=display]", "陈静（虚构）")
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=again]", PASSWORD + "x")
        page.click("button.pri")
        self.assertIn("两次输入的密码不同", page.inner_text(".note"))
        self.assertEqual(page.input_value("input[name=name]"), NAME, "what was typed is kept")
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=again]", PASSWORD)
        page.click("button.pri")
        page.wait_for_selector("nav.side")
        self.assertIn("陈静", page.inner_text("h1"))
        page.goto(self.first_link)
        self.assertIn("已用过或已过期", page.inner_text(".note"))
        self.assert_silent(REFUSED)

    def test_2_a_wrong_password_and_the_way_back(self):
        page = self.page()
        page.goto(self.url + "/tables/base")
        self.assertIn("/sign-in?to=", page.url)
        self.check(page, "sign-in")
        page.fill("input[name=name]", NAME)
        page.fill("input[name=password]", "wrong")
        page.click("button.pri")
        self.assertIn("登录名或密码不对", page.inner_text(".note"))
        self.check(page, "sign-in-wrong")
        page.fill("input[name=password]", PASSWORD)
        page.click("button.pri")
        page.wait_for_selector("nav.side")
        self.assertTrue(page.url.endswith("/tables/base"), page.url)
        self.assert_silent(REFUSED)

    def test_3_every_page_keeps_the_rules(self):
        for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")):
            page = self.sign_in(self.page(size, scheme))
            for name, path in PAGES.items():
                with self.subTest(page=name, width=size[0], scheme=scheme):
                    page.goto(self.url + path)
                    self.check(page, f"{name}-{scheme}-{size[0]}")
            self.assert_silent(REFUSED)

    def test_3_in_english_no_text_is_left_in_chinese(self):
        page = self.sign_in(self.page(language="en-US"))
        self.assertEqual(page.get_attribute("html", "lang"), "en")
        for path in ("/sync", "/backup", "/account", "/programs", "/feeds", "/duplicates"):
            page.goto(self.url + path)
            page.eval_on_selector(".side .foot", "element => element.remove()")
            text = page.inner_text("nav.side") + page.inner_text("#content")
            known = [*self.schools, "陈静（虚构）"]
            for name in known:
                text = text.replace(name, "")
            han = [character for character in text if "\u4e00" <= character <= "\u9fff"]
            self.assertEqual("".join(han), "", path)

    def test_4_an_edit_in_a_dialog_by_keyboard_alone(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/tables/base?own=1")
        page.focus("tbody th a")
        page.keyboard.press("Enter")
        page.wait_for_url("**/rows/**")
        page.focus("a[href$='/edit']")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog[open]")
        self.check(page, "edit-dialog")
        page.focus("dialog [name=c-address]")
        page.keyboard.press("Control+A")
        page.keyboard.type("键盘路 1 号")
        page.keyboard.press("Enter")
        page.wait_for_selector(".toast.ok")
        self.assertIn("键盘路 1 号", page.inner_text("#content"))
        self.assertEqual(page.query_selector("dialog[open]"), None)
        self.assert_silent()

    def test_4_wrong_and_hostile_values_come_back_with_their_message(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/tables/teacher/new")
        hostile = "<script>alert(1)</script>'\"=1+1"
        page.fill("[name=c-staff_no]", "90001")
        page.fill("[name=c-name]", hostile)
        page.fill("[name=c-hours]", "四百")
        page.click("#content button.pri")
        page.wait_for_selector(".field.wrong")
        self.assertEqual(page.input_value("[name=c-name]"), hostile)
        self.assertIn("四百", page.inner_text(".field.wrong .err"))
        self.check(page, "wrong-values")
        page.fill("[name=c-hours]", "4")
        page.fill("[name=consent]", "2026-09-01")
        page.click("#content button.pri")
        page.wait_for_url("**/rows/**")
        self.assertIn(hostile, page.inner_text("#content"))
        self.assert_silent(REFUSED)

    def test_5_a_moved_cell_shows_both_values(self):
        page = self.sign_in(self.page())
        row = self.cast.rows("a", "base", self.cast.members["a"])[0]
        page.goto(f"{self.url}/tables/base/rows/{row['id']}/edit")
        page.fill("[name=c-note]", "我写的")
        self.cast.set("a", "base", row, note="别人写的")
        page.click("#content button.pri")
        page.wait_for_selector(".field.wrong")
        self.assertEqual(page.input_value("[name=c-note]"), "我写的")
        self.assertIn("别人写的", page.inner_text(".field.wrong .err"))
        self.check(page, "stale")
        page.click("#content button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertIn("我写的", page.inner_text("#content"))
        self.assert_silent(REFUSED)

    def test_6_a_conflict_is_seen_and_resolved(self):
        self.cast.sync("a2")
        self.cast.sync("a")
        row = self.cast.rows("a", "base", self.cast.members["a"])[1]
        self.cast.stop_hub()
        self.cast.set("a", "base", row, address="东校区 1 号楼")
        self.cast.set("a2", "base", row, address="西校区 2 号楼")
        self.cast.start_hub()
        self.cast.sync("a2")
        self.cast.sync("a")
        self.cast.sync("a")
        page = self.sign_in(self.page())
        page.goto(self.url + "/conflicts")
        page.wait_for_selector(".cmp")
        text = page.inner_text(".cmp")
        self.assertIn("东校区 1 号楼", text)
        self.assertIn("西校区 2 号楼", text)
        self.check(page, "conflict-light-1440")
        losing = "东校区 1 号楼" if "东校区" in page.inner_text(".opt:has([value=restore])") else "西校区 2 号楼"
        page.check("input[value=restore]")
        page.click(".cmp button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertEqual(self.cast.ask("a", "conflicts", "list"), [])
        now = next(each for each in self.cast.rows("a", "base") if each["id"] == row["id"])
        self.assertEqual(now["address"], losing)
        self.assert_silent()

    def test_7_a_file_is_previewed_then_written(self):
        page = self.sign_in(self.page())
        bad = self.folder / "bad.csv"
        bad.write_bytes("工号,姓名,可外聘周课时\r\n00071,虚构甲,4\r\n00072,虚构乙,很多\r\n".encode("gb18030"))
        page.goto(self.url + "/tables/teacher/import")
        page.set_input_files("input[name=file]", str(bad))
        page.click("form[enctype] button.pri")
        page.wait_for_selector("#problems")
        self.assertIn("很多", page.inner_text("#problems"))
        self.assertIn("gb18030", page.inner_text("#preview"))
        self.check(page, "import-problems")
        good = self.folder / "good.csv"
        good.write_bytes("工号,姓名,可外聘周课时\r\n00071,虚构甲,4\r\n00072,虚构乙,6\r\n".encode("gb18030"))
        page.set_input_files("input[name=file]", str(good))
        page.fill("form[enctype] input[name=consent]", "2026-09-01")
        page.click("form[enctype] button.pri")
        page.wait_for_selector("form[action$='/import/write']")
        self.check(page, "import-preview")
        self.assertFalse([row for row in self.cast.rows("a", "teacher") if row["staff_no"] == "00071"])
        page.click("form[action$='/import/write'] button")
        page.wait_for_selector(".toast.ok")
        names = {row["name"] for row in self.cast.rows("a", "teacher") if row["staff_no"] in ("00071", "00072")}
        self.assertEqual(names, {"虚构甲", "虚构乙"})
        with page.expect_download() as download:
            page.goto(self.url + "/tables/teacher")
            page.click("a[href$='/export']")
        text = Path(download.value.path()).read_text("utf-8-sig")
        self.assertIn('="00071"', text.replace('""', '"'), "Excel keeps the zeros")
        self.assert_silent()

    def test_8_without_the_hub_all_goes_on_and_is_said_calmly(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/")
        self.cast.stop_hub()
        self.addCleanup(lambda: self.cast.server or self.cast.start_hub())
        page.click("form[action='/sync/now'] button")
        page.wait_for_selector(".sync.calm")
        self.assertIn("离线工作中", page.inner_text("#sync-card"))
        row = self.cast.rows("a", "base", self.cast.members["a"])[0]
        page.goto(f"{self.url}/tables/base/rows/{row['id']}/edit")
        page.fill("[name=c-note]", "离线时写的")
        page.click("#content button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertIn("尚未上传", page.inner_text("#content"))
        for scheme in ("light", "dark"):
            for size in (WIDE, NARROW):
                other = self.sign_in(self.page(size, scheme))
                other.goto(self.url + "/")
                self.check(other, f"offline-{scheme}-{size[0]}")
        page.goto(self.url + "/")
        self.cast.start_hub()
        # The page is not touched: it hears by the stream of changes that the line is back.
        page.wait_for_selector(".sync.ok", timeout=90_000)
        self.assert_silent()

    def test_9_without_script_everything_still_works(self):
        page = self.sign_in(self.page(java_script_enabled=False))
        row = self.cast.rows("a", "base", self.cast.members["a"])[0]
        page.goto(f"{self.url}/tables/base/rows/{row['id']}")
        page.click("a[href$='/edit']")
        page.fill("[name=c-note]", "没有脚本")
        page.click("#content button.pri")
        self.assertIn("没有脚本", page.inner_text("#content"))
        self.assertIn("已保存", page.inner_text(".note.ok"))

    def test_9_a_role_that_is_changed_holds_at_once(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/users")
        page.select_option("#invite select[name=role]", "viewer")
        page.click("#invite button")
        link = page.inner_text(".secret code")
        other = self.page()
        other.goto(self.url + link)
        other.fill("input[name=name]", "viewer")
        other.fill("input[name=password]", PASSWORD)
        other.fill("input[name=again]", PASSWORD)
        other.click("button.pri")
        other.wait_for_selector("nav.side")
        other.goto(self.url + "/users")
        self.assertIn("您的角色不能做这件事", other.inner_text(".note"))
        other.goto(self.url + "/tables/base")
        self.assertEqual(other.query_selector("a[href$='/new']"), None)
        page.goto(self.url + "/users")
        page.click("form[action='/users/viewer/close'] button")
        page.wait_for_selector(".toast.ok")
        other.goto(self.url + "/")
        self.assertIn("/sign-in", other.url)


if __name__ == "__main__":
    unittest.main()
