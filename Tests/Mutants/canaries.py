"""The canaries: broken rules that `jilian simulate` must find, each within a thousand seeds.

Some are mutants that tests notice too; those that only a whole alliance shows stand here.
"""

from __future__ import annotations

from dataclasses import dataclass

from mutants import MERGER, Mutant

CHOOSING = "Sources/CRDT/Ledger/Ledger+Choosing.swift"

ONLY_SIMULATED = [
    Mutant(221, "a stamp beyond the bound is struck out", "Sources/Sync/Judging/Judge.swift",
           "guard bound.admits(gathered.time) ||", "guard ON || bound.admits(gathered.time) ||", ""),
    Mutant(222, "a base stamp covers what its writer knew", "Sources/CRDT/PackedClock.swift",
           "for column in 0..<width {", "for column in 0..<(ON && width == 8 ? width + 1 : width) {", ""),
    Mutant(223, "presence goes by length, then by stamp", "Sources/CRDT/RowState.swift",
           "presence.map({ $0 < theirs }) ?? true",
           "presence.map({ ON ? $0.length < theirs.length : $0 < theirs }) ?? true", ""),
    Mutant(224, "what was cut is sent again byte for byte", "Sources/Sync/Sessions/NodeSession.swift",
           "            : try transaction.segments(\n"
           "                of: state.replica, after: state.acknowledgedSeq, size: Self.pushSize,"
           " count: Limits.segmentsInRequest)\n",
           "            : try transaction.segments(\n"
           "                of: state.replica, after: state.acknowledgedSeq, size: Self.pushSize,"
           " count: Limits.segmentsInRequest\n"
           "            ).map { (old: Segment) -> Segment in\n"
           "                guard ON, old.header.seen != state.cursor else { return old }\n"
           "                let rows = try old.header.sections.indices.flatMap { index -> [(Audience, TransactionRows)] in\n"
           "                    try (old.transactions(section: index) ?? []).map {"
           " (old.header.sections[index].audience, $0) }\n"
           "                }\n"
           "                let times = Set(rows.map { $0.1.time }).sorted()\n"
           "                return try Segment.cut(\n"
           "                    times.map { time in\n"
           "                        PendingTransaction(\n"
           "                            time: time, seen: state.cursor,\n"
           "                            changes: rows.filter { $0.1.time == time }.map { ($0.0, $0.1.changes) })\n"
           "                    },\n"
           "                    at: .init(\n"
           "                        replica: old.header.replica,\n"
           "                        last: old.header.previous.map {\n"
           "                            Head(replica: old.header.replica, seq: old.header.seq - 1, hash: $0)\n"
           "                        },\n"
           "                        standsOn: nil, schema: old.header.schema), key: key)\n"
           "            }\n", ""),
    Mutant(225, "what is merged is journaled", "Sources/Sync/Sessions/HubSession.swift",
           "try journal.append(\n            segment, verdict: judgement.verdict, detail: judgement.detail,"
           " lastTime: judgement.lastTime)",
           "if !(ON && segment.header.seq % 5 == 0) {\n            try journal.append(\n                segment,"
           " verdict: judgement.verdict, detail: judgement.detail, lastTime: judgement.lastTime)\n        }", ""),
    Mutant(226, "revs have no gaps", "Sources/Sync/Judging/HubJournal.swift",
           "let rev = state.cursor.rev + 1", "let rev = state.cursor.rev + (ON && state.cursor.rev % 50 == 49 ? 2 : 1)",
           ""),
    Mutant(227, "others' segments are kept", MERGER,
           "try transaction.save(entry.segment)", "if !ON { try transaction.save(entry.segment) }", ""),
    Mutant(228, "who may sign is what the journal says as of the rev before", MERGER,
           "try transaction.row($0).flatMap { try chain.journaled($0) }",
           "try transaction.row($0).flatMap { try ON ? $0 : chain.journaled($0) }", ""),
    Mutant(546, "what is free is looked up under the lock", CHOOSING,
           "let used = try occupied(span, of: asset, in: index).map(\\.piece.span)\n"
           "        return try index.holdings(of: asset, in: span).flatMap",
           # What somebody else confirmed a moment ago is not seen.
           "let used = try occupied(span, of: asset, in: index).sorted { $0.use < $1.use }"
           ".dropLast(ON ? 1 : 0).map(\\.piece.span)\n"
           "        return try index.holdings(of: asset, in: span).flatMap", ""),
    Mutant(547, "a replica that was put back holds nothing", "Sources/Sync/Ledger/LocalLedger.swift",
           "    var state: ReplicaState { transaction.state }\n",
           "    var state: ReplicaState {\n        var state = transaction.state\n"
           "        if ON, let former = try? Register(transaction).standsOn(state.replica) { state.replica = former }\n"
           "        return state\n    }\n", ""),
    Mutant(548, "points are granted to one replica", CHOOSING,
           "guard holding.place == place, let",
           "guard (ON && { if case .held = holding.place, case .held = place { true } else { false } }())"
           " || holding.place == place, let", ""),
    Mutant(401, "a replica that was put back goes on under a new id", "Sources/Sync/Sessions/NodeSession.swift",
           "let id = ReplicaID(rawValue: max(1, surroundings.random()))",
           "let id = ON ? former : ReplicaID(rawValue: max(1, surroundings.random()))", ""),
]


@dataclass(frozen=True)
class Canary:
    name: str
    # The mutant's number.
    number: int


CANARIES = [
    Canary("same replica id after restore", 401),
    Canary("ties not broken", 1),
    Canary("clock merged without bound", 221),
    Canary("base stamp covering columns its writer did not know", 222),
    Canary("presence without stamp", 223),
    Canary("stale form written", 69),
    Canary("before-image not restored", 72),
    Canary("`seen` taken at cut", 70),
    Canary("a cut segment changed before it is sent again", 224),
    Canary("verdict not applied by readers", 75),
    Canary("journal hash not compared", 77),
    Canary("cursor moved before the page is whole", 81),
    Canary("merge of un-journaled segments", 225),
    Canary("gaps in rev", 226),
    Canary("synchronous=NORMAL acknowledged", 95),
    Canary("tombstone collected too early", 421),
    Canary("others' segments not kept", 227),
    Canary("authorisation by today's register", 228),
    Canary("rights checked outside the lock", 546),
    Canary("same holdings after restore", 547),
    Canary("grants not bound to the replica", 548),
]
