import Accounts
import Alliance
import ArgumentParser
import Foundation
import Replica
import Sync

/// A command that changes something. At a hub it stands in the console's audit list afterwards, as an act by page does:
/// who looks there sees everything that was done, however it was done.
protocol Audited {
    var common: CommonOptions { get }
    /// As it was typed, without options: `hub invite`.
    var act: String { get }
    /// What it was on: names and numbers, neither values nor personal data.
    var subject: String { get }
    /// Whether it changed anything as it was called.
    var isAct: Bool { get }
}

extension Audited {
    var isAct: Bool { true }
    var subject: String { "" }

    /// Notes that it was done.
    func note() throws {
        guard isAct, try common.open().state().role == .hub else { return }
        try AccountFile(common.data, roles: Role.secretariat).note(act, subject, by: CommandLineUser.name)
    }
}

/// Who acts by the command line, as far as the machine knows.
enum CommandLineUser {
    static var name: String { ProcessInfo.processInfo.userName + "@cli" }
}

// MARK: The hub

extension HubCommand.Init: Audited {
    var act: String { "hub init" }
}

extension HubCommand.Invite: Audited {
    var act: String { "hub invite" }
    var subject: String { member }
}

extension HubCommand.Revoke: Audited {
    var act: String { "hub revoke" }
    var subject: String { node }
}

extension HubCommand.Leave: Audited {
    var act: String { "hub leave" }
    var subject: String { member }
}

extension HubCommand.RotateKey: Audited {
    var act: String { "hub rotate-key" }
}

extension HubCommand.Fork: Audited {
    var act: String { "hub fork" }
    var subject: String { ([node] + goOn.map { "go-on \($0)" } + stop.map { "stop \($0)" }).joined(separator: " ") }
    var isAct: Bool { !goOn.isEmpty || !stop.isEmpty }
}

extension BackupCommand: Audited {
    var act: String { "hub backup" }
    var subject: String { (file as NSString).lastPathComponent }
}

extension HubCommand.Backups: Audited {
    var act: String { "hub backups forget" }
    var subject: String { forget.map { "\($0)" } ?? "" }
    var isAct: Bool { forget != nil }
}

extension HubCommand.Restore: Audited {
    var act: String { "hub restore" }
    var subject: String { (file as NSString).lastPathComponent }
}

extension HubCommand.Recovery: Audited {
    var act: String { open ? "hub recovery open" : "hub recovery close" }
    var subject: String { stateRest ? "state-rest" : "" }
    var isAct: Bool { open || close }
}

extension HubCommand.Bundle.Export: Audited {
    var act: String { "hub bundle export" }
    var subject: String { node }
}

extension HubCommand.Bundle.Import: Audited {
    var act: String { "hub bundle import" }
    var subject: String { files.map { ($0 as NSString).lastPathComponent }.joined(separator: " ") }
}

extension HubCommand.Repair: Audited {
    var act: String { "hub repair" }
}

extension HubCommand.Collect: Audited {
    var act: String { "hub collect" }
    var isAct: Bool { !dryRun }
}

extension HubCommand.LeaveBehind: Audited {
    var act: String { "hub leave-behind" }
    var subject: String { node }
}

extension AttestCommand: Audited {
    var act: String { "hub attest" }
    var subject: String { node }
}

extension QuarantineCommand.Release: Audited {
    var common: CommonOptions { attestation.common }
    var act: String { "hub quarantine release" }
    var subject: String { attestation.node }
}

extension DecideCommand: Audited {
    var act: String { "hub decide" }
    var subject: String { request ?? "" }
    var isAct: Bool { request != nil }
}

extension HubCommand.Alerts.Ack: Audited {
    var act: String { "hub alerts ack" }
    var subject: String { alert }
}

extension HubCommand.Alerts.Silence: Audited {
    var act: String { "hub alerts silence" }
    var subject: String { "\(alert) \(hours) h" }
}

extension HubCommand.Alerts.Rules: Audited {
    var act: String { "hub alerts rules" }
    var subject: String {
        zip(["offline", "lost", "grace", "wait", "clock"], [offlineAfter, lostAfter, grace, waitMax, clockMax])
            .compactMap { name, value in value.map { "\(name) \($0)" } }.joined(separator: ", ")
    }
    var isAct: Bool { !subject.isEmpty }
}

extension HubCommand.Alerts.Windows: Audited {
    var act: String { cancel == nil ? "hub alerts windows" : "hub alerts windows cancel" }
    var subject: String { member ?? cancel.map { "\($0)" } ?? "" }
    var isAct: Bool { member != nil || cancel != nil }
}

// MARK: Rows, requests, plans

extension AddCommand: Audited {
    var act: String { "add \(table)" }
    var subject: String { RowSubject.columns(assignments) }
}

extension SetCommand: Audited {
    var act: String { "set \(table)" }
    var subject: String { "\(id) \(RowSubject.columns(assignments))" }
}

extension DeleteCommand: Audited {
    var act: String { "delete \(table)" }
    var subject: String { id }
}

extension EraseCommand: Audited {
    var act: String { "erase \(table ?? "")" }
    var subject: String { id ?? "" }
    var isAct: Bool { table != nil }
}

extension ImportCommand: Audited {
    var act: String { "import \(table)" }
    var subject: String { (file as NSString).lastPathComponent }
    var isAct: Bool { !dryRun }
}

extension ConflictsCommand.Restore: Audited {
    var act: String { "conflicts restore" }
    var subject: String { id }
}

extension ConflictsCommand.Keep: Audited {
    var act: String { "conflicts keep" }
    var subject: String { id }
}

extension DeclineCommand: Audited {
    var act: String { "decline" }
    var subject: String { request }
}

extension QuotaCommand.Plan: Audited {
    var act: String { "quota plan" }
    var subject: String { "\(values.joined(separator: " ")) \(total)" }
}

extension QuotaCommand.Allot: Audited {
    var act: String { "quota allot" }
    var subject: String { "\(plan) \(member) \(count)" }
}

/// What is said of assignments: which columns, never what was written.
private enum RowSubject {
    static func columns(_ assignments: [String]) -> String {
        assignments.map { String($0.prefix { $0 != "=" }) }.joined(separator: " ")
    }
}

extension CertificateCommand.Renew: Audited {
    var act: String { "certificate renew" }
    var subject: String { name.joined(separator: " ") }
}

extension CertificateCommand.New: Audited {
    var act: String { "certificate new" }
    var subject: String { name.joined(separator: " ") }
}

extension ImportsCommand.Undo: Audited {
    var act: String { "imports undo" }
    var subject: String { id }
}
