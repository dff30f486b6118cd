"""The school's office at work: admissions by name, closures with what they hit, allotments given and got."""

from __future__ import annotations

import sys
import unittest
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scene import NARROW, WIDE
from week import WeekScene

REFUSED = "Failed to load resource"


class SchoolTest(WeekScene):
    def plan_id(self):
        return self.cast.ask("a", "quota", "status")[0]["id"]

    def test_1_somebody_is_admitted_registered_and_withdrawn(self):
        self.cast.add("a", "order_class", name="示例订单班", firm=self.schools[1], places=1)
        page = self.sign_in(self.page())
        page.goto(self.url + "/quotas")
        page.click("a[href^='/quotas/']")
        page.wait_for_selector("#admit")
        page.fill("#admit [name=name]", "张三（虚构）")
        page.select_option("#admit [name=class]", label="示例订单班")
        page.click("#admit button.pri")
        page.wait_for_selector("#admissions")
        self.assertIn("张三（虚构）", page.inner_text("#admissions"))
        self.assertIn("已录 1 / 1 人", page.inner_text("#classes"))
        page.fill("#admit [name=name]", "李四（虚构）")
        page.select_option("#admit [name=class]", label="示例订单班")
        page.click("#admit button.pri")
        page.wait_for_selector(".note.bad")
        self.assertIn("已满", page.inner_text(".note.bad"))
        self.assertEqual(page.input_value("#admit [name=name]"), "李四（虚构）", "what was typed is kept")
        page.select_option("#admit [name=class]", "")
        page.click("#admit button.pri")
        page.wait_for_selector("#admissions tr:nth-child(2)")
        page.locator("#admissions tr", has_text="张三").locator("form[action$='/register'] button").click()
        page.wait_for_selector("#admissions .pill.ok")
        page.locator("#admissions tr", has_text="李四").locator("form[action$='/cancel'] button").click()
        page.wait_for_selector("#admissions tr:has-text('已退出')")
        states = {row["name"]: row["state"] for row in self.cast.ask("a", "quota", "list", self.plan_id())}
        self.assertEqual(states, {"张三（虚构）": "registered", "李四（虚构）": "withdrawn"})
        for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light")):
            other = self.sign_in(self.page(size, scheme))
            for name, path in (("plan", f"/quotas/{self.plan_id()}"), ("quotas-used", "/quotas"), ("duplicates", "/duplicates")):
                other.goto(self.url + path)
                self.check(other, f"{name}-{scheme}-{size[0]}")
            self.assert_silent()

    def test_2_a_closure_shows_what_it_hits_and_ends_none_of_it(self):
        booked = self.cast.ask(
            "a", "book", self.own_space, "--date", self.date(3), "--periods", "3-4", "--purpose", "钳工实训", "--class-name", "7 班")
        page = self.sign_in(self.page())
        page.goto(self.url + "/closures")
        page.select_option("#close [name=what]", label="钳工实训室")
        page.fill("#close [name=from]", f"{self.date(3)} 10:30")
        page.fill("#close [name=to]", f"{self.date(3)} 08:00")
        page.fill("#close [name=reason]", "换刀具")
        page.click("#close button.pri")
        page.wait_for_selector(".note.bad")
        self.assertEqual(page.input_value("#close [name=reason]"), "换刀具")
        page.fill("#close [name=to]", f"{self.date(3)} 12:00")
        page.click("#close button.pri")
        page.wait_for_selector("#closures .hits")
        self.assertIn("钳工实训 · 7 班", page.inner_text("#closures .hits"))
        self.assertEqual(self.booking("钳工实训")["state"], "confirmed")
        for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light")):
            other = self.sign_in(self.page(size, scheme))
            other.goto(self.url + "/closures")
            self.check(other, f"closures-{scheme}-{size[0]}")
            self.assert_silent()
        page.click("#closures .hits a.danger")
        page.wait_for_selector("dialog[open] form")
        page.fill("dialog [name=reason]", "停用")
        page.click("dialog .acts button.pri")
        page.wait_for_selector(".toast.ok >> nth=0")
        self.assertEqual(next(row for row in self.bookings() if row["id"] == booked["id"])["state"], "cancelled")

    def test_3_time_is_given_to_another_school_and_what_was_got_goes_back(self):
        page = self.sign_in(self.page())
        page.goto(self.url + "/allotments")
        self.assertIn("数控加工实训室", page.inner_text("#allotments"))
        page.select_option("#allot [name=space]", label="钳工实训室")
        page.select_option("#allot [name=to]", label=self.schools[1])
        for name, value in (("weekdays", "3"), ("periods", "1-2"), ("weeks", "12-14"), ("workstations", "20")):
            page.fill(f"#allot [name={name}]", value)
        page.click("#allot button.pri")
        page.wait_for_selector(".note.ok")
        self.assertIn("已分配 3 个日期", page.inner_text(".note.ok"))
        self.assertIn(self.schools[1], page.inner_text("#allotments"))
        for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light")):
            other = self.sign_in(self.page(size, scheme))
            other.goto(self.url + "/allotments")
            self.check(other, f"allotments-{scheme}-{size[0]}")
            self.assert_silent()
        page.locator("#allotments tr", has_text="数控加工实训室").locator("button").click()
        page.wait_for_selector(".toast.ok")
        back = [one for one in self.cast.ask("a", "allotments") if one["space"] == "数控加工实训室" and one["to"] == self.schools[1]]
        self.assertEqual(len(back), 1, "what was unused is on its way back")

    def test_4_a_file_with_other_headings_is_mapped_by_hand_and_taken_back(self):
        page = self.sign_in(self.page())
        file = self.folder / "other.csv"
        file.write_text("编号,老师,备用\r\n00081,虚构丙,x\r\n00082,虚构丁,y\r\n", encoding="utf-8-sig")
        page.goto(self.url + "/tables/teacher/import")
        page.set_input_files("input[name=file]", str(file))
        page.fill("#file-card input[name=consent]", "2026-09-01")
        page.click("#file-card button.pri")
        page.wait_for_selector("#mapping-card")
        self.check(page, "import-mapping")
        page.select_option("[name=column-0]", "staff_no")
        page.select_option("[name=column-1]", "name")
        page.click("#mapping-card button.pri")
        page.wait_for_selector("form[action$='/import/write']")
        self.assertEqual(page.input_value("[name=column-1]"), "name")
        page.click("form[action$='/import/write'] button")
        page.wait_for_selector("form[action$='/import/undo']")
        self.check(page, "import-undo")
        rows = {row["staff_no"]: row for row in self.cast.rows("a", "teacher") if row["staff_no"] in ("00081", "00082")}
        self.assertEqual({row["name"] for row in rows.values()}, {"虚构丙", "虚构丁"})
        self.cast.set("a", "teacher", rows["00082"], note="另有人改过")
        page.click("form[action$='/import/undo'] button")
        page.wait_for_selector(".note.warn")
        self.assertIn("已撤销 1 行；1 行", page.inner_text(".note.warn"))
        self.assertEqual([row["staff_no"] for row in self.cast.rows("a", "teacher") if row["staff_no"] in rows], ["00082"])
        self.assert_silent(REFUSED)

    def test_5_one_sheet_of_several_is_chosen(self):
        file = self.folder / "book.xlsx"
        write_workbook(file, {
            "填表须知": [["第一步", "请看名单"]], "名单": [["工号", "姓名"], ["00091", "虚构戊"]], "旧名单": [["工号", "姓名"], ["00092", "虚构己"]]})
        page = self.sign_in(self.page())
        page.goto(self.url + "/tables/teacher/import")
        page.set_input_files("input[name=file]", str(file))
        page.fill("#file-card input[name=consent]", "2026-09-01")
        page.click("#file-card button.pri")
        page.wait_for_selector("#sheet-card")
        self.assertIn("缺少必填栏", page.inner_text(".note.bad"))
        self.check(page, "import-sheet")
        for sheet, number in (("旧名单", "00092"), ("名单", "00091")):
            page.select_option("[name=sheet]", sheet)
            page.click("#sheet-card button.pri")
            page.wait_for_selector(f"#preview dd:has-text('XLSX · {sheet}')")
            self.assertEqual(page.input_value("[name=sheet]"), sheet)
        page.click("form[action$='/import/write'] button")
        page.wait_for_selector("form[action$='/import/undo']")
        here = {row["staff_no"] for row in self.cast.rows("a", "teacher")}
        self.assertEqual(here & {"00091", "00092"}, {"00091"}, "what was looked at last is written")
        self.assert_silent(REFUSED)


def write_workbook(path, sheets):
    """A workbook of texts: by the name of a sheet, its rows."""
    space = "http://schemas.openxmlformats.org"
    links = f"{space}/officeDocument/2006/relationships"
    with zipfile.ZipFile(path, "w") as book:
        def relations(items):
            lines = "".join(f'<Relationship Id="{name}" Type="{links}/{kind}" Target="{target}"/>' for name, kind, target in items)
            return f'<Relationships xmlns="{space}/package/2006/relationships">{lines}</Relationships>'

        book.writestr("_rels/.rels", relations([("r1", "officeDocument", "xl/workbook.xml")]))
        numbers = range(1, len(sheets) + 1)
        book.writestr("xl/_rels/workbook.xml.rels", relations([(f"r{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]))
        names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in zip(numbers, sheets))
        book.writestr("xl/workbook.xml", f'<workbook xmlns:r="{links}"><sheets>{names}</sheets></workbook>')
        for n, rows in zip(numbers, sheets.values()):
            cells = "".join(
                "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row) + "</row>" for row in rows)
            book.writestr(f"xl/worksheets/sheet{n}.xml", f"<worksheet><sheetData>{cells}</sheetData></worksheet>")


if __name__ == "__main__":
    unittest.main()
