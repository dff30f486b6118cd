public import Alliance

extension JSON {
    /// A week with all that a page needs to draw it.
    public init(_ week: WeekView) {
        self = [
            "space": .string(week.space.name), "id": JSON(week.space.id), "base": .string(week.space.base),
            "owner": .string(week.space.owner), "place": .string(week.space.place),
            "lanes": JSON(week.space.workstations),
            "aheadDays": week.space.aheadDays.map { JSON($0) } ?? .null,
            "needsApproval": .bool(week.space.needsApproval),
            "monday": JSON(week.monday), "term": week.term.map { .string($0) } ?? .null,
            "teachingWeek": week.teachingWeek.map { JSON($0) } ?? .null, "now": JSON(week.now),
            "asOf": week.asOf.map { JSON($0) } ?? .null,
            "lines": .array(
                week.lines.map {
                    [
                        "number": $0.number.map { JSON($0) } ?? .null, "starts": JSON($0.starts), "ends": JSON($0.ends),
                        "breakAfter": .string($0.breakAfter),
                    ]
                }),
            "days": .array(week.days.map(Self.day)), "blocks": .array(week.blocks.map(Self.block)),
            "allotment": ["held": JSON(week.allotment.held), "used": JSON(week.allotment.used)],
        ]
    }

    private static func day(_ day: WeekView.Day) -> JSON {
        [
            "date": JSON(day.date), "weekday": JSON(day.date.weekday), "today": .bool(day.isToday),
            "name": .string(day.name),
            "follows": day.follows.map { JSON($0) } ?? .null, "closed": .bool(day.isClosed),
            "windows": .array(day.windows.map(range)),
            "cells": .array(
                day.cells.map {
                    [
                        "from": JSON($0.from), "to": JSON($0.to), "used": JSON($0.used), "own": JSON($0.own),
                        "pool": JSON($0.pool), "others": JSON($0.others), "open": .bool($0.isOpen),
                        "past": .bool($0.isPast),
                    ]
                }),
        ]
    }

    private static func range(_ range: ClosedRange<Int>) -> JSON {
        .array([JSON(range.lowerBound), JSON(range.upperBound)])
    }

    private static func block(_ block: WeekView.Block) -> JSON {
        [
            "day": JSON(block.day), "lines": block.lines.map(range) ?? .null, "from": JSON(block.from),
            "to": JSON(block.to), "state": .string(block.state.rawValue), "stateZh": .string(block.state.phrase.zh),
            "booking": block.booking.map { JSON($0) } ?? .null, "title": .string(block.title),
            "className": .string(block.className), "teacher": .string(block.teacher), "heads": JSON(block.heads),
            "workstations": JSON(block.workstations), "seats": .array(block.seats.map { JSON($0) }),
            "member": .string(block.member), "reason": .string(block.reason),
            "queue": block.queue.map { JSON($0) } ?? .null,
            "alternatives": .array(block.alternatives.map { JSON($0) }),
        ]
    }

    init(_ other: WeekView.Alternative) {
        self = ["from": JSON(other.from), "to": JSON(other.to), "own": .bool(other.isOwn)]
    }
}
