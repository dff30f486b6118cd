import ArgumentParser
import Foundation
import Replica

/// `hub attest`.
struct AttestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "把节点旧副本的权利确认移交给它现在的副本 · give a node's former points to its present replica")
    @OptionGroup var common: CommonOptions
    @Argument(help: "节点编号 · node")
    var node: String
    @Flag(help: "声明：旧副本都不再运行，没有存着未上报记录的备份或 U 盘 · no former copy, backup or stick holds unsent records")
    var stateNothingLeft = false

    func run() throws {
        let json = try common.open().attest(node, statesNothingLeft: stateNothingLeft)
        Output.result(json, asJSON: common.json) { "已确认移交 \(Output.number(json["replicas"])) 个旧副本的权利。" }
    }
}
