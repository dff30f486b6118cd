import Alliance

/// Members, invitations, the register.
extension HubTexts {
    static let members = Phrase("成员与节点", "Members")
    static let membersShort = Phrase("成员", "Members")
    static let memberName = Phrase("成员名称", "Member")
    static let place = Phrase("所在地", "Place")
    static let kind = Phrase("类型", "Kind")
    static let node = Phrase("节点", "Node")
    static let findMember = Phrase("成员名称或地区", "Name or place")
    static let addMember = Phrase("新增成员", "Add member")
    static let secretariat = Phrase("秘书处", "secretariat")
    static let takesPart = Phrase("在册", "takes part")
    static let hasLeft = Phrase("已退出", "has left")
    static let noNodeYet = Phrase("尚无节点", "no node yet")
    static let noNodeYetText = Phrase(
        "发出邀请码，学校用它加入后，节点出现在这里。", "Give out a code; nodes appear here when the school joins with it.")
    static let noSuchMember = Phrase("没有这个成员，请从名册打开。", "There is no such member; open it from the register.")
    static let noSuchNode = Phrase("没有这个节点，请从成员页打开。", "There is no such node; open it from its member.")
    static let keyBegins = Phrase("公钥指纹（前 16 位）", "Key begins")

    static let invite = Phrase("发邀请码", "Invite")
    static let invitations = Phrase("邀请码", "Invitations")
    static let goodUntil = Phrase("有效至", "good until")
    static let codeUsed = Phrase("已使用", "used")
    static let codeWaits = Phrase("未使用", "not used")
    static let withdraw = Phrase("撤回", "Take back")
    static let noInvitations = Phrase("没有有效的邀请码", "No open invitations")
    static let noInvitationsText = Phrase(
        "在成员一行点“发邀请码”；码只显示一次，72 小时内有效。",
        "Press “Invite” beside a member; the code is shown once and is good for 72 hours.")
    static let fingerprint = Phrase("中心公钥指纹", "The hub's fingerprint")
    static let fingerprintHint = Phrase(
        "每个邀请码都带着它；学校怀疑连错中心时，可在电话中逐组核对。",
        "Every code pins it; a school that doubts which hub it reached compares it by telephone.")

    static let leave = Phrase("退出联盟", "Leave")
    static let revoke = Phrase("吊销", "Revoke")
    static let nameDiffers = Phrase("与名称不一致，未作改动。", "This is not the name; nothing was changed.")

    static let noSuchMembers = Phrase("没有这样的成员", "No such members")

    static func membersShownOf(_ some: Int, _ all: Int) -> Phrase {
        Phrase("显示 \(some) / \(all)，有节点的在前", "\(some) of \(all), those with nodes first")
    }
    static func memberCount(_ count: Int) -> Phrase { Phrase("\(count) 个成员在册", "\(count) members") }
    static func leftOn(_ time: String) -> Phrase {
        Phrase("已于 \(time) 退出；它的数据作为历史保留。", "Left on \(time); its data stay as history.")
    }
    static func codeFor(_ name: String) -> Phrase {
        Phrase("\(name)的邀请码，只显示这一次", "The code for \(name), shown only now")
    }
    static func codeHint(_ until: String) -> Phrase {
        Phrase(
            "请当面或打电话交给对方，不要群发。只能用一次，\(until) 前有效；离开本页后无法再看，可撤回重发。",
            "Hand it over in person or by telephone. It works once, until \(until); it can't be seen again, only taken back and made anew."
        )
    }
    static func typeName(_ name: String) -> Phrase { Phrase("输入“\(name)”以确认", "Type “\(name)” to confirm") }
    static func leaveOf(_ name: String) -> Phrase { Phrase("\(name)退出联盟", "\(name) leaves") }
    static func leaveText(_ name: String, _ nodes: Int) -> Phrase {
        Phrase(
            "\(name)退出后，它的 \(nodes) 个节点被吊销，此后签名的改动不再被接受；已有数据作为历史保留，已确认的预约和录取不受影响。",
            "When \(name) leaves, its \(nodes) nodes are revoked: nothing that they sign from then on is taken; its data stay as history, and what is confirmed stands."
        )
    }
    static func revokeOf(_ node: String) -> Phrase { Phrase("吊销节点 \(node)", "Revoke node \(node)") }
    static func revokeText(_ member: String, _ node: String) -> Phrase {
        Phrase(
            "\(member)的“\(node)”此后签名的改动不再被接受，不能撤销；它已送达的数据保留。电脑丢失、被盗时请吊销；要恢复工作，发一个新的邀请码。",
            "Nothing that “\(node)” of \(member) signs from now on is taken, and this can't be undone; what it sent stays. Revoke a computer that was lost or stolen; to go on, give out a new code."
        )
    }
}
