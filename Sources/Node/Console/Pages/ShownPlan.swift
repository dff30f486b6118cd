import Alliance
import Replica
import Web

/// A plan as pages show it.
struct ShownPlan: Sendable {
    let id: String
    let name: String
    /// The school of the later stage; empty where there is none.
    let lead: String
    let total: Int
    let pool: Int
    let onTheirWay: Int
    let members: [(name: String, held: Int, used: Int)]

    static func all(_ replica: OpenReplica) throws -> [ShownPlan] { try replica.plans().list.map(Self.init) }

    init(_ json: JSON) {
        id = json["id"]?.text ?? ""
        name = json["name"]?.text ?? ""
        lead = json["lead"]?.text ?? ""
        total = Int(json["total"]?.count ?? 0)
        pool = Int(json["pool"]?.count ?? 0)
        onTheirWay = Int(json["onTheirWay"]?.count ?? 0)
        members = (json["members"]?.list ?? []).map {
            ($0["name"]?.text ?? "", Int($0["held"]?.count ?? 0), Int($0["used"]?.count ?? 0))
        }
    }

    func held(by member: String) -> Int { members.first { $0.name == member }?.held ?? 0 }
    func used(by member: String) -> Int { members.first { $0.name == member }?.used ?? 0 }
}
