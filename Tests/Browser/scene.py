"""A hub and a school's nodes, one of them served, and a browser in front of its console.

The browser is Debian's Chromium. Every page that is looked at is held to the same rules: nothing in the browser's console, no
violation that axe finds, nothing wider than the window.
"""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Proof"))

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, sync_playwright

from cast import Cast
from program import Program, Server

PROGRAM = Program(os.environ.get("JILIAN_PROGRAM", ROOT / ".build" / "debug" / "jilian"))
CHROMIUM = os.environ.get("JILIAN_CHROMIUM", "/usr/bin/chromium")

#: Where pictures of the pages go, if anywhere.
PICTURES = os.environ.get("JILIAN_PICTURES")

WIDE, MIDDLE, NARROW = (1440, 1000), (820, 1000), (390, 844)
NAME, PASSWORD = "admin", "invented-password-1"


class Scene(unittest.TestCase):
    """Node a of the first school is served; node a2 of the same school and the hub are worked by commands."""

    #: The first school's nodes. What others give to the school goes to the one that joined last.
    nodes = ("a", "a2")

    @classmethod
    def setUpClass(cls):
        cls.playwright = sync_playwright().start()
        cls.addClassCleanup(cls.playwright.stop)
        cls.browser = cls.playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        cls.addClassCleanup(cls.browser.close)
        temporary = tempfile.TemporaryDirectory(prefix="jilian-browser-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.cast = Cast(PROGRAM, cls.folder)
        cls.addClassCleanup(cls.cast.close)
        cls.assemble()
        cls.serve()

    @classmethod
    def serve(cls):
        cls.node = Server(PROGRAM, "node", cls.cast.data("a"), log=cls.folder / "a.log")
        cls.addClassCleanup(cls.node.stop)
        cls.url = cls.node.url
        cls.first_link = cls.node.opened["firstLink"]

    @classmethod
    def assemble(cls):
        cls.cast.found("示例联盟")
        sample = PROGRAM.ask("sample", str(cls.folder / "sample"), data=None)
        cls.schools = sample["schools"]
        for file in sample["files"]:
            if file["member"] is None:
                cls.cast.bring_in("hub", file["table"], cls.folder / "sample" / file["name"])
        cls.cast.start_hub()
        for name in cls.nodes:
            cls.cast.join(name, cls.schools[0])
        for table, part in (("base", "bases"), ("space", "spaces"), ("teacher", "teachers")):
            for file in sample["files"]:
                if file["member"] == cls.schools[0] and file["table"] == table:
                    cls.cast.bring_in("a", table, cls.folder / "sample" / file["name"])
        for name in cls.nodes:
            cls.cast.sync(name)
        cls.plan()

    @classmethod
    def plan(cls):
        major = cls.cast.rows("hub", "major")[0]["code"]
        plan = cls.cast.ask(
            "hub", "quota", "plan", "year=2026", f"major={major}", "level=senior", "pathway=2+2", "--total", "60")
        cls.cast.ask("hub", "quota", "allot", plan["id"], cls.schools[0], "20")

    # Pages

    def context(self, size=WIDE, scheme="light", language="zh-CN", **options) -> BrowserContext:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale=language, **options)
        self.addCleanup(context.close)
        return context

    def page(self, *arguments, **options) -> Page:
        """A page of a fresh browser, whose console is listened to."""
        page = self.context(*arguments, **options).new_page()
        self.said = []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        return page

    def sign_in(self, page: Page, name=NAME, password=PASSWORD) -> Page:
        page.goto(self.url + "/sign-in")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", password)
        page.click("form[action='/sign-in'] button.pri")
        page.wait_for_selector("nav.side", state="attached")
        return page

    # Rules for every page

    def check(self, page: Page, name: str) -> None:
        """The rules that every page keeps; takes its picture where pictures are asked for."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
        width = page.viewport_size["width"]
        wide = page.evaluate("document.documentElement.scrollWidth")
        self.assertLessEqual(wide, width, f"{name} is {wide} wide in a window of {width}")
        found = Axe().run(page).response["violations"]
        told = [f"{item['id']}: {item['help']}: {[node['target'] for node in item['nodes']][:4]}" for item in found]
        self.assertEqual(told, [], f"{name}: axe")

    def box(self, element: Locator) -> dict[str, float]:
        """Where an element stands: one that is being replaced by its like stands nowhere for a moment."""
        for _ in range(10):
            element.wait_for()
            if box := element.bounding_box():
                return box
        raise AssertionError(f"{element} does not stay")

    def assert_silent(self, *expected: str) -> None:
        """Nothing was said in the browser's console but what a part of `expected` names."""
        self.assertEqual([line for line in self.said if not any(part in line for part in expected)], [])
