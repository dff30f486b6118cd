"""Is nothing left to do: outboxes and rejected inboxes empty, no alarm, and convergence proved at the head?"""

from __future__ import annotations

from canonical import stamp_text
from findings import Findings
from replica import Replica


def check_books(hub: Replica, nodes: list[Replica], findings: Findings) -> None:
    for replica in [hub, *nodes]:
        findings.check("books", not replica.outbox, lambda: (
            f"{replica.name}: {len(replica.outbox)} transactions are still in the outbox, the first of "
            f"{stamp_text((replica.outbox[0]['time'], replica.number))}"))
        for row in replica.alarms or [None]:
            findings.check("books", row is None, lambda: (
                f"{replica.name}: alarm {row['kind']} stands for {row['subject']}: {row['detail']}"))
        findings.check("books", not replica.rejected, lambda: (
            f"{replica.name}: {len(replica.rejected)} transactions are in the rejected inbox"))
    for node in nodes:
        proved, head = node.status["proved_rev"], hub.state["rev"]
        findings.check("books", proved == head, lambda: (
            f"{node.name} last proved itself equal to the hub at rev {proved}; the hub is at {head}"))
        report = next((report for report in hub.reports if report["replica"] == node.number), None)
        findings.check("books", report is not None and (report["proved_rev"], report["pending"]) == (head, 0), lambda: (
            f"hub: {node.name} is reported as {'never heard' if report is None else report['proved_rev']} "
            f"where its head is {head}"))
