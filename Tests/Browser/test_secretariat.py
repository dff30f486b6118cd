"""The secretariat's console in a real browser: the board, and the operator's pages, with a hub that is killed."""

from __future__ import annotations

import socket
import sys
import unittest
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scene import MIDDLE, NAME, NARROW, PASSWORD, PROGRAM, WIDE, Scene

PAGES = {
    "board": "/board", "board-needing": "/board?show=needing", "board-nothing": "/board?q=%E6%B2%A1%E6%9C%89",
    "alerts": "/board/alerts", "members": "/members", "member-new": "/members/new", "requests": "/requests",
    "plans": "/plans", "plan-new": "/plans/new", "quarantine": "/quarantine", "recovery": "/recovery",
    "silences": "/silences", "journal": "/journal", "hub-audit": "/audit", "hub-users": "/users",
    "hub-account": "/account", "hub-nothing": "/no/such/page",
}

#: Chromium's words for answers that are no success, and for a server that is gone; both are meant here.
REFUSED, GONE = "Failed to load resource", "net::ERR_"


class SecretariatTest(Scene):
    """In the order of their names: the first makes the account that the others sign in with."""

    @classmethod
    def serve(cls):
        """The hub is served already; its console is what is looked at."""
        cls.url = cls.cast.server.url
        cls.first_link = cls.cast.server.opened["firstLink"]

    @classmethod
    def assemble(cls):
        super().assemble()
        cls.cast.join("b", cls.schools[1])
        cls.cast.sync("b")
        cls.cast.join("c", cls.schools[2])
        cls.rivals("b", "c")
        # A node that was restored from its backup: what it held lies in quarantine.
        cls.cast.sync("a")
        (cls.folder / "word").write_text("invented-passphrase-1\n")
        word = ("--passphrase-file", str(cls.folder / "word"))
        cls.cast.ask("a", "node", "backup", str(cls.folder / "a.backup"), *word)
        PROGRAM.ask("node", "restore", str(cls.folder / "a.backup"), *word, data=cls.folder / "a-again")
        PROGRAM.ask("node", "sync", data=cls.folder / "a-again")

    @classmethod
    def rivals(cls, *names):
        """Schools that want the same room of the first one at the same time."""
        cls.cast.sync("a")
        room = cls.cast.rows("a", "space", cls.cast.members["a"])[0]
        for name in names:
            cls.cast.sync(name)
            cls.cast.sync(name)
            cls.cast.ask(
                name, "book", room["id"], "--from", "2030-03-05 08:00", "--to", "2030-03-05 10:00", "--workstations", "1",
                "--purpose", "车工实训", "--class-name", "车工一班")
            cls.cast.sync(name)

    def ask(self, *arguments):
        return self.cast.ask("hub", *arguments)

    def member(self, name: str) -> str:
        return next(row["id"] for row in self.cast.rows("hub", "member") if row["name"] == name)

    def test_1_the_first_account_by_its_link(self):
        page = self.page()
        page.goto(self.first_link)
        page.fill("input[name=name]", NAME)
        page.fill("input[name=display]", "周航（虚构）")
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=again]", PASSWORD)
        page.click("button.pri")
        page.wait_for_selector("nav.side")
        self.assertIn("同步态势", page.inner_text("h1"))
        self.assert_silent()

    def test_2_every_page_keeps_the_rules(self):
        nodes = {node["name"]: node["id"] for node in self.ask("hub", "board")["nodes"]}
        pages = PAGES | {
            "story": f"/board/nodes/{nodes['a']}", "revoke": f"/nodes/{nodes['b']}/revoke",
            "member": f"/members/{self.member(self.schools[0])}", "leave": f"/members/{self.member(self.schools[1])}/leave",
            "statement": f"/quarantine/{nodes['a']}",
        }
        for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (MIDDLE, "light"), (NARROW, "light"), (NARROW, "dark")):
            page = self.sign_in(self.page(size, scheme))
            for name, path in pages.items():
                with self.subTest(page=name, width=size[0], scheme=scheme):
                    page.goto(self.url + path)
                    self.check(page, f"{name}-{scheme}-{size[0]}")
            self.assert_silent(REFUSED)

    def test_2_in_english_no_text_of_ours_is_left_in_chinese(self):
        page = self.sign_in(self.page(language="en-US"))
        # Members and majors are called in Chinese, and plans by their majors.
        names = {row["name"] for table in ("member", "major") for row in self.cast.rows("hub", table)}
        for name, path in PAGES.items():
            page.goto(self.url + path)
            self.assertEqual(page.get_attribute("html", "lang"), "en", name)
            for part in ("nav.side a span:not(.n):not(.who)", "h1", "h2", "th", "label", "button", ".pill", ".note p", ".empty"):
                for text in page.locator(part).all_inner_texts():
                    kept = any(each in text for each in names) or "周" in text or "中文" in text or "示例" in text
                    self.assertTrue(kept or not any("\u4e00" <= c <= "\u9fff" for c in text), f"{name}: {part}: {text}")

    def test_3_a_code_is_shown_once_and_lets_a_node_in(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/members")
        page.click("a[href='/members/new']")
        page.wait_for_selector("dialog[open]")
        self.check(page, "member-dialog")
        page.fill("dialog [name=name]", "新校（虚构）")
        page.click("dialog button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertIn("新校", page.inner_text("h1"))
        page.click("form[action$='/invite'] button")
        page.wait_for_selector(".note .secret")
        code = page.inner_text(".note .secret code")
        self.check(page, "code-shown")
        page.reload()
        self.assertNotIn(code, page.content())
        PROGRAM.ask("node", "join", "--hub", self.url, "--code", code, "--name", "n", data=self.folder / "n")
        page.goto(self.url + "/members/" + self.member("新校（虚构）"))
        self.assertIn("n", page.inner_text("#nodes-card"))
        self.assertNotIn(code, str(self.ask("hub", "audit")))
        page.click("a[href$='/leave']")
        page.wait_for_selector("dialog[open]")
        page.fill("dialog [name=name]", "别的名字")
        page.click("dialog button.pri")
        page.wait_for_selector("dialog .wrong")
        self.check(page, "leave-refused")
        page.fill("dialog [name=name]", "新校（虚构）")
        page.click("dialog button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertIn("已于", page.inner_text("#content"))
        acts = [line["act"] for line in self.ask("hub", "audit") if line["subject"] == "新校（虚构）"]
        self.assertEqual(acts[0], "POST /members/:member/leave")
        self.assert_silent(REFUSED)

    def test_4_a_plan_by_page(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/plans/new")
        major = self.cast.rows("hub", "major")[1]["code"]
        page.fill("[name=year]", "2028")
        page.fill("[name=major]", "没有这个专业")
        page.fill("[name=pathway]", "5+1")
        page.fill("[name=total]", "30")
        page.click("#content button.pri")
        page.wait_for_selector(".note.bad")
        self.check(page, "plan-refused")
        page.fill("[name=major]", major)
        page.click("#content button.pri")
        page.wait_for_selector(".toast.ok")
        card = page.locator(".card", has_text="2028").first
        card.locator("[name=member]").fill(self.schools[0])
        card.locator("[name=count]").fill("12")
        card.locator("form[action$='/allot'] button").click()
        page.wait_for_selector(".toast.ok >> text=已分配")
        self.check(page, "plan-allotted")
        self.assertIn("公共池 18", page.locator(".card", has_text="2028").first.inner_text())
        self.assert_silent(REFUSED)

    def test_4_rivals_stand_beside_each_other_and_what_nobody_holds_is_declined(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/requests")
        page.wait_for_selector("#requests-0")
        self.assertEqual(page.locator("#requests-0 tbody tr").count(), 2)
        self.assertIn("2 家同时申请", page.inner_text("#requests"))
        # The room's former holder has ended: nobody but the secretariat can answer.
        self.assertEqual(page.locator("form[action$='/decline']").count(), 2)
        row = page.locator("#requests-0 tbody tr").first
        row.locator("[name=reason]").fill("该实训室维修（虚构）")
        row.locator("form[action$='/decline'] button").click()
        page.wait_for_selector(".toast.ok")
        self.assertEqual(page.locator("#requests-0 tbody tr").count(), 1)
        self.assertEqual(self.ask("hub", "audit")[0]["act"], "POST /requests/:request/decline")
        self.check(page, "request-declined")
        self.cast.sync("b")
        states = [each["state"] for each in self.cast.ask("b", "bookings")]
        self.assertIn("declined", states)
        self.assert_silent()

    def test_5_the_statement_is_ticked_sentence_by_sentence(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/quarantine")
        page.click("a[href^='/quarantine/']")
        page.wait_for_selector("#statement")
        page.check("[name=copies]")
        page.fill("[name=name]", "a")
        page.click("#statement button.pri")
        page.wait_for_selector(".field.wrong")
        self.assertEqual(page.locator(".field.wrong").count(), 3)
        self.assertTrue(page.is_checked("[name=copies]"), "what was ticked is kept")
        self.check(page, "statement-refused")
        for name in ("sticks", "backups", "unknown"):
            page.check(f"[name={name}]")
        page.click("#statement button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertIn("没有隔离中的权利", page.inner_text("#content"))
        self.check(page, "quarantine-empty")
        self.assert_silent(REFUSED)

    def test_6_a_school_is_off_for_the_summer(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/silences")
        page.fill("[name=member]", self.schools[0])
        page.fill("[name=from]", "明天")
        page.fill("[name=to]", "2030-09-01 08:00")
        page.fill("[name=reason]", "<script>alert(1)</script>")
        page.click("#plan button.pri")
        page.wait_for_selector("#plan .note.bad")
        self.assertEqual(page.input_value("[name=to]"), "2030-09-01 08:00")
        self.check(page, "silence-refused")
        page.fill("[name=from]", "2030-07-01 18:00")
        page.click("#plan button.pri")
        page.wait_for_selector(".toast.ok")
        self.assertIn("<script>alert(1)</script>", page.inner_text("#silences"))
        page.click("form[action$='/call-off'] button")
        page.wait_for_selector("#silences-card .empty")
        self.assert_silent(REFUSED)

    def test_7_an_auditor_sees_all_and_changes_nothing(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/users")
        page.select_option("#invite select[name=role]", "auditor")
        page.click("#invite button")
        link = page.inner_text(".secret code")
        other = self.page()
        other.goto(self.url + link)
        for field, value in (("name", "auditor"), ("password", PASSWORD), ("again", PASSWORD)):
            other.fill(f"input[name={field}]", value)
        other.click("button.pri")
        other.wait_for_selector("nav.side")
        for name, path in PAGES.items():
            if name in ("member-new", "plan-new", "hub-users", "hub-nothing", "hub-account"):
                continue
            other.goto(self.url + path)
            forms = other.locator("#content form[method=post]").count()
            self.assertEqual(forms, 0, name)
        other.goto(self.url + "/plans/new")
        self.assertIn("您的角色不能做这件事", other.inner_text(".note"))
        self.check(other, "auditor-refused")
        self.assert_silent(REFUSED)

    def test_8_the_hub_is_killed_under_an_open_page(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/board")
        page.wait_for_selector("[data-live-state=live]:not([hidden])")
        server, self.cast.server = self.cast.server, None
        server.process.kill()
        server.process.wait()
        page.wait_for_selector("[data-live-state=again]:not([hidden])", timeout=30_000)
        self.assertEqual(page.locator("[data-live-state]:visible").count(), 1)
        self.assertIn("在线节点", page.inner_text("#kpis"), "what was seen stays")
        self.check(page, "hub-gone")
        # In the hub's place, somebody who hangs up: the browser has tried in vain.
        with socket.create_server(("127.0.0.1", urlsplit(self.url).port)) as door:
            door.settimeout(30)
            door.accept()[0].close()
        self.cast.start_hub()
        page.wait_for_selector("[data-live-state=live]:not([hidden])", timeout=60_000)
        # The page is not touched: it fetches itself anew at the hub's next look.
        self.cast.add("hub", "member", name="重启后新增（虚构）", kind="firm")
        PROGRAM.ask(
            "node", "join", "--hub", self.url, "--code",
            self.ask("hub", "invite", "--member", "重启后新增（虚构）")["code"], "--name", "后来", data=self.folder / "late")
        page.wait_for_selector("#nodes >> text=重启后新增", timeout=30_000)
        self.assert_silent(REFUSED, GONE)

    def test_9_a_session_that_ended_is_said_and_not_taken_up_again(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/board")
        page.wait_for_selector("[data-live-state=live]:not([hidden])")
        page.context.clear_cookies()
        server, self.cast.server = self.cast.server, None
        server.process.kill()
        server.process.wait()
        self.cast.start_hub()
        page.wait_for_selector("[data-live-state=broken]:not([hidden])", timeout=60_000)
        self.check(page, "board-broken")

    def test_9_acts_by_command_line_stand_in_the_list(self):
        self.ask("hub", "invite", "--member", self.schools[1])
        self.ask("add", "committee", "alliance=示例联盟", "name=新委员会")
        self.ask("hub", "alerts", "rules", "--grace", "90")
        before = self.ask("hub", "audit")
        acts = [(line["act"], line["subject"]) for line in before[:3]]
        self.assertEqual(
            acts, [("hub alerts rules", "grace 90"), ("add committee", "alliance name"), ("hub invite", self.schools[1])])
        self.assertTrue(before[0]["who"].endswith("@cli"))
        for reading in (("hub", "board"), ("hub", "members"), ("hub", "alerts", "rules"), ("hub", "recovery"), ("list", "member")):
            self.ask(*reading)
        self.assertEqual(self.ask("hub", "audit")[0]["id"], before[0]["id"], "who reads leaves no line")


if __name__ == "__main__":
    unittest.main()
