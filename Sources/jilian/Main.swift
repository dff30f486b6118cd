import Alliance
import ArgumentParser
import Foundation
import Replica

/// 技联: one program for hub and node.
@main
struct Jilian: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jilian", abstract: "技联：技工教育联盟的资源共享 · pools teachers, training bases and quotas of an alliance",
        discussion: "每条命令都接受 --data 文件夹 与 --json。退出码：0 完成，1 被拒绝，2 用法不对，3 连不上中心。",
        version: OpenReplica.program,
        subcommands: [
            HubCommand.self, NodeCommand.self, AccountCommand.self, CertificateCommand.self, ListCommand.self,
            ShowCommand.self, AddCommand.self,
            SetCommand.self,
            DeleteCommand.self, EraseCommand.self, ImportCommand.self, ImportsCommand.self, ExportCommand.self,
            ConflictsCommand.self,
            RejectedCommand.self, FindCommand.self, BookCommand.self, BookingsCommand.self, MoveCommand.self,
            CancelCommand.self,
            RequestsCommand.self, ApproveCommand.self, DeclineCommand.self, ReleaseCommand.self, AllotCommand.self,
            AllotmentsCommand.self, CloseCommand.self, ClosuresCommand.self, CalendarCommand.self, QuotaCommand.self,
            RightsCommand.self, ConsentCommand.self, PersonCommand.self, VerifyCommand.self, SampleCommand.self,
            DemoCommand.self, BenchCommand.self,
            BenchSessionsCommand.self,
            BenchRightsCommand.self, BenchStepCommand.self, SimulateCommand.self, SimulateSeedsCommand.self,
            ExploreCommand.self,
        ])

    /// Runs the command and ends the process with its exit code; no error leaves as a stack trace.
    static func main() async {
        let wantsJSON = CommandLine.arguments.contains("--json")
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            if let audited = command as? any Audited { try audited.note() }
        } catch let error as CommandError {
            Output.fail(error, json: wantsJSON)
        } catch  where Self.exitCode(for: error) == .success {
            print(Self.message(for: error))
        } catch  where Self.exitCode(for: error) == .validationFailure {
            let text = Self.fullMessage(for: error)
            Output.fail(CommandError(.usage, "usage", Phrase(text, text)), json: wantsJSON)
        } catch let exit as ExitCode {
            Foundation.exit(exit.rawValue)
        } catch {
            Output.fail(CommandError(error), json: wantsJSON)
        }
    }
}
