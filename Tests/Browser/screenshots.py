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
from week import WeekScene

#: Pages of a school's console that the tests of single pages look at by themselves.
MORE = {
    "find": "/find", "feeds": "/feeds", "closures": "/closures", "openings": "/openings", "allotments": "/allotments",
    "duplicates": "/duplicates", "certificate": "/certificate", "spaces": "/tables/space", "import-bases": "/tables/base/import",
}


class Secretariat(test_secretariat.SecretariatTest):
    """The scene of the secretariat's tests. No test is run."""

    def runTest(self):
        """Makes it a case that can be built; it is never run."""


class School(WeekScene):
    """The scene of the teacher's tests: bookings in every state, and no line."""

    def runTest(self):
        """As above."""


def sign_up(stage: Scene, page) -> None:
    """Makes the console's first account."""
    page.goto(stage.first_link)
    page.fill("input[name=name]", NAME)
    page.fill("input[name=display]", "周航（虚构）")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    page.click("button.pri")
    page.wait_for_selector("nav.side")


def take(stage: Scene, pages: dict[str, str], folder: Path, has_account: bool) -> None:
    """Makes pictures of a console's pages, wide and narrow."""
    for size in (WIDE, NARROW):
        page = stage.page(size)
        if size is WIDE and not has_account:
            sign_up(stage, page)
        else:
            stage.sign_in(page)
        for name, path in pages.items():
            page.goto(stage.url + path)
            page.screenshot(path=folder / f"{name}-{size[0]}.png", full_page=True)


def on_stage(scene: type[Scene], play) -> None:
    """Sets a scene up, plays, and takes it down."""
    scene.setUpClass()
    stage = scene()
    try:
        play(stage)
    finally:
        stage.doCleanups()
        scene.doClassCleanups()


def secretariat(stage: Secretariat, folder: Path) -> None:
    nodes = {node["name"]: node["id"] for node in stage.ask("hub", "board")["nodes"]}
    own = {"story": f"/board/nodes/{nodes['a']}", "statement": f"/quarantine/{nodes['a']}",
           "member": f"/members/{stage.member(stage.schools[0])}"}
    take(stage, test_secretariat.PAGES | own, folder, has_account=False)


def school(stage: School, folder: Path) -> None:
    own = {"week": f"/calendar/{stage.space}?week={stage.date(1)}", "week-own": f"/calendar/{stage.own_space}?week={stage.date(1)}"}
    pages = test_console.PAGES | MORE | own
    take(stage, {f"school-{name}": path for name, path in pages.items()}, folder, has_account=True)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    on_stage(Secretariat, lambda stage: secretariat(stage, folder))
    on_stage(School, lambda stage: school(stage, folder))
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
