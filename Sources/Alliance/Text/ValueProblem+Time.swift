/// What can be wrong with dates and times.
extension ValueProblem {
    private static let dateRemedy = Phrase("请写成 2026-11-22 的形式。", "Write it like 2026-11-22.")
    private static let instantRemedy = Phrase(
        "请写成 2026-11-22 08:30:05 的形式（北京时间，24 小时制）。", "Write it like 2026-11-22 08:30:05 (China time, 24 hours).")

    static func notDate(_ text: String) -> ValueProblem {
        ValueProblem(what: Phrase("「\(text.shown)」看不出是哪一天", "“\(text.shown)” is not a clear date"), remedy: dateRemedy)
    }

    static func serialDate(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase(
                "「\(text.shown)」像是 Excel 的日期序号，不是日期", "“\(text.shown)” looks like Excel's serial number of a date"),
            remedy: Phrase(
                "请在 Excel 中把该列设为“日期”格式（如 2026-11-22）后再导出。",
                "Give the column a date format (2026-11-22) in Excel and export again."))
    }

    static func noYear(_ year: Int) -> ValueProblem {
        ValueProblem(what: Phrase("\(year) 年不存在", "There is no year \(year)"), remedy: dateRemedy)
    }

    static func noMonth(_ month: Int) -> ValueProblem {
        ValueProblem(
            what: Phrase("\(month) 月不存在", "There is no month \(month)"),
            remedy: Phrase(
                "月份为 1 至 12；请按“年-月-日”填写，如 2026-11-22。", "Months are 1 to 12; write year-month-day, such as 2026-11-22.")
        )
    }

    static func noDay(_ day: Int, month: Int, year: Int) -> ValueProblem {
        ValueProblem(
            what: Phrase("\(year) 年 \(month) 月没有 \(day) 日", "Month \(month) of \(year) has no day \(day)"),
            remedy: Phrase("请核对日期，写成 2026-11-22 的形式。", "Check the date and write it like 2026-11-22."))
    }

    static func notInstant(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("「\(text.shown)」看不出是哪一时刻", "“\(text.shown)” is not a clear date and time"),
            remedy: instantRemedy)
    }

    static func notTime(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("「\(text.shown)」看不出是几点几分", "“\(text.shown)” is not a clear time of day"),
            remedy: Phrase("请写成 08:00 的形式（24 小时制，至 24:00）。", "Write it like 08:00 (24 hours, up to 24:00)."))
    }

    static func beforeEpoch(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("「\(text.shown)」早于 1970 年", "“\(text.shown)” is before 1970"),
            remedy: Phrase("请填 1970 年以后的时间。", "Write a time after 1970."))
    }
}
