"""What the judge knows of the alliance's tables: their numbers and whom their rows reach.

Columns need no list: they stand in the file in the order of their numbers, behind the hidden ones.
"""

from __future__ import annotations

ALLIANCE = "alliance"
OWNER = "owner"
PARTIES = "parties"

#: Name, number, audience, and for `PARTIES` the columns that name further members.
TABLES = [
    ("member", 1, ALLIANCE, ()), ("node", 2, ALLIANCE, ()), ("replica", 3, ALLIANCE, ()),
    ("conflict", 4, PARTIES, (1, 15)), ("consent", 15, OWNER, ()), ("major", 16, ALLIANCE, ()),
    ("base", 17, ALLIANCE, ()), ("space", 18, ALLIANCE, ()), ("teacher", 19, ALLIANCE, ()), ("teacher_contact", 20, OWNER, ()),
    ("teacher_specialty", 21, ALLIANCE, ()), ("committee", 22, ALLIANCE, ()), ("seat", 23, ALLIANCE, ()),
    ("timetable", 24, ALLIANCE, ()), ("period", 25, ALLIANCE, ()), ("term", 26, ALLIANCE, ()),
    ("calendar_day", 27, ALLIANCE, ()), ("opening", 28, ALLIANCE, ()), ("closure", 29, ALLIANCE, ()),
    ("policy", 30, ALLIANCE, ()),
    ("plan", 32, ALLIANCE, ()), ("grant", 33, ALLIANCE, ()), ("release", 34, ALLIANCE, ()), ("use", 35, ALLIANCE, ()),
    ("cancel", 36, ALLIANCE, ()), ("dispute", 37, ALLIANCE, ()), ("request", 38, ALLIANCE, ()),
    ("decline", 39, PARTIES, (4,)), ("withdrawal", 40, ALLIANCE, ()), ("booking", 41, PARTIES, (3,)),
    ("admission", 60, OWNER, ()), ("registration", 61, OWNER, ()), ("duplicate", 62, PARTIES, (2, 4)),
    ("pathway", 63, ALLIANCE, ()), ("order_class", 64, PARTIES, (2,)),
]

NAMES = {number: name for name, number, _, _ in TABLES}
NUMBERS = {name: number for name, number, _, _ in TABLES}
CONFLICT = NUMBERS["conflict"]
#: Tables that the hub writes by itself while others work.
OWN_OF_HUB = {NUMBERS["node"], NUMBERS["replica"], NUMBERS["grant"], NUMBERS["duplicate"], CONFLICT}


def audience(row, secretariat: bytes) -> bytes:
    """The bytes that name a row's audience: nothing for the alliance, else its members, ascending."""
    _, _, rule, columns = next(table for table in TABLES if table[1] == row.key.table)
    if rule == ALLIANCE:
        return b""
    members = {row.key.owner, secretariat}
    if rule == PARTIES:
        members |= {row.values[column] for column in columns if isinstance(row.values.get(column), bytes)}
    return b"".join(sorted(members))


def may_read(audience: bytes, member: bytes) -> bool:
    """Whether a member is in an audience."""
    return not audience or member in (audience[at:at + 16] for at in range(0, len(audience), 16))
