import ArgumentParser
import Replica

struct FindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "按名称、地点、时间和空闲工位找实训室 · find spaces by words, time and free workstations",
        discussion: "时间可不给；给则 --date 与 --periods，或 --from 与 --to。最多列出 60 间。")
    @OptionGroup var common: CommonOptions
    @Argument(help: "名称、基地、地点或学校中的词，可不给 · words of name, base, place or owner")
    var words: [String] = []
    @OptionGroup var time: TimeOptions
    @Option(help: "至少空闲的工位数 · free workstations, at least")
    var workstations = 1

    func run() throws {
        var wish = OpenReplica.SpaceWish()
        wish.words = words.joined(separator: " ")
        wish.workstations = workstations
        wish.time = time.isGiven ? try time.time() : nil
        let found = try common.open().spaces(wish)
        Output.result(.array(found.map { JSON($0) }), asJSON: common.json) {
            guard !found.isEmpty else { return "没有符合的实训室。" }
            var text = TextTable(["实训室", "基地", "单位", "地点", "工位", "空闲", "其中本校可当即确认", "编号"])
            for space in found {
                text.add([
                    space.name, space.base, space.owner, space.place, "\(space.workstations)",
                    space.free.map { "\($0)" } ?? "—", space.free == nil ? "—" : "\(space.own)", "\(space.id)",
                ])
            }
            return text.text()
        }
    }
}
