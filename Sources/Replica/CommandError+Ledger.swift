import Alliance
import CRDT
import Sync

extension CommandError {
    /// Why points could not be taken or given, for a person.
    init(_ refusal: LedgerRefusal) {
        switch refusal {
        case .absent:
            self.init(
                .refused, "absent",
                Phrase(
                    "这里还没有可用的时段或名额：新建后要同步一次才能使用。",
                    "There is nothing to be had here yet: what is new can be used after one sync."))
        case .taken(let others):
            self.init(
                .refused, "taken", Phrase("该时段已被占用，未作改动。", "That is taken; nothing was changed."),
                details: others.map { ["from": JSON($0.from), "to": JSON($0.to)] })
        case .busy:
            self.init(
                .refused, "teacher-busy",
                Phrase(
                    "该教师这个时段已有其他安排，未作改动；请换教师或换时间。",
                    "The teacher is elsewhere at that time; nothing was changed; choose another teacher or time."))
        case .elsewhere:
            self.init(
                .refused, "elsewhere",
                Phrase("这些时段或名额现在不由本机持有，未作改动。", "This replica does not hold these points now; nothing was changed."))
        case .tooFew(let count):
            self.init(
                .refused, "too-few",
                Phrase("可用的只有 \(count) 个，未作改动。", "Only \(count) are free; nothing was changed."))
        case .noSuchUse:
            self.init(.refused, "no-such-use", Phrase("没有这项占用。", "There is no such use."))
        case .over:
            self.init(.refused, "over", Phrase("它已经结束，无需再取消。", "It is over already."))
        case .noSuchRequest:
            self.init(
                .refused, "no-such-request", Phrase("没有这项待批复的申请。", "There is no such request to be answered."))
        }
    }
}
