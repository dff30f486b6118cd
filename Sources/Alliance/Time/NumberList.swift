/// Numbers as people list them: `3-16`, `1,3,5-9`, `3–4`, `5至8`.
public struct NumberList: Hashable, Sendable {
    /// Ascending, each once.
    public let numbers: [Int]

    /// - Parameter range: what each of them must lie in.
    public init(typed text: String, in range: ClosedRange<Int>) throws(ValueProblem) {
        var all: Set<Int> = []
        for part in text.halfWidth.unspaced.split(whereSeparator: { ",、;；".contains($0) }) {
            let ends = part.split(omittingEmptySubsequences: false) { "-–—−~至到".contains($0) }.map(String.init)
            guard (1...2).contains(ends.count), ends.allSatisfy({ $0.isDigits && $0.utf8.count <= 4 }),
                let first = Int(ends[0]), let last = Int(ends[ends.count - 1]), first <= last
            else { throw .notNumbers(text) }
            guard range.contains(first), range.contains(last) else {
                throw .outOfRange(text, Int64(range.lowerBound)...Int64(range.upperBound))
            }
            all.formUnion(first...last)
        }
        guard !all.isEmpty else { throw .notNumbers(text) }
        numbers = all.sorted()
    }

    /// The numbers as one range without gaps; throws if they have gaps.
    public func range(_ text: String) throws(ValueProblem) -> ClosedRange<Int> {
        guard let first = numbers.first, let last = numbers.last, last - first == numbers.count - 1 else {
            throw .notNumbers(text)
        }
        return first...last
    }
}

extension ValueProblem {
    static func notNumbers(_ text: String) -> ValueProblem {
        ValueProblem(
            what: Phrase("「\(text.shown)」看不出是哪些序号", "“\(text.shown)” is not a clear list of numbers"),
            remedy: Phrase("请写成 3-16 或 1,3,5-9 的形式。", "Write it like 3-16 or 1,3,5-9."))
    }
}
