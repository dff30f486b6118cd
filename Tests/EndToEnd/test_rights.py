"""What schools hold they book and give out without a network, finally; what is the pool's the hub decides, once.

Real processes; the files are judged here, by rows alone, apart from the program.
"""

from __future__ import annotations

import datetime
import os
import shutil
import sqlite3
import struct
import unittest
from pathlib import Path

from scratch import ScratchTest

SCHOOLS = ("A", "B", "C")


def day(ahead: int) -> str:
    return (datetime.date.today() + datetime.timedelta(days=ahead)).isoformat()


class Books:
    """The uses of one file that stand, point by point."""

    def __init__(self, folder: Path) -> None:
        connection = sqlite3.connect(f"file:{folder}/replica.sqlite?mode=ro", uri=True)
        ended = {row[0] for row in connection.execute("SELECT record FROM dispute")}
        ended |= {
            use for use, id in connection.execute('SELECT "use", _id FROM cancel') if id not in ended
        }
        self.live: dict[bytes, list[tuple[bytes, int, int, int]]] = {}
        for id, asset, pieces in connection.execute('SELECT _id, asset, pieces FROM "use"'):
            if id not in ended:
                self.live[id] = [(asset, *struct.unpack(">Hqq", pieces[at : at + 18])) for at in range(0, len(pieces), 34)]
        self.granted: dict[bytes, int] = {}
        for asset, spans in connection.execute("SELECT asset, spans FROM \"grant\" WHERE asset_table = 32 AND kind = 'pool'"):
            for at in range(0, len(spans), 18):
                _, first, last = struct.unpack(">Hqq", spans[at : at + 18])
                self.granted[asset] = self.granted.get(asset, 0) + last - first
        connection.close()

    def faults(self) -> list[str]:
        """Points that two live uses have, and plans of which more is used than was made."""
        spans = sorted((*span, use) for use, spans in self.live.items() for span in spans)
        found = [
            f"{one[0].hex()} lane {one[1]}: {one[4].hex()} and {two[4].hex()}"
            for one, two in zip(spans, spans[1:]) if one[:2] == two[:2] and two[2] < one[3]
        ]
        for asset, made in self.granted.items():
            used = sum(last - first for spans in self.live.values() for (of, _, first, last) in spans if of == asset)
            if used > made:
                found.append(f"plan {asset.hex()}: {used} of {made}")
        return found


class RightsTest(ScratchTest):
    def setUp(self):
        super().setUp()
        self.schools = self.assemble(("A", 1), ("B", 2), ("C", 3))
        self.spaces = {}
        for name in SCHOOLS:
            base = self.ask(name, "add", "base", f"name={name} 的基地")
            self.spaces[name] = self.ask(
                name, "add", "space", f"base={base['id']}", f"name={name} 车间", "capacity=40", "mode=workstation",
                "workstations=4")["id"]
        self.major = self.ask("hub", "add", "major", "code=0101", "name=数控加工")["id"]
        self.plan = self.ask(
            "hub", "quota", "plan", "year=2027", f"major={self.major}", "level=senior", "pathway=2+2", "--total", "30")["id"]
        self.sync()
        for name, school in zip(SCHOOLS, self.schools):
            self.ask("hub", "quota", "allot", self.plan, school, "8")
        self.sync()

    def sync(self):
        """Twice round: what one brings the next one gets."""
        for name in SCHOOLS + SCHOOLS:
            self.ask(name, "node", "sync")

    def book(self, name: str, space: str, hours: tuple[int, int], count: int, ahead: int = 3, allow=(0,)):
        begins, ends = hours
        return self.ask(
            name, "book", space, "--from", f"{day(ahead)} {begins:02}:00", "--to", f"{day(ahead)} {ends:02}:00",
            "--workstations", str(count), "--purpose", "实训", allow=allow)

    def assert_sound(self):
        seen = None
        for name in ("hub",) + SCHOOLS:
            books = Books(self.cast.data(name))
            self.assertEqual(books.faults(), [], name)
            self.assertTrue(seen is None or books.live == seen, f"{name} has other uses")
            seen = books.live
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)
        return seen

    def test_three_schools_book_and_admit_while_the_hub_is_stopped(self):
        # The first school gives one day of two workstations to the pool.
        pool = self.ask("A", "release", self.spaces["A"], "--from", f"{day(9)} 08:00", "--to", f"{day(9)} 12:00", "--workstations", "4")
        self.assertEqual(pool["released"], 4)
        self.sync()
        self.cast.stop_hub()
        confirmed = {}
        for name in SCHOOLS:
            booking = self.book(name, self.spaces[name], (8, 10), 4)
            self.assertEqual((booking["state"], booking["sent"]), ("confirmed", False))
            confirmed[name] = booking["id"]
            places = [self.ask(name, "quota", "admit", self.plan, "--key", f"{name}-{n}")["place"] for n in range(8)]
            self.assertEqual(len(set(places)), 8)
            again = self.ask(name, "quota", "admit", self.plan, "--key", f"{name}-3")
            self.assertEqual((again["place"], again["new"]), (places[3], False))
            refused = self.ask(name, "quota", "admit", self.plan, "--key", f"{name}-9", allow=(1,))
            self.assertEqual(refused["error"]["code"], "too-few")
            refused = self.book(name, self.spaces[name], (9, 11), 1, allow=(1,))
            self.assertEqual(refused["error"]["code"], "taken")
            self.assertEqual(len(refused["error"]["details"]), 3)
        # All three want the same three of four workstations of the pool.
        asked = {name: self.book(name, self.spaces["A"], (8, 10), 3, ahead=9) for name in SCHOOLS}
        self.assertEqual({booking["state"] for booking in asked.values()}, {"requested"})
        self.cast.start_hub()
        self.sync()
        for name, id in confirmed.items():
            mine = {booking["id"]: booking for booking in self.ask(name, "bookings")}
            self.assertEqual((mine[id]["state"], mine[id]["sent"]), ("confirmed", True), name)
        outcomes = {}
        for name, booking in asked.items():
            mine = {row["id"]: row for row in self.ask(name, "bookings")}[booking["id"]]
            outcomes[name] = mine["state"]
            if mine["state"] == "declined":
                self.assertTrue(mine["reason"])
                self.assertEqual(len(mine["alternatives"]), 3)
        self.assertEqual(sorted(outcomes.values()), ["confirmed", "declined", "declined"])
        uses = self.assert_sound()
        self.assertEqual(len(uses), 3 + 24 + 1)
        status = self.ask("hub", "quota", "status")[0]
        self.assertEqual((status["total"], status["pool"]), (30, 6))
        self.assertEqual([(member["held"], member["used"]) for member in status["members"]], [(8, 8)] * 3)

    def test_the_last_workstation_is_had_by_two_who_each_hold_one(self):
        """Of one room, with no network, at one time: both stand. What neither holds is asked for, once."""
        hours = ("--from", f"{day(5)} 08:00", "--to", f"{day(5)} 10:00")
        self.ask("A", "release", self.spaces["A"], *hours, "--workstations", "1", "--member", self.schools[1])
        self.sync()
        self.cast.stop_hub()
        self.assertEqual(self.book("A", self.spaces["A"], (8, 10), 2, ahead=5)["state"], "confirmed")
        last = {name: self.book(name, self.spaces["A"], (8, 10), 1, ahead=5) for name in ("A", "B")}
        for name, booking in last.items():
            self.assertEqual((booking["state"], booking["sent"]), ("confirmed", False), name)
        refused = self.book("A", self.spaces["A"], (9, 11), 4, ahead=5, allow=(1,))
        self.assertEqual(refused["error"]["code"], "taken")
        # Sent twice by an impatient client: one request, and one line at its holder.
        twice = [
            self.ask("C", "book", self.spaces["A"], "--from", f"{day(6)} 08:00", "--to", f"{day(6)} 10:00", "--purpose", "实训", "--key", "once")
            for _ in range(2)
        ]
        self.assertEqual({booking["state"] for booking in twice}, {"requested"})
        self.assertEqual(twice[0]["id"], twice[1]["id"])
        self.cast.start_hub()
        self.sync()
        for name, booking in last.items():
            self.assertEqual({row["id"]: row["state"] for row in self.ask(name, "bookings")}[booking["id"]], "confirmed", name)
        (waiting,) = self.ask("A", "requests")
        self.assertEqual(waiting["member"], self.schools[2])
        self.assertEqual(len(self.assert_sound()), 3)

    def test_who_waits_has_what_becomes_free_in_the_order_of_the_journal(self):
        """A room of the pool is taken; two wait. When it is given back the first has it, and nobody asks anew."""
        hours = ("--from", f"{day(5)} 08:00", "--to", f"{day(5)} 10:00")
        self.ask("A", "release", self.spaces["A"], *hours, "--workstations", "4")
        self.sync()
        first = self.book("A", self.spaces["A"], (8, 10), 4, ahead=5)
        self.sync()
        refused = self.book("B", self.spaces["A"], (8, 10), 1, ahead=5, allow=(1,))
        self.assertEqual(refused["error"]["code"], "taken")
        waiting = {}
        for name in ("C", "B"):
            one = self.ask(
                name, "book", self.spaces["A"], *hours, "--workstations", "3", "--purpose", "实训", "--wait", "--key", "候补")
            self.assertEqual((one["state"], one["waits"]), ("requested", True))
            again = self.ask(
                name, "book", self.spaces["A"], *hours, "--workstations", "3", "--purpose", "实训", "--wait", "--key", "候补")
            self.assertEqual(again["id"], one["id"])
            waiting[name] = one["id"]
            self.ask(name, "node", "sync")
        self.sync()

        def states() -> dict:
            return {name: {row["id"]: row["state"] for row in self.ask(name, "bookings")}[id] for name, id in waiting.items()}

        self.assertEqual(states(), {"C": "requested", "B": "requested"})
        self.assertEqual([(request["waits"], request["respondBy"]) for request in self.ask("hub", "requests")], [(True, None)] * 2)
        # Who had it ends it while the hub is away.
        self.cast.stop_hub()
        self.ask("A", "cancel", first["id"])
        self.cast.start_hub()
        self.sync()
        self.assertEqual(states(), {"C": "confirmed", "B": "requested"})
        self.ask("C", "cancel", waiting["C"])
        self.sync()
        self.assertEqual(states(), {"C": "cancelled", "B": "confirmed"})
        self.assert_sound()

    def test_in_its_own_room_a_school_waits_with_no_network_too(self):
        self.cast.stop_hub()
        first = self.book("A", self.spaces["A"], (8, 10), 4)
        waiting = self.ask(
            "A", "book", self.spaces["A"], "--from", f"{day(3)} 09:00", "--to", f"{day(3)} 11:00", "--purpose", "实训", "--wait")
        self.assertEqual((waiting["state"], waiting["waits"]), ("requested", True))
        self.ask("A", "cancel", first["id"])
        stands = {row["id"]: row for row in self.ask("A", "bookings")}[waiting["id"]]
        self.assertEqual((stands["state"], stands["waits"], stands["sent"]), ("confirmed", False, False))
        self.cast.start_hub()
        self.sync()
        self.assert_sound()

    def test_others_see_busy_or_free_and_an_exclusive_space_is_one(self):
        """What a room is used for goes to who books and whose it is; that it is used, to everybody."""
        base = self.ask("A", "list", "base")[0]["id"]
        hall = self.ask("A", "add", "space", f"base={base}", "name=报告厅", "capacity=200", "mode=exclusive")["id"]
        self.sync()
        self.sync()
        hours = ("--from", f"{day(4)} 08:00", "--to", f"{day(4)} 10:00")
        whole = self.ask("A", "book", hall, *hours, "--workstations", "3", "--purpose", "自用不外传")
        self.assertEqual((whole["state"], whole["workstations"]), ("confirmed", 1))
        self.assertEqual(self.ask("A", "book", hall, *hours, "--purpose", "再来", allow=(1,))["error"]["code"], "taken")
        asked = self.ask(
            "B", "book", self.spaces["A"], *hours, "--purpose", "只给场地方看", "--class-name", "只给场地方看的班")
        self.sync()
        self.assertEqual(asked["state"], "requested")
        (waiting,) = self.ask("A", "requests")
        self.assertEqual(waiting["purpose"], "只给场地方看")
        self.ask("A", "approve", waiting["id"])
        self.sync()
        for name, secrets in (("B", ("自用不外传",)), ("C", ("自用不外传", "只给场地方看"))):
            content = b"".join(file.read_bytes() for file in self.cast.data(name).iterdir() if file.is_file())
            for secret in secrets:
                self.assertNotIn(secret.encode(), content, name)
        for space, used in ((hall, 1), (self.spaces["A"], 1)):
            week = self.ask("C", "calendar", space, "--week", day(4))
            cells = [cell for one in week["days"] for cell in one["cells"] if one["date"] == day(4)]
            self.assertEqual(max(cell["used"] for cell in cells), used)
            told = {(block["title"], block["className"], block["booking"]) for block in week["blocks"]}
            self.assertEqual(told, {("", "", None)})
        self.assert_sound()

    def test_requests_places_and_bookings_change_hands(self):
        """A holder approves and declines; places go on to another school; what is cancelled can be booked again."""
        asked = self.book("B", self.spaces["A"], (8, 10), 2)
        self.assertEqual(asked["state"], "requested")
        also = self.book("C", self.spaces["A"], (8, 10), 4)
        self.sync()
        mine = [request for request in self.ask("A", "requests") if request["mine"]]
        self.assertEqual(len(mine), 2)
        by = {request["member"]: request["id"] for request in mine}
        self.ask("A", "approve", by[self.schools[1]])
        refused = self.ask("A", "decline", by[self.schools[2]], "--reason", "", allow=(2,))
        self.assertEqual(refused["error"]["code"], "reason")
        self.ask("A", "decline", by[self.schools[2]], "--reason", "设备检修")
        self.sync()
        state = {row["id"]: row for name in SCHOOLS for row in self.ask(name, "bookings") if row["member"]}
        self.assertEqual(state[asked["id"]]["state"], "confirmed")
        self.assertEqual((state[also["id"]]["state"], state[also["id"]]["reason"]), ("declined", "设备检修"))
        self.assertTrue(state[also["id"]]["alternatives"])
        # Taken back by who asked: the holder's node gives the points up by itself.
        self.ask("B", "cancel", asked["id"])
        self.sync()
        self.sync()
        self.assertEqual(self.book("A", self.spaces["A"], (8, 10), 4)["state"], "confirmed")
        # Places pass from one school to another while the hub is away.
        self.cast.stop_hub()
        self.ask("A", "quota", "release", self.plan, "5", "--to", self.schools[1])
        refused = self.ask("A", "quota", "release", self.plan, "4", allow=(1,))
        self.assertEqual(refused["error"]["code"], "too-few")
        self.cast.start_hub()
        self.sync()
        for number in range(13):
            self.ask("B", "quota", "admit", self.plan, "--key", str(number))
        refused = self.ask("hub", "quota", "plan", "year=2027", f"major={self.major}", "level=senior", "pathway=2+2", "--total", "20", allow=(1,))
        self.assertEqual(refused["error"]["code"], "too-few")
        self.sync()
        self.assert_sound()

    def test_what_a_restored_node_held_waits_for_the_secretariat_and_says_so(self):
        os.environ["JILIAN_PASSPHRASE"] = "口令 of the test"
        self.addCleanup(os.environ.pop, "JILIAN_PASSPHRASE")
        node = self.ask("A", "node", "status")["node"]
        self.ask("A", "node", "backup", str(self.folder / "A.backup"))
        before = self.book("A", self.spaces["A"], (8, 10), 4)
        self.sync()
        shutil.rmtree(self.cast.data("A"))
        self.ask("A", "node", "restore", str(self.folder / "A.backup"))
        # Of what was booked after the backup it knows nothing: until it has synced it holds nothing.
        rights = self.ask("A", "rights")
        self.assertEqual(rights["held"], [])
        self.assertIn("尚未与中心同步", rights["quarantined"][0]["zh"])
        self.assertEqual(self.book("A", self.spaces["A"], (8, 10), 4)["state"], "requested")
        self.sync()
        rights = self.ask("A", "rights")
        self.assertEqual(rights["held"], [])
        (waiting,) = rights["quarantined"]
        self.assertEqual(waiting["node"], node)
        self.assertIn("A 车间", [asset["name"] for asset in waiting["assets"]])
        self.assertIn(8, [asset["places"] for asset in waiting["assets"]])
        self.assertIn("确认移交", waiting["zh"])
        # What is booked stays; what is new has to wait, and is no more than asked for.
        mine = {row["id"]: row["state"] for row in self.ask("A", "bookings")}
        self.assertEqual(mine[before["id"]], "confirmed")
        asked = self.book("A", self.spaces["A"], (14, 16), 1)
        self.assertEqual(asked["state"], "requested")
        self.assertEqual(self.ask("hub", "hub", "quarantine", "list"), [waiting])
        refused = self.ask("hub", "hub", "quarantine", "release", node, allow=(1,))
        self.assertEqual(refused["error"]["code"], "statement")
        self.ask("hub", "hub", "quarantine", "release", node, "--state-nothing-left")
        self.assertEqual(self.ask("hub", "hub", "quarantine", "list"), [])
        self.sync()
        rights = self.ask("A", "rights")
        self.assertEqual((rights["quarantined"], len(rights["held"])), ([], len(waiting["assets"])))
        self.assertEqual(self.book("A", self.spaces["A"], (16, 17), 1)["state"], "confirmed")
        self.sync()
        self.assert_sound()

    def test_the_secretariat_declines_what_its_holder_does_not_answer(self):
        asked = self.book("B", self.spaces["A"], (8, 10), 1)
        self.ask("B", "node", "sync")
        (waiting,) = self.ask("hub", "hub", "decide")
        self.assertEqual((waiting["member"], waiting["space"]), (self.schools[1], "A 车间"))
        self.assert_refused(2, "hub", "decide", waiting["id"], data=self.cast.data("hub"))
        self.ask("hub", "hub", "decide", waiting["id"], "--decline", "场地单位长期未答复")
        again = self.ask("hub", "hub", "decide", waiting["id"], "--decline", "再次", allow=(1,))
        self.assertEqual(again["error"]["code"], "no-such-request")
        refused = self.ask("A", "hub", "decide", waiting["id"], "--decline", "不是中心", allow=(1,))
        self.assertEqual(refused["error"]["code"], "role")
        self.sync()
        told = {row["id"]: row for row in self.ask("B", "bookings")}[asked["id"]]
        self.assertEqual((told["state"], told["reason"], len(told["alternatives"])), ("declined", "场地单位长期未答复", 3))
        self.assertEqual(self.ask("A", "requests"), [])
        self.assert_sound()

    def test_bad_input_is_refused_with_the_reason(self):
        space = self.spaces["A"]
        for code, arguments, name in (
            (2, (space, "--from", f"{day(3)} 10:00", "--to", f"{day(3)} 08:00"), "inverted"),
            (2, (space, "--from", "2027-02-31 08:00", "--to", "2027-03-01 08:00"), "time"),
            (1, (space, "--from", "2020-01-01 08:00", "--to", "2020-01-01 10:00"), "past"),
            (2, (space, "--from", f"{day(3)} 08:00", "--to", f"{day(60)} 10:00"), "too-long"),
            (2, (space, "--from", f"{day(3)} 08:00", "--to", f"{day(3)} 10:00", "--workstations", "5"), "workstations"),
            (1, ("没有的车间", "--from", f"{day(3)} 08:00", "--to", f"{day(3)} 10:00"), None),
        ):
            error = self.assert_refused(code, "book", *arguments, "--purpose", "实训", data=self.cast.data("A"))
            if name:
                self.assertEqual(error["code"], name)
        self.assert_refused(1, "add", "use", "kind=booking", data=self.cast.data("A"))
        self.assert_refused(1, "cancel", "没有的预约", data=self.cast.data("A"))
        once = self.ask("A", "book", space, "--from", f"{day(4)} 08:00", "--to", f"{day(4)} 10:00", "--purpose", "实训", "--key", "k")
        twice = self.ask("A", "book", space, "--from", f"{day(4)} 08:00", "--to", f"{day(4)} 10:00", "--purpose", "实训", "--key", "k")
        self.assertEqual(once["id"], twice["id"])
        self.sync()
        self.assert_sound()


if __name__ == "__main__":
    unittest.main()
