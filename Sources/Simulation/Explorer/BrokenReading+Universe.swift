extension BrokenReading {
    /// The smallest alliance in which it shows.
    public var universe: Universe {
        switch self {
        case .releaseDoesNotWait: Self.small([.hubBackup: 1, .hubRestore: 1])
        case .standsOnNothing, .attestedBeforeInherited, .usedPointsStay, .sameHoldings, .unboundGrants, .endedRefused,
            .attestedEarly:
            Self.small([.nodeBackup: 1, .nodeRestore: 1, .grant: 0, .release: 0])
        case .cancelsOfOldUses: Self.small([.nodeBackup: 1, .nodeRestore: 1, .grant: 0, .release: 0, .cancel: 2])
        case .heardWhenPushed:
            Self.small([.hubBackup: 1, .hubRestore: 1, .lostAnswer: 1, .release: 0, .cancel: 0]) { $0.held = [[], []] }
        case .statementOfListedReplicas:
            Self.small([
                .hubBackup: 1, .hubRestore: 1, .nodeBackup: 1, .nodeRestore: 2, .grant: 0, .release: 0, .cancel: 0,
            ]) { $0.nodes = 1 }
        case .attestedDespiteBackups:
            Self.small([.nodeBackup: 1, .nodeRestore: 1, .diskLost: 1, .grant: 0, .release: 0, .cancel: 0])
        case .coalesces: Self.small([.nodeBackup: 1, .nodeRestore: 1, .grant: 1])
        case .answersOnlyWithRequest: Self.small([.grant: 1]) { $0.requests = 1 }
        case .epochNumberTwice: Self.small([.hubBackup: 1, .hubRestore: 2, .cancel: 0]) { $0.uses = 1 }
        case .oneBranchOnly: Self.small([.nodeBackup: 1, .nodeByHand: 1, .grant: 0, .release: 1])
        case .sameReplicaAfterFork: Self.small([.clone: 1, .grant: 0, .release: 0, .cancel: 0])
        case .waitsForever:
            Self.small([
                .hubBackup: 1, .hubRestore: 1, .diskLost: 1, .falseClosing: 1, .grant: 2, .release: 0, .cancel: 0,
            ]) { $0.held = [[], []] }
        case .strikesRecords: Self.small([.strike: 1, .diskLost: 1, .grant: 0, .release: 0, .cancel: 0])
        case .closedDespiteBackups:
            Self.small([
                .hubBackup: 1, .hubRestore: 1, .nodeBackup: 1, .nodeRestore: 1, .diskLost: 1, .grant: 1, .release: 0,
                .cancel: 0,
            ]) {
                $0.nodes = 1
                $0.held = [[]]
            }
        case .closedDespiteFormer:
            Self.small([
                .hubBackup: 1, .hubRestore: 1, .nodeBackup: 1, .nodeRestore: 1, .grant: 1, .release: 0, .cancel: 0,
            ]) {
                $0.nodes = 1
                $0.held = [[]]
            }
        case .forgetsEarlyCancels:
            Self.small([.hubBackup: 1, .hubRestore: 1, .nodeBackup: 1, .nodeRestore: 1, .grant: 0, .release: 0]) {
                $0.nodes = 1
            }
        case .closedDespiteLines:
            Self.small([
                .hubBackup: 1, .hubRestore: 1, .diskLost: 1, .grant: 0, .release: 0, .cancel: 0,
            ]) { $0.uses = 1 }
        case .answersForTheOwner, .keepsWhatWasHanded:
            Self.small([.grant: 0, .release: 0, .cancel: 0]) { $0.decidesOnRequests(1) }
        case .poolSpendableAfterRestore: Self.small([.hubBackup: 1, .hubRestore: 1])
        case .confirmationAsColumn, .cancelRevived: Self.small([:])
        case .rightsOutsideTheLock: Self.small([.grant: 0, .release: 0, .cancel: 0])
        }
    }

    private static func small(_ budget: [Universe.Limited: Int8], change: (inout Universe) -> Void = { _ in })
        -> Universe
    {
        Universe("small", "what shows a broken reading", budget, change: change)
    }
}
