"""Workbooks (XLSX) in and out, made and read by openpyxl, which shares no code with the program."""

from __future__ import annotations

import datetime
import io
import subprocess
import unittest
import zipfile

import openpyxl

from scratch import PROGRAM, ScratchTest

REFUSED = 1


class WorkbookTest(ScratchTest):
    """At a hub, whose member register is a table like others, and with rows of every kind of cell."""

    def setUp(self):
        super().setUp()
        self.cast.found("示例联盟")

    def write(self, *rows: tuple, name: str = "file.xlsx", change=lambda book, sheet: None) -> str:
        book = openpyxl.Workbook()
        sheet = book.active
        for row in rows:
            sheet.append(row)
        change(book, sheet)
        path = self.folder / name
        book.save(path)
        return str(path)

    def rows(self, table: str) -> list[dict]:
        return self.cast.rows("hub", table)

    def export(self, table: str) -> bytes:
        line = [PROGRAM.path, "export", table, "--xlsx", "--data", str(self.folder / "hub")]
        return subprocess.run(line, check=True, capture_output=True).stdout

    def test_what_openpyxl_writes_is_read_as_people_see_it(self):
        file = self.write(
            ("日期", "名称", "是否放假", "按此日课表"),
            (datetime.date(2027, 1, 1), "元旦", "是", None),
            (datetime.datetime(2027, 1, 3), "调休", False, datetime.date(2027, 1, 4)),
            ("2027-05-01", "劳动节", True, None),
        )
        preview = self.ask("hub", "import", "calendar_day", file, "--dry-run")
        self.assertEqual((preview["created"], preview["encoding"], preview["sheet"]), (3, None, "Sheet"))
        self.assertEqual(self.ask("hub", "list", "calendar_day"), [])
        self.assertEqual(self.ask("hub", "import", "calendar_day", file)["created"], 3)
        self.assertEqual(self.ask("hub", "import", "calendar_day", file)["unchanged"], 3)
        exported = openpyxl.load_workbook(io.BytesIO(self.export("calendar_day"))).active
        self.assertEqual(
            [[cell.value for cell in row] for row in exported.iter_rows(max_row=1)], [["日期", "名称", "是否放假", "按此日课表"]])
        self.assertEqual(
            sorted([cell.value for cell in row] for row in exported.iter_rows(min_row=2)),
            [[datetime.datetime(2027, 1, 1), "元旦", "是", None],
             [datetime.datetime(2027, 1, 3), "调休", "否", datetime.datetime(2027, 1, 4)],
             [datetime.datetime(2027, 5, 1), "劳动节", "是", None]])

    def test_texts_stay_texts_and_the_file_comes_back_unchanged(self):
        texts = ["00123", "=1+1", "+86", "@SUM(A1)", "1-2", "1e5", "123456789012345678", "'x", "<b>&\"", "龘𠮷"]
        file = self.write(("专业代码", "名称"), *[(text, f"专业 {text}") for text in texts], change=self.as_texts)
        self.assertEqual(self.ask("hub", "import", "major", file)["created"], len(texts))
        self.assertEqual(sorted(row["code"] for row in self.rows("major")), sorted(texts))
        data = self.export("major")
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        self.assertEqual(sheet.freeze_panes, "A2")
        for row in sheet.iter_rows(min_row=2):
            self.assertEqual(row[0].data_type, "s", f"{row[0].value} is no text")
            self.assertEqual(row[0].number_format, "@")
        self.assertEqual(sorted(row[0].value for row in sheet.iter_rows(min_row=2)), sorted(texts))
        self.assertGreater(sheet.column_dimensions["A"].width, 15)
        self.assertNotIn(b"<f>", zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml"))
        back = self.folder / "back.xlsx"
        back.write_bytes(data)
        again = self.ask("hub", "import", "major", str(back))
        self.assertEqual((again["created"], again["changed"], again["unchanged"]), (0, 0, len(texts)))

    @staticmethod
    def as_texts(book, sheet):
        for row in sheet.iter_rows():
            for cell in row:
                cell.data_type = "s"

    def test_numbers_for_codes_are_said_to_have_lost_zeros(self):
        file = self.write(("专业代码", "名称"), (123, "甲"), (45, "乙"))
        result = self.ask("hub", "import", "major", file, "--dry-run")
        self.assertEqual(len(result["notices"]), 1)
        self.assertIn("专业代码", result["notices"][0]["zh"])
        self.assertIn("2 cells", result["notices"][0]["en"])

        def zeros(book, sheet):
            for cell in sheet["A"][1:]:
                cell.number_format = "00000"

        self.ask("hub", "import", "major", self.write(("专业代码", "名称"), (123, "甲"), change=zeros))
        self.assertEqual([row["code"] for row in self.rows("major")], ["00123"], "a format of zeros says how many")

    def test_what_is_wrong_is_named_by_row_and_nothing_is_written(self):
        def change(book, sheet):
            sheet["A3"] = "=A2"
            sheet["A4"] = 123456789012345678
            sheet.merge_cells("B5:B6")

        file = self.write(
            ("专业代码", "名称"), ("1", "甲"), ("", "乙"), ("", "丙"), ("4", "丁"), ("5", None), change=change)
        result = self.ask("hub", "import", "major", file, allow=(REFUSED,))
        found = {problem["line"]: problem["en"] for problem in result["problems"]}
        self.assertIn("formula", found[3])
        self.assertIn("15 digits", found[4])
        self.assertTrue(any("merged" in problem["en"] for problem in result["problems"]), result["problems"])
        self.assertEqual(self.rows("major"), [])

    def test_one_bad_line_in_a_large_file(self):
        file = self.write(
            ("专业代码", "名称", "备注"),
            *[(f"{number:06}" if number != 17_000 else None, f"专业 {number}", f"说明 {number * 7919 % 100_003} " * 8) for number in range(2, 30_001)])
        result = self.ask("hub", "import", "major", file, allow=(REFUSED,))
        self.assertEqual([(problem["line"], problem["column"]) for problem in result["problems"]], [(17_000, "专业代码")])
        self.assertEqual(self.rows("major"), [])

    def test_files_that_are_none(self):
        good = self.write(("专业代码", "名称"), ("1", "甲"))
        data = open(good, "rb")
        with data:
            bytes_ = data.read()
        (self.folder / "cut.xlsx").write_bytes(bytes_[:len(bytes_) // 2])
        (self.folder / "old.xls").write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600))
        with zipfile.ZipFile(self.folder / "letter.xlsx", "w") as letter:
            letter.writestr("letter.txt", "Dear all")
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(self.folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
            for name in source.namelist():
                part = source.read(name)
                bomb.writestr(name, part.replace(b"</sheetData>", b" " * (200 << 20) + b"</sheetData>") if "sheet1" in name else part)
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(self.folder / "entity.xlsx", "w") as entity:
            for name in source.namelist():
                part = source.read(name)
                entity.writestr(name, b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + part.split(b"?>", 1)[-1] if "sheet1" in name else part)
        for name, word in (
            ("cut.xlsx", "no whole Excel workbook"), ("old.xls", "old Excel"), ("letter.xlsx", "no whole Excel workbook"),
            ("bomb.xlsx", "128 MiB"), ("entity.xlsx", "DOCTYPE"),
        ):
            self.assert_refused(
                REFUSED, "import", "major", str(self.folder / name), data=self.folder / "hub", words=(word,))
        self.assertEqual(self.rows("major"), [])

    def test_an_import_is_taken_back_by_another_process(self):
        first = self.ask("hub", "import", "major", self.write(("专业代码", "名称"), ("1", "甲"), ("2", "乙")))
        second = self.ask("hub", "import", "major", self.write(("专业代码", "名称"), ("1", "甲改"), ("3", "丙")))
        self.assertEqual([one["id"] for one in self.ask("hub", "imports")], [second["undo"], first["undo"]])
        self.assertEqual(self.ask("hub", "imports", "undo", second["undo"]), {"undone": 2, "kept": 0})
        self.assertEqual(sorted((row["code"], row["name"]) for row in self.rows("major")), [("1", "甲"), ("2", "乙")])
        self.assert_refused(
            REFUSED, "imports", "undo", second["undo"], data=self.folder / "hub", words=(second["undo"],))
        self.ask("hub", "set", "major", "2", "name=后来改的")
        self.assertEqual(self.ask("hub", "imports", "undo", first["undo"]), {"undone": 1, "kept": 1})
        self.assertEqual([(row["code"], row["name"]) for row in self.rows("major")], [("2", "后来改的")])
        self.assertEqual(self.ask("hub", "imports"), [])
        self.assertEqual((self.folder / "hub" / "imports").stat().st_mode & 0o777, 0o700)


if __name__ == "__main__":
    unittest.main()
