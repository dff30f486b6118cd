public import Alliance

/// Why a bundle (离线包) was not taken. Nothing of it was used, and the file may be tried again anywhere.
public struct BundleRefusal: Error, Hashable, Sendable {
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The file is none.
        case notABundle = "not-a-bundle"
        /// The file ends too early.
        case cut = "bundle-cut"
        /// The bytes are not those that were written.
        case damaged = "bundle-damaged"
        /// A newer program made it.
        case version = "bundle-version"
        /// It is larger than a bundle may be.
        case limit = "bundle-limit"
        /// A hub's at the hub, or a school's at a school.
        case direction = "bundle-direction"
        /// Another alliance's.
        case alliance = "bundle-alliance"
        /// Another node's.
        case receiver = "bundle-receiver"
        /// Sealed to a key that is not here any more, or forged.
        case key = "bundle-key"
        /// Nobody of this alliance made it.
        case sender = "bundle-sender"
        /// Not signed by whom it names.
        case signature = "bundle-signature"
        /// Rightly signed, and not readable all the same.
        case content = "bundle-content"
        /// For an earlier replica of this node.
        case replica = "bundle-replica"
        /// From another epoch of the hub.
        case epoch = "bundle-epoch"
        /// Its node has nothing of the journal, and needs a snapshot before anything of it is taken.
        case snapshot = "bundle-snapshot"
        /// It begins behind what is here.
        case gap = "bundle-gap"
        /// This node's replica has ended, and goes on only over a line.
        case ending = "bundle-ending"
    }

    public let code: Code
    public let phrase: Phrase

    private init(_ code: Code, _ zh: String, _ en: String) {
        self.code = code
        phrase = Phrase(zh + "；已有数据不受影响。", en + " What is stored is untouched.")
    }
}

/// The refusals, each with what is wrong and what to do.
extension BundleRefusal {
    public static let ending = BundleRefusal(
        .ending, "本机数据曾从备份恢复，须先经网络与中心同步一次，再用离线包",
        "This node was restored; it has to sync once over a line before it uses bundles again.")

    static let notABundle = BundleRefusal(
        .notABundle, "这不是离线包，未作任何处理，请检查选的文件", "This is no bundle; check which file was chosen.")

    /// - Parameter size: what it should have, where that much of it is there.
    static func cut(_ here: Int, of size: UInt64? = nil) -> BundleRefusal {
        BundleRefusal(
            .cut, "离线包不完整（\(size.map { "应有 \($0) 字节，" } ?? "")只有 \(here) 字节），未采用，请重新拷贝",
            "The bundle is cut off (\(here)\(size.map { " of \($0)" } ?? "") bytes) and was not used; copy it again.")
    }

    static let damaged = BundleRefusal(
        .damaged, "离线包在拷贝中损坏（校验不符），未采用，请重新拷贝或重新导出",
        "The bundle was damaged on its way (its checksum is wrong) and was not used; copy or export it again.")

    static func version(_ version: UInt8) -> BundleRefusal {
        BundleRefusal(
            .version, "离线包由较新的程序制作（版本 \(version)），未采用，请先升级本机程序",
            "A newer program made this bundle (version \(version)); it was not used; upgrade this program first.")
    }

    public static func limit(_ size: Int) -> BundleRefusal {
        BundleRefusal(
            .limit, "文件有 \(size) 字节，超过离线包的上限 \(Limits.bundleSize)，未采用，请检查选的文件",
            "The file has \(size) bytes, more than the \(Limits.bundleSize) of a bundle, and was not used; check which file was chosen."
        )
    }

    static func direction(_ direction: Bundle.Direction) -> BundleRefusal {
        switch direction {
        case .toHub:
            BundleRefusal(
                .direction, "这是学校交给中心的离线包，请在中心导入（hub bundle import）",
                "A school made this bundle for the hub; import it there (hub bundle import).")
        case .toNode:
            BundleRefusal(
                .direction, "这是中心交给学校的离线包，请在学校的节点导入（node bundle import）",
                "The hub made this bundle for a school; import it there (node bundle import).")
        }
    }

    static let alliance = BundleRefusal(
        .alliance, "这是另一个联盟的离线包，未采用，请检查选的文件",
        "This bundle is another alliance's and was not used; check which file was chosen.")

    /// - Parameter name: whose it is, where that is known.
    public static func receiver(_ name: String?) -> BundleRefusal {
        BundleRefusal(
            .receiver, "这个离线包是给另一个节点\(name.map { "（\($0)）" } ?? "")的，只有它能打开，请交给它，或请中心为本节点导出",
            "This bundle is for another node\(name.map { " (\($0))" } ?? ""), which alone can open it; hand it over, or ask the hub for one for this node."
        )
    }

    static let key = BundleRefusal(
        .key, "离线包打不开：它是封给本机已不再保留的旧密钥的，或被改动过，请让对方重新导出",
        "The bundle can't be opened: it is sealed to a former key that is not kept any more, or was tampered with; ask for a new one."
    )

    public static let sender = BundleRefusal(
        .sender, "离线包的发送方不在本联盟的名册上，未采用，请联系秘书处",
        "Nobody in the register made this bundle; it was not used; tell the secretariat.")

    static let signature = BundleRefusal(
        .signature, "离线包不是用发送方现在的密钥签名的，未采用：若对方换过密钥，更早的包里没有更多内容，请用新导出的包",
        "The bundle is not signed by its sender's present key and was not used; if the sender has changed its key, older bundles hold nothing more; take a newer one."
    )

    static func content(_ detail: String) -> BundleRefusal {
        BundleRefusal(
            .content, "离线包签名正确但内容无法读取（\(detail)），未采用，请联系秘书处",
            "The bundle is rightly signed but can't be read (\(detail)); it was not used; tell the secretariat.")
    }

    public static let replica = BundleRefusal(
        .replica, "这个离线包是给本节点从前的副本的，未采用，请先导出一个交给中心，再请中心重新导出",
        "This bundle is for an earlier replica of this node and was not used; export one to the hub first, then ask for a new one."
    )

    public static let epoch = BundleRefusal(
        .epoch, "离线包出自中心的另一个纪元（中心可能曾被恢复），未采用，请联系秘书处",
        "The bundle is from another epoch of the hub, which may have been restored; it was not used; tell the secretariat."
    )

    public static let snapshot = BundleRefusal(
        .snapshot, "该学校还没有联盟的数据，改动要在它有了之后才能接收，请先为它导出离线包（hub bundle export），由它导入后再导出一个交来",
        "The school has nothing of the alliance's data yet, and its edits are taken once it has; export a bundle for it (hub bundle export), have it imported there, and then take a new one."
    )

    /// - Parameters:
    ///   - rev: after which the bundle begins.
    ///   - here: what is here.
    public static func gap(after rev: UInt64, here: UInt64) -> BundleRefusal {
        BundleRefusal(
            .gap, "离线包从日志序号 \(rev) 之后开始，而本机只到 \(here)，未采用，请先导入更早的包，或请中心从 \(here) 起导出（--from \(here)）",
            "The bundle begins after rev \(rev) and this node has only \(here); import the earlier one first, or ask the hub for one from there (--from \(here))."
        )
    }

    /// The same at the hub: the segments of a replica.
    public static func gap(beforeSegment seq: UInt64, here: UInt64) -> BundleRefusal {
        BundleRefusal(
            .gap, "离线包从该学校的第 \(seq) 段改动开始，而中心只到第 \(here) 段，未采用，请先导入更早的包，或请学校重新导出",
            "The bundle begins at segment \(seq) of the school and the hub has only \(here); import the earlier one first, or ask the school for a new one."
        )
    }
}
