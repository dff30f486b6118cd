"""Pictures of every page of a school's console and of the secretariat's, 1440 and 390 wide.

    python Tests/Browser/screenshots.py DIR
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import test_console
import test_secretariat
from scene import NAME, NARROW, PASSWORD, WIDE, Scene


class Stage(test_secretariat.SecretariatTest):
    """The scene of the secretariat's tests, with the first school's node served beside it. No test is run."""

    @classmethod
    def serve(cls):
        super().serve()
        cls.hub = (cls.url, cls.first_link)
        Scene.serve.__func__(cls)
        cls.school = (cls.url, cls.first_link)

    def runTest(self):
        """Makes it a case that can be built; it is never run."""


def take(stage: Stage, console: tuple[str, str], pages: dict[str, str], folder: Path) -> None:
    """Makes the console's first account, and pictures of its pages."""
    url, first_link = console
    for size in (WIDE, NARROW):
        page = stage.page(size)
        page.goto(first_link)
        if size is WIDE:
            page.fill("input[name=name]", NAME)
            page.fill("input[name=display]", "周航（虚构）")
            page.fill("input[name=password]", PASSWORD)
            page.fill("input[name=again]", PASSWORD)
            page.click("button.pri")
            page.wait_for_selector("nav.side")
        else:
            stage.url = url
            stage.sign_in(page)
        for name, path in pages.items():
            page.goto(url + path)
            page.screenshot(path=folder / f"{name}-{size[0]}.png", full_page=True)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Stage.setUpClass()
    stage = Stage()
    try:
        nodes = {node["name"]: node["id"] for node in stage.ask("hub", "board")["nodes"]}
        own = {"story": f"/board/nodes/{nodes['a']}", "statement": f"/quarantine/{nodes['a']}",
               "member": f"/members/{stage.member(stage.schools[0])}"}
        take(stage, Stage.hub, test_secretariat.PAGES | own, folder)
        take(stage, Stage.school, {f"school-{name}": path for name, path in test_console.PAGES.items()}, folder)
    finally:
        stage.doCleanups()
        Stage.doClassCleanups()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
