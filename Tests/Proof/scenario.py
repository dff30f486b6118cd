#!/usr/bin/env python3
"""The proof run: a hub and three nodes of two schools; the hub is stopped, all three edit, the hub returns, and the judge
opens the four files.

    scenario.py --program PATH [--sabotage drop-edit|skip-merge|flip-value] [--keep DIR]

Exits with the judge's code: 0 proved, 1 not.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import sabotage
from cast import NODES, Cast
from program import Program, Refused


def say(zh: str, en: str) -> None:
    print(f"· {zh}  {en}", flush=True)


class Scenario:
    """The run, act by act."""

    def __init__(self, program: Program, folder: Path, sabotage: str | None):
        self.cast = Cast(program, folder)
        self.folder, self.program, self.sabotage = folder, program, sabotage

    def play(self) -> int:
        try:
            self.assemble()
            self.share()
            self.stop()
            self.edit_offline()
            self.come_back()
            self.resolve()
        finally:
            self.cast.close()
        self.spoil()
        say("四个文件交给裁判。", "All stopped; the judge opens the four files.")
        return subprocess.run([sys.executable, "-B", str(Path(__file__).with_name("judge.py")), str(self.folder)]).returncode

    # Acts

    def assemble(self) -> None:
        """The hub, its members, and three nodes of two schools with the sample's rows."""
        cast, files = self.cast, self.folder / "sample"
        say("建立中心，导入示例联盟。", "The hub is founded; the sample alliance is imported.")
        cast.found("示例技工教育联盟")
        cast.start_hub()
        sample = self.program.ask("sample", str(files), data=None)
        schools, listed = sample["schools"], sample["files"]
        for file in listed:
            if file["member"] is None:
                cast.bring_in("hub", file["table"], files / file["name"])
        say(f"{schools[0]}两个节点 A1、A2，{schools[1]}一个节点 B 加入。", "A1 and A2 join for the first school, B for the second.")
        for name, school in zip(NODES, (schools[0], schools[0], schools[1])):
            cast.join(name, school)
            cast.sync(name)
        (files / "teachers-1.csv").write_bytes((files / "teachers-1.csv").read_bytes().decode("utf-8-sig").encode("gb18030"))
        for name, school in (("A1", schools[0]), ("B", schools[1])):
            for file in listed:
                if file["member"] == school:
                    cast.bring_in(name, file["table"], files / file["name"])
        cast.sync_all()

    def share(self) -> None:
        """One base of the first school gets the second as co-owner."""
        cast = self.cast
        self.base = cast.rows("A1", "base", cast.members["A1"])[0]
        cast.set("A1", "base", self.base, co_owners=[cast.members["B"]])
        cast.sync_all()

    def stop(self) -> None:
        say("中心停机；三个节点离线编辑。", "The hub is stopped; all three nodes edit.")
        self.cast.stop_hub()
        shutil.copytree(self.folder / "hub", self.folder / "before")
        self.cast.log("hub-stopped")

    def edit_offline(self) -> None:
        cast = self.cast
        self.teachers = sorted(cast.rows("A1", "teacher", cast.members["A1"]), key=lambda row: row["staff_no"])
        self.edit_apart()
        self.edit_the_same()
        self.edit_and_delete()
        self.add_rows()
        self.edit_again_and_again()
        self.edit_contacts()

    def edit_apart(self) -> None:
        """Different rows, and different cells of one row: nothing collides."""
        cast, teachers = self.cast, self.teachers
        cast.set("A1", "teacher", teachers[0], note="A1：周三下午可外聘")
        cast.set("A2", "teacher", teachers[1], note="A2：已调入数控教研室")
        cast.set("A1", "teacher", teachers[2], title=other(teachers[2]["title"], "senior", "lecturer"))
        cast.set("A2", "teacher", teachers[2], skill=other(teachers[2]["skill"], "master", "technician"))
        theirs = cast.rows("B", "teacher", cast.members["B"])
        cast.set("B", "teacher", theirs[0], hours=other(theirs[0]["hours"], 7, 9))
        cast.set("B", "teacher", theirs[1], note="B：“引号”，逗号；与𬱖")

    def edit_the_same(self) -> None:
        """The same cells on two nodes of one member, and by co-owners; either of the two is the later one."""
        cast, base, teachers = self.cast, self.base, self.teachers
        first, second = [title for title in ("professor", "senior", "lecturer") if title != teachers[3]["title"]][:2]
        cast.set("A1", "teacher", teachers[3], title=first)
        cast.set("A2", "teacher", teachers[3], title=second)
        cast.set("A2", "teacher", teachers[4], hours=21)
        cast.set("A1", "teacher", teachers[4], hours=23)
        cast.set("A1", "base", base, note="A1：设备检修至周五")
        cast.set("B", "base", base, note="B：周四接待参观")
        cast.set("B", "base", base, address="B：科创路 2 号")
        cast.set("A1", "base", base, address="A1：科创路 2 号东门")
        cast.set("A1", "teacher", teachers[7], specialty="两处写成同样")
        cast.set("A2", "teacher", teachers[7], specialty="两处写成同样")

    def edit_and_delete(self) -> None:
        """An edit on one node against a deletion on the other, either first; and a deletion that nobody contests."""
        cast = self.cast
        spaces = cast.rows("A1", "space", cast.members["A1"])
        cast.set("A1", "space", spaces[0], note="A1：已换新机床")
        cast.delete("A2", "space", spaces[0])
        cast.delete("A2", "space", spaces[1])
        cast.set("A1", "space", spaces[1], place="A1：3 号楼 1 层")
        cast.delete("A1", "teacher_specialty", cast.rows("A1", "teacher_specialty", cast.members["A1"])[0])

    def add_rows(self) -> None:
        """New rows on every node; one that both nodes of a member make."""
        cast = self.cast
        for number, name in enumerate(NODES, 1):
            cast.add(name, "teacher", staff_no=f"00909{number}", name=f"示例·新增{name}", hours=number)
        for name in ("A1", "A2"):
            cast.add(name, "teacher", staff_no="009099", name=f"示例·同号{name}", hours=4)

    def edit_again_and_again(self) -> None:
        """One cell edited several times around another's edit, and a value changed and changed back."""
        cast, teachers = self.cast, self.teachers
        for text in ("A2：第一稿", "A2：第二稿"):
            cast.set("A2", "teacher", teachers[5], note=text)
        cast.set("A1", "teacher", teachers[5], note="A1：中间的一稿")
        cast.set("A2", "teacher", teachers[5], note="A2：第三稿")
        before = teachers[6]["hours"]
        cast.set("A1", "teacher", teachers[6], hours=before + 1)
        cast.set("A1", "teacher", teachers[6], hours=before)

    def edit_contacts(self) -> None:
        """Contact data, which only the owner and the secretariat may have; two nodes of the owner collide."""
        cast = self.cast
        contacts = cast.rows("A1", "teacher_contact", cast.members["A1"])
        cast.set("A1", "teacher_contact", contacts[0], phone="10000000001-A1")
        cast.set("A2", "teacher_contact", contacts[0], email="a2-0001@example.invalid")
        cast.set("A1", "teacher_contact", contacts[1], phone="10000000002-A1")
        cast.set("A2", "teacher_contact", contacts[1], phone="10000000002-A2")
        theirs = cast.rows("B", "teacher_contact", cast.members["B"])
        cast.set("B", "teacher_contact", theirs[0], phone="10000000003-B")

    def come_back(self) -> None:
        if self.sabotage == sabotage.DROP_EDIT:
            say("破坏：", sabotage.drop_edit(self.folder, self.folder / "edits.jsonl"))
        say("中心恢复；各节点同步两轮。", "The hub returns; all sync twice round.")
        self.cast.start_hub()
        self.cast.log("hub-back")
        self.cast.sync_all()

    def resolve(self) -> None:
        """A person brings one losing value back, and leaves another where it is."""
        say("人工处理：恢复一个落选值，保留一个生效值。", "A person restores one losing value and keeps one winning value.")
        cast = self.cast
        inbox = cast.ask("A1", "conflicts", "list")
        for verb, node, table, column in (("restore", "A1", "base", "note"), ("keep", "A2", "teacher", "title")):
            found = [c["id"] for c in inbox if (c["table"], c["column"]) == (table, column)]
            if len(found) != 1:
                raise RuntimeError(f"{len(found)} conflicts of {table} {column} are in A1's inbox, one is due")
            cast.resolve(node, verb, found[0])
        sabotage.keep_before_merge(self.folder)
        if not cast.sync_all():
            say("同步未能全部证明一致；由裁判说明。", "Not all nodes are proved equal; the judge will say why.")

    def spoil(self) -> None:
        if self.sabotage == sabotage.SKIP_MERGE:
            say("破坏：", sabotage.skip_merge(self.folder))
        if self.sabotage == sabotage.FLIP_VALUE:
            say("破坏：", sabotage.flip_value(self.folder, self.teachers[9]))


def other(value, *choices):
    """A choice that is not the value which stands there."""
    return next(choice for choice in choices if choice != value)


def main() -> int:
    parser = argparse.ArgumentParser(description="Play the proof run with the built program and judge it.")
    parser.add_argument("--program", required=True, metavar="PATH", help="the built program")
    parser.add_argument("--sabotage", choices=sabotage.ALL, help="lose something on purpose; the judge must exit 1")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder for the files, which stay there")
    options = parser.parse_args()
    if options.keep and options.keep.exists() and any(options.keep.iterdir()):
        parser.error(f"{options.keep} is not empty")
    with tempfile.TemporaryDirectory(prefix="jilian-once-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return Scenario(Program(options.program), folder, options.sabotage).play()
        except (Refused, RuntimeError, OSError) as error:
            say("演示未能完成：", f"the run did not get to its end: {error}")
            return 1
        except KeyboardInterrupt:
            say("已停止。", "Stopped.")
            return 130


if __name__ == "__main__":
    sys.exit(main())
