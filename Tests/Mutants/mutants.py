"""The mutants: what each breaks, where, and which tests must notice."""

from __future__ import annotations

import re
from dataclasses import dataclass

SWITCH = re.compile(r"\bON\b")


@dataclass(frozen=True)
class Mutant:
    """One broken rule.

    `original` is text that stands once in `file`. `mutated` takes its place while the mutant is switched on: an
    expression, or, where it names the switch `ON`, the text as it stands in either case.
    `tests` is the filter of `swift test` under which at least one test must fail.
    """

    number: int
    rule: str
    file: str
    original: str
    mutated: str
    tests: str

    def replacement(self) -> str:
        """What is written in place of the original."""
        switch = f"Mutant.isOn({self.number})"
        if SWITCH.search(self.mutated):
            return SWITCH.sub(switch, self.mutated)
        return f"({switch} ? ({self.mutated}) : ({self.original}))"


CLOCK = "Sources/CRDT/HybridClock.swift"
ROW = "Sources/CRDT/RowState.swift"
RIGHTS = "Sources/Alliance/Rights/Schema+Check.swift"
REGISTER = "Sources/Sync/Register/Register.swift"
HUB = "Sources/Sync/Sessions/HubSession.swift"
NODE = "Sources/Sync/Sessions/NodeSession.swift"
JUDGE = "Sources/Sync/Judging/Judge.swift"
CONFLICTS = "Sources/Sync/Judging/ConflictFinder.swift"
MERGER = "Sources/Sync/Merging/EntryMerger.swift"
CHAIN = "Sources/Sync/Merging/PendingChain.swift"
WINDOW = "Sources/Wire/HTTPSignature/ReplayWindow.swift"
STORE = "Sources/Store/SQLiteTransaction.swift"
JOURNAL = "Sources/Wire/Journal/JournalEntry.swift"

MUTANTS = [
    # Stamps, clocks, merge, digest
    Mutant(1, "at one time the larger replica's stamp is larger", "Sources/CRDT/Stamp.swift",
           "left.time != right.time ? left.time < right.time : left.replica < right.replica",
           "left.time < right.time", r"CRDTTests\.(TieTests|StampTests)"),
    Mutant(2, "under one stamp the larger value wins", ROW,
           "stamp != other.stamp ? stamp > other.stamp : value > other.value",
           "stamp != other.stamp ? stamp > other.stamp : value < other.value", r"CRDTTests\.TieTests"),
    Mutant(3, "presence goes by length before stamp", ROW,
           "left.length != right.length ? left.length < right.length : left.stamp < right.stamp",
           "left.stamp != right.stamp ? left.stamp < right.stamp : left.length < right.length",
           r"CRDTTests\.(TieTests|StampTests)"),
    Mutant(4, "a stamp just five minutes ahead is admitted", CLOCK,
           "time <= latest", "time < latest", r"CRDTTests\.StampBoundTests"),
    Mutant(5, "the bound goes by the journal's time where that is later", CLOCK,
           "max(wall, journal.milliseconds) + Self.aheadMax", "wall + Self.aheadMax", r"CRDTTests\.StampBoundTests"),
    Mutant(6, "no stamp is given out twice", CLOCK,
           "HybridTime(rawValue: last.rawValue + 1)", "last", r"CRDTTests\.HybridClockTests"),
    Mutant(7, "witnessing never moves a clock back", CLOCK,
           "{ last = max(last, time) }", "{ last = ON ? time : max(last, time) }", r"CRDTTests\.HybridClockTests"),
    Mutant(8, "a late stamp is larger than the base", "Sources/CRDT/PackedClock.swift",
           "entry.stamp > base", "entry.stamp >= base", r"CRDTTests\.PackedClockTests"),
    Mutant(9, "the causal length is in the row's hash", "Sources/CRDT/CanonicalRow.swift",
           "presence?.length ?? 0", "0", r"CRDTTests\.UniverseTests|WireTests\.RowVectorTests"),
    Mutant(10, "what leaves a digest is subtracted", "Sources/CRDT/Digest.swift",
           "sum &-= hash", "if !ON { sum &-= hash }", r"CRDTTests\.DigestTests"),
    Mutant(11, "the digest gains a row that comes", STORE,
           "if let hash { try change(audience) { $0.add(hash) } }",
           "if !ON, let hash { try change(audience) { $0.add(hash) } }", r"StoreTests\.TransactionTests"),
    Mutant(12, "the digest loses the row that is overwritten or goes", STORE,
           "try change(audience) { $0.remove(hash.number) }",
           "if !ON { try change(audience) { $0.remove(hash.number) } }", r"StoreTests\.TransactionTests"),
    # Rights
    Mutant(13, "only who may deletes a row", RIGHTS,
           "!mayWrite(table.rule.delete)", "false", r"AllianceTests\.RightsTests"),
    Mutant(14, "only who may makes a row", RIGHTS,
           "!mayWrite(table.rule.create)", "false", r"AllianceTests\.RightsTests"),
    Mutant(15, "a row is made in the author's own name", RIGHTS,
           "key.owner != author.member", "false", r"AllianceTests\.RightsTests"),
    Mutant(16, "a column's own writers count, not the table's", RIGHTS,
           "!mayWrite(column.writers ?? table.rule.edit)", "!mayWrite(table.rule.edit)",
           r"AllianceTests\.RightsTests"),
    Mutant(17, "a once-column is not edited", RIGHTS,
           "if column.once {", "if !ON, column.once {", r"AllianceTests\.RightsTests"),
    Mutant(18, "a repeated birth keeps the once-columns", RIGHTS,
           "mine.length <= standing.length", "mine.length < standing.length", r"AllianceTests\.RightsTests"),
    Mutant(19, "a column that decides the audience never changes", RIGHTS,
           "columns.contains(column.id)", "false", r"AllianceTests\.RightsTests"),
    Mutant(20, "making a row anew is no way around a column's writers", RIGHTS,
           "if births, let writers = column.writers,", "if !ON, births, let writers = column.writers,",
           r"AllianceTests\.RightsTests"),
    Mutant(21, "co-owners are those of the stored row, not of the change", RIGHTS,
           "stored?[column]?.value", "(change[column] ?? stored?[column])?.value", r"AllianceTests\.RightsTests"),
    Mutant(22, "a causal length is at most one above the stored one", RIGHTS,
           "presence.length > (stored?.presence?.length ?? 0) + 1", "false", r"AllianceTests\.RightsTests"),
    Mutant(23, "readers check the once-columns again", "Sources/Alliance/Rights/Violation.swift",
           "case .notYours, .wrongOwner, .writtenOnce: true",
           "case .notYours, .wrongOwner: true\n            case .writtenOnce: !ON", r"SyncTests\.DishonestHubTests"),
    Mutant(24, "an owner's private row goes to the owner only", "Sources/Alliance/Schema/Audience.swift",
           ".parties([row.key.owner], secretariat: secretariat)", ".alliance", r"SyncTests\.VerdictTests"),
    Mutant(25, "a section goes to its audience only", "Sources/Alliance/Schema/Audience.swift",
           "members.contains(member)", "true", r"SyncTests\.ConflictTests.*stand in no other member"),
    # Register
    Mutant(26, "a revoked node does not exchange", REGISTER,
           "guard revoked == nil else {", "guard ON || revoked == nil else {", r"SyncTests\.IdentityTests"),
    Mutant(27, "an unconfirmed node does not exchange", REGISTER,
           "guard isConfirmed else {", "guard ON || isConfirmed else {", r"SyncTests\.IdentityTests"),
    Mutant(28, "only a member's first node is born confirmed", REGISTER,
           "nodes(of: member).isEmpty", "true", r"SyncTests\.IdentityTests"),
    Mutant(29, "readers take nothing of a revoked node", MERGER,
           "node.revoked == nil", "true", r"SyncTests\.IdentityTests"),
    Mutant(30, "readers take nothing of an unconfirmed node", MERGER,
           "node.isConfirmed", "true", r"SyncTests\.IdentityTests"),
    Mutant(31, "readers check that a second node is not born confirmed", MERGER,
           "if change.key.table == .node, stored == nil {", "if !ON, change.key.table == .node, stored == nil {",
           r"SyncTests\.IdentityTests"),
    # The hub's judgement
    Mutant(32, "a stamp not after the replica's last accepted one is struck out", JUDGE,
           "gathered.time > last", "true", r"SyncTests\.(ClockTests|VerdictTests)"),
    Mutant(33, "a row in a section of another audience is struck out", JUDGE,
           "table.audience(of: row, secretariat: secretariat) != audience", "false", r"SyncTests\.VerdictTests"),
    Mutant(34, "an id that another owner's row has is struck out", JUDGE,
           "if change.presence?.isThere ?? false, try", "if !ON, change.presence?.isThere ?? false, try",
           r"SyncTests\.VerdictTests"),
    Mutant(35, "a row twice in one transaction is struck out", JUDGE,
           "Set(keys).count == keys.count", "true", r"SyncTests\.VerdictTests"),
    Mutant(36, "a segment holds as many transactions as it announces", JUDGE,
           "byTime.count == Int(header.transactions)", "true", r"SyncTests\.VerdictTests"),
    Mutant(37, "of two concurrent edits the loser is filed", CONFLICTS,
           "forgotten + [edit(change.key, winner: wins ? incoming : standing, loser: loser)]", "forgotten",
           r"SyncTests\.ConflictTests.*the earlier is filed"),
    Mutant(38, "an edit that a later deletion hides is filed", CONFLICTS,
           "stored.cells.filter { try isConcurrent($0.stamp) }",
           "stored.cells.filter { try !ON && isConcurrent($0.stamp) }", r"SyncTests\.ConflictTests.*deletion"),
    Mutant(39, "an edit that comes after a concurrent deletion is filed", CONFLICTS,
           "guard try isConcurrent(deletion.stamp) else { return [] }",
           "guard try !ON && isConcurrent(deletion.stamp) else { return [] }", r"SyncTests\.ConflictTests.*deletion"),
    Mutant(40, "who overwrites an agreement without knowing of it is in conflict", CONFLICTS,
           "try remember(change.key, loser)", "if !ON { try remember(change.key, loser) }",
           r"SyncTests\.(ConflictTests|ConvergenceTests)"),
    Mutant(41, "a replica's own later edit is no conflict", CONFLICTS,
           "stamp.replica != segment.replica", "true", r"SyncTests\.ConflictTests.*own later edit"),
    Mutant(42, "an edit of what was seen is no conflict", CONFLICTS,
           "rev > segment.seen.rev", "rev >= segment.seen.rev", r"SyncTests\.ConflictTests.*was seen"),
    # The hub's side of an exchange
    Mutant(43, "the hub verifies a segment's signature", HUB,
           "try segment.verify(node.key)", "if !ON { try segment.verify(node.key) }",
           r"SyncTests\.(IdentityTests|VerdictTests)"),
    Mutant(44, "the hub takes a segment that names the header before it only", HUB,
           "guard header.seq == (head?.head.seq ?? 0) + 1, header.previous == head?.head.hash else {",
           "guard header.seq == (head?.head.seq ?? 0) + 1, ON || header.previous == head?.head.hash else {",
           r"SyncTests\.ForkTests"),
    Mutant(45, "a replica is one node's", HUB,
           "known.id == node.id", "true", r"SyncTests\.VerdictTests"),
    Mutant(46, "a segment under another replica is not taken", HUB,
           "header.replica == replica", "true", r"SyncTests\.VerdictTests"),
    Mutant(47, "a newer schema's segment waits", HUB,
           "header.schema <= transaction.schema.version", "true", r"SyncTests\.VerdictTests"),
    Mutant(48, "a segment that has seen more than there is waits", HUB,
           "header.seen.rev <= transaction.state.cursor.rev", "true", r"SyncTests\.VerdictTests"),
    Mutant(49, "a cursor into another journal is refused", HUB,
           "below || known == request.journal", "true", r"SyncTests\.ForkTests"),
    Mutant(50, "another header at the own head is a fork", HUB,
           "known != request.own.hash", "false", r"SyncTests\.ForkTests"),
    Mutant(51, "an own head behind the hub's is a fork", HUB,
           "head.seq > request.own.seq", "false", r"SyncTests\.ForkTests"),
    Mutant(52, "a token out of turn is a fork", HUB,
           "report.token != .none", "false", r"SyncTests\.ForkTests.*(fork|copies)"),
    Mutant(53, "a request that was held up is no fork", HUB,
           "signed + 1000 <= report.lastExchange", "false", r"SyncTests\.ForkTests.*held up"),
    Mutant(54, "the hub raises an alarm over unequal digests", HUB,
           "if differing.isEmpty {", "if ON || differing.isEmpty {", r"SyncTests\.DishonestHubTests.*digest"),
    Mutant(55, "a snapshot lists what its reader may read", "Sources/Sync/Sessions/HubSnapshot.swift",
           "all.parts.filter { $0.audience.includes(member) }", "all.parts", r"SyncTests\.SnapshotTests.*late node"),
    Mutant(56, "an invitation is used once", HUB,
           "usedBy == publicKey", "true", r"ServerTests\.JoinTests.*used code"),
    Mutant(57, "an invitation ends after 72 hours", HUB,
           "surroundings.wall <= invitation.expires", "true", r"ServerTests\.JoinTests.*older than"),
    Mutant(58, "a join is proved by the invitation's secret", HUB,
           "request.isProved(by: invitation.secret)", "true", r"ServerTests\.JoinTests.*one wrong character"),
    Mutant(59, "ten wrong codes a minute are answered, and no more", "Sources/Hub/HubService.swift",
           "times.count < Self.most", "times.count <= Self.most", r"ServerTests\.JoinTests.*eleventh"),
    # The node's side of an exchange
    Mutant(60, "a receipt is verified", NODE,
           "try receipt.verify(hubKey)", "if !ON { try receipt.verify(hubKey) }", r"SyncTests\.DishonestHubTests"),
    Mutant(61, "nothing is proved while digests differ", NODE,
           "guard differing.isEmpty else {", "guard ON || differing.isEmpty else {",
           r"SyncTests\.DishonestHubTests.*digest"),
    Mutant(62, "a token is kept until it is answered", NODE,
           "if transaction.state.nextToken == nil {", "if ON || transaction.state.nextToken == nil {",
           r"SyncTests\.ForkTests.*lost answers"),
    Mutant(63, "a part that is not the manifest's is not kept", NODE,
           "Hash256(of: body) == manifest.parts[index].hash", "true", r"SyncTests\.SnapshotTests"),
    Mutant(64, "what is stamped ahead is not cut before the hub's time was heard", NODE,
           "bound.admits(state.clock.last)", "true", r"SyncTests\.ClockTests"),
    Mutant(65, "a revoked node writes no more", "Sources/Sync/Ports/ReplicaTransaction.swift",
           "self == .fork || self == .revoked", "self == .fork", r"SyncTests\.IdentityTests.*revocation"),
    Mutant(66, "an answer that the hub has not signed is not believed", "Sources/Node/HubClient.swift",
           "try verify(response, to: request.parts, state)",
           "if !ON { try verify(response, to: request.parts, state) }", r"ServerTests\.DriverTests.*not signed"),
    Mutant(67, "one session a folder", "Sources/Node/SyncTurn.swift",
           "flock(descriptor, LOCK_EX | LOCK_NB) != 0", "false", r"ServerTests\.DriverTests.*take turns"),
    Mutant(68, "one server a folder", "Sources/Replica/ServeLock.swift",
           "flock(descriptor, LOCK_EX | LOCK_NB) == 0", "true", r"ServerTests\.ServingTests.*one server"),
    # Own edits
    Mutant(69, "a cell that moved since it was shown is not overwritten", "Sources/Sync/Local/LocalWriter.swift",
           "shown[column] != now?.stamp", "false", r"SyncTests\.CommandTests"),
    Mutant(70, "`seen` is that of the write, not of the cut", "Sources/Sync/Local/Cutter.swift",
           "seen: entry.seen", "seen: ON ? state.cursor : entry.seen", r"SyncTests\.ConflictTests.*the earlier is filed"),
    Mutant(71, "what the journal brings goes under a pending edit", CHAIN,
           "if let before, !cell.wins(over: before) {", "if let before, ON || !cell.wins(over: before) {",
           r"SyncTests\.PendingChainTests"),
    Mutant(72, "a struck edit's before-image is put back", CHAIN,
           "row.replace(cell.column, with: before)", "row.replace(cell.column, with: ON ? nil : before)",
           r"SyncTests\.PendingChainTests"),
    Mutant(73, "a struck edit under a pending one hands it its before-image", CHAIN,
           "{ $0.replace(cell.column, with: before) }", "{ if !ON { $0.replace(cell.column, with: before) } }",
           r"SyncTests\.PendingChainTests"),
    Mutant(74, "what was struck for its clock is written anew", MERGER,
           "guard strike.code != .clock else {", "guard ON || strike.code != .clock else {",
           r"SyncTests\.ClockTests.*struck"),
    # The journal, read
    Mutant(75, "everybody merges a segment without what was struck out", "Sources/Wire/Journal/Verdict.swift",
           "strikes.contains { $0.time == time }", "false", r"SyncTests\.VerdictTests"),
    Mutant(76, "readers verify the author's signature", MERGER,
           "do { try entry.segment.verify(node.key) } catch {",
           "do { if !ON { try entry.segment.verify(node.key) } } catch {", r"SyncTests\.DishonestHubTests"),
    Mutant(77, "the journal hash is compared", MERGER,
           "entry.follows(transaction.state.journal)", "true", r"SyncTests\.DishonestHubTests"),
    Mutant(78, "a gap between revs is not accepted", MERGER,
           "entry.rev == transaction.state.cursor.rev + 1", "true", r"SyncTests\.DishonestHubTests"),
    Mutant(79, "a gap in a replica's chain is not accepted", MERGER,
           "guard header.seq == (head?.seq ?? 0) + 1, header.previous == head?.hash else {",
           "guard ON || header.seq == (head?.seq ?? 0) + 1 && header.previous == head?.hash else {",
           r"SyncTests\.DishonestHubTests"),
    Mutant(80, "a section that one may read is not done without", MERGER,
           'throw JournalFault(rev: entry.rev, "a section that this member may read was withheld")',
           'if ON { continue }\n'
           '                throw JournalFault(rev: entry.rev, "a section that this member may read was withheld")',
           r"SyncTests\.DishonestHubTests"),
    Mutant(81, "a page is merged whole or not at all", MERGER,
           "for entry in entries { try merge(entry) }",
           "for entry in entries { do { try merge(entry) } catch where ON { break } }",
           r"SyncTests\.DishonestHubTests"),
    Mutant(82, "the verdict is in the journal hash", JOURNAL,
           "bytes += Hash256(of: verdict).bytes", "if !ON { bytes += Hash256(of: verdict).bytes }",
           r"WireTests\.JournalEntryTests"),
    Mutant(83, "a verdict has one form only", JOURNAL,
           "entry.verdictBytes == [UInt8](verdict)", "true", r"WireTests\.JournalEntryTests"),
    # Bytes from strangers
    Mutant(84, "a section's body is the one that the header names", "Sources/Wire/Segments/Segment.swift",
           "Hash256(of: body) == header.sections[index].hash", "true", r"WireTests\.SegmentTests"),
    Mutant(85, "a snapshot's part is the one that the manifest names", "Sources/Wire/Snapshot/SnapshotManifest.swift",
           "Hash256(of: frame) == part.hash", "true", r"WireTests\.SnapshotManifestTests"),
    Mutant(86, "a frame unpacks to 400 times its size at most", "Sources/Wire/Rows/Section.swift",
           "isWithinRatio(size, of: frame)", "true", r"WireTests\.LimitTests"),
    Mutant(87, "submessages are counted before they are decoded", "Sources/Wire/Bytes/ProtoScan.swift",
           "counts[field.number, default: 0] > max", "false", r"WireTests\.LimitTests"),
    Mutant(88, "a section's rows are counted before they are read", "Sources/Wire/Rows/SectionReader.swift",
           "message.batches.reduce(0, { $0 + Int($1.rows) }) <= Limits.rows", "true", r"WireTests\.LimitTests"),
    Mutant(89, "a signature made anew under a used nonce is a replay", WINDOW,
           "!seen.contains(entry)", "true", r"WireTests\.ReplayWindowTests"),
    Mutant(90, "the window's edges belong to it", WINDOW,
           "(time - width...time + ahead).contains(created)", "(time - width..<time + ahead).contains(created)",
           r"WireTests\.ReplayWindowTests"),
    Mutant(91, "what was signed before the start is not admitted", WINDOW,
           "created > startedAt + ahead", "true", r"WireTests\.ReplayWindowTests"),
    Mutant(92, "a signature covers the body", "Sources/Wire/HTTPSignature/ContentDigest.swift",
           "SHA256.hash(data: message.body) == digest", "true", r"WireTests\.HTTPSignatureTests"),
    Mutant(93, "a signature covers all that it has to", "Sources/Wire/HTTPSignature/SignatureParameters.swift",
           r"input.bareInnerList.elementsEqual(components.lazy.map(\.item))", "true",
           r"WireTests\.HTTPSignatureFormTests"),
    Mutant(94, "the hub's key is the one that the invitation pins", "Sources/Wire/Join/Join.swift",
           "HubFingerprint(of: key).bytes.prefix(pin.count).elementsEqual(pin)", "true", r"WireTests\.JoinTests"),
    # The disk
    Mutant(95, "what a person or a peer is told of is synced to the disk", "Sources/Store/ReplicaStore.swift",
           'durable ? "FULL" : "NORMAL"', '"NORMAL"', r"StoreTests\.FileTests"),
]
