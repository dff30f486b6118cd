import Alliance
import CRDT
import Crypto
import Wire

/// One way by which bytes of strangers come in. Each takes any bytes, and traps only where the program breaks a rule of
/// its own: then the fuzzer has found something.
public enum Reader: String, CaseIterable, Sendable {
    case section, request, answer, bundle, snapshot, signature, repair, join

    /// Reads an input: a byte that says what is mended, then the message.
    public func read(_ input: [UInt8]) {
        guard let flags = input.first else { return }
        let bytes = [UInt8](input.dropFirst())
        let mending = Mending(flags: flags)
        switch self {
        case .section: Self.sections(bytes)
        case .request: Self.request(mending.request(bytes))
        case .answer: Self.answer(mending.answer(bytes))
        case .bundle: Self.bundle(bytes, mending, flags)
        case .snapshot: Self.hubBundle(mending.hubBundle(bytes))
        case .signature: SignedMessage(bytes).read(flags)
        case .repair:
            Self.repairRequest(bytes)
            Self.repairAnswer(mending.repairAnswer(bytes), level: Int(flags >> 4))
        case .join: Self.join(bytes)
        }
    }

    // MARK: Messages

    private static func sections(_ raw: [UInt8]) {
        var rows = MergedRows()
        if let transactions = try? Section.transactions(raw, of: ReplicaID(rawValue: 7)) {
            rows.take(transactions)
            // What was read is written as it was.
            let written = Section.encode(transactions)
            let again = try? Section.transactions(written, of: ReplicaID(rawValue: 7))
            require(again.map { Section.encode($0) } == written, "a section is not written as it was read")
        }
        if let states = try? Section.states(raw) {
            rows.take(states)
            let written = Section.encode(states: states)
            let again = try? Section.states(written)
            require(again.map { Section.encode(states: $0) } == written, "states are not written as they were read")
        }
        if let other = try? Section.decompress(raw, size: raw.count * 2) { _ = try? Section.states(other) }
    }

    private static func request(_ bytes: [UInt8]) {
        guard let request = try? ExchangeRequest(bytes: bytes) else { return }
        var rows = MergedRows()
        for segment in request.segments { read(segment, &rows) }
        for entry in request.returned { read(entry.segment, &rows) }
        try? request.signedHead?.verify(Mending.hub.publicKey)
        if request.segmentFault == nil { require((try? ExchangeRequest(bytes: request.bytes)) != nil, "a request") }
    }

    private static func answer(_ bytes: [UInt8]) {
        guard let answer = try? ExchangeResponse(bytes: bytes) else { return }
        read(answer)
        require((try? ExchangeResponse(bytes: answer.bytes)) != nil, "an answer")
    }

    private static func read(_ answer: ExchangeResponse) {
        var (rows, last) = (MergedRows(), Hash256.zero)
        try? answer.receipt?.verify(Mending.hub.publicKey)
        for entry in answer.entries {
            guard entry.follows(last) else { break }
            last = entry.hash
            read(entry.segment, &rows, striking: entry.verdict)
        }
    }

    private static func read(_ segment: Segment, _ rows: inout MergedRows, striking verdict: Verdict = .accepted) {
        guard (try? segment.verify(Mending.node.publicKey)) != nil else { return }
        for index in segment.header.sections.indices {
            guard let transactions = try? segment.transactions(section: index) else { continue }
            rows.take(transactions.filter { !verdict.strikes($0.time) })
        }
        require((try? SegmentHeader(bytes: segment.header.bytes)) == segment.header, "a header")
    }

    private static func hubBundle(_ bytes: [UInt8]) {
        guard let bundle = try? HubBundle(bytes: bytes) else { return }
        read(bundle.answer)
        _ = bundle.after
        guard let share = bundle.snapshot else { return }
        var rows = MergedRows()
        for (index, frame) in share.parts {
            guard var part = try? share.manifest.rows(part: index, frame: frame) else { continue }
            while let states = try? part.next(100), !states.isEmpty { rows.take(states) }
        }
        require((try? HubBundle(bytes: bundle.bytes)) != nil, "a bundle")
    }

    /// A file; or what would be in one, sealed and signed.
    private static func bundle(_ bytes: [UInt8], _ mending: Mending, _ flags: UInt8) {
        let secretariat = MemberID(rawValue: 1)
        let id = RowID(rawValue: 9)
        let isToHub = flags & 4 == 4
        let address = isToHub ? Bundle.Address.hub(of: secretariat) : .node(id, of: secretariat)
        let receiver = isToHub ? Mending.hub : Mending.node
        let sender = isToHub ? Mending.node : Mending.hub
        var file = bytes
        if flags & 8 == 8 {
            let content = isToHub ? mending.request(bytes) : mending.hubBundle(bytes)
            guard
                let sealed = try? Bundle.seal(
                    content, from: id, to: address, key: receiver.publicKey, signing: [sender])
            else { return }
            file = sealed
        } else if mending.hashes, file.count > 49 {
            // Size and checksum as the head wants them.
            withUnsafeBytes(of: UInt64(file.count).bigEndian) { file.replaceSubrange(9..<17, with: $0) }
            file.replaceSubrange((file.count - 32)..., with: Hash256(of: file.dropLast(32)).bytes)
        }
        _ = Bundle.isAddressed(file, to: address)
        guard let opened = try? Bundle(file: file, at: address, keys: [receiver]),
            (try? opened.verify(sender.publicKey)) != nil
        else { return }
        if let request = try? opened.request() { self.request(request.bytes) }
        if let bundle = try? opened.hubBundle() { hubBundle(bundle.bytes) }
    }

    private static func repairRequest(_ bytes: [UInt8]) {
        guard let request = try? RepairRequest(bytes: bytes) else { return }
        for range in request.ranges { _ = range.part(0) }
        require((try? RepairRequest(bytes: request.bytes)) == request, "a repair request")
    }

    private static func repairAnswer(_ bytes: [UInt8], level: Int) {
        guard let answer = try? RepairResponse(bytes: bytes, level: min(level, RowRange.levelMax)) else { return }
        var rows = MergedRows()
        for section in answer.sections { if let states = try? section.states() { rows.take(states) } }
        require((try? RepairResponse(bytes: answer.bytes, level: min(level, RowRange.levelMax))) != nil, "a repair")
    }

    private static func join(_ bytes: [UInt8]) {
        if let request = try? JoinRequest(bytes: bytes) { _ = request.isProved(by: [1]) }
        _ = try? JoinResponse(
            bytes: bytes, to: [1], pin: [UInt8](HubFingerprint(of: Mending.hub.publicKey).bytes.prefix(10)))
        if let refusal = try? Refusal(bytes: bytes) { _ = (refusal.status, refusal.bytes) }
        if let verdict = try? Verdict(bytes: bytes) {
            require((try? Verdict(bytes: verdict.bytes)) == verdict, "a verdict")
        }
        if let detail = try? VerdictDetail(bytes: bytes) { _ = detail.bytes }
        if let audience = Audience(bytes: bytes) { require(Audience(bytes: audience.bytes) == audience, "an audience") }
        let text = String(decoding: bytes, as: UTF8.self)
        if let invitation = Invitation(text) {
            require(Invitation(invitation.description) == invitation, "an invitation is not read as it was written")
        }
    }

    static func require(_ holds: Bool, _ rule: @autoclosure () -> String) {
        precondition(holds, "fuzzing: \(rule())")
    }
}
