import Alliance
import Sync

extension CommandError {
    /// Something of a person was not written, since it would have left the school without consent.
    init(_ gap: ConsentGap, _ schema: Schema) {
        let phrase =
            switch gap.gap {
            case .missing:
                Phrase(
                    "这位教师还没有登记同意，资料不能离开本校，未写入；请先登记（consent give），或只存在本机（person keep）。",
                    "No consent of this teacher is recorded, so the entry may not leave the school; nothing was written. Record one (consent give), or keep the entry here (person keep)."
                )
            case .withdrawn:
                Phrase(
                    "这位教师已撤回同意，资料不能离开本校，未写入；重新同意后再登记（consent give）。",
                    "This teacher has withdrawn consent, so the entry may not leave the school; nothing was written. Record a new consent first (consent give)."
                )
            case .field(let field):
                Phrase(
                    "这位教师的同意不包括「\(schema.title(ofConsentField: field).zh)」，未写入；请留空，或登记包括它的同意（consent give --fields）。",
                    "This teacher's consent does not cover '\(field)'; nothing was written. Leave it empty, or record a consent that does (consent give --fields)."
                )
            }
        self.init(.refused, "no-consent", phrase, details: [JSON(gap.key, schema)])
    }
}
