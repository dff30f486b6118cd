"""Every command of the node's API for bookings and places, done once by hand."""

from __future__ import annotations

import datetime


class Commands:
    """Asks through a test, which checks each answer against the document."""

    def __init__(self, test, alliance):
        self.test, self.alliance = test, alliance

    def day(self, week: int, weekday: int = 1) -> str:
        return str(self.alliance.monday + datetime.timedelta(days=7 * (week - 1) + weekday - 1))

    def ask(self, operation: str, status: int = 200, **more):
        method, path = operation.split(" ", 1)
        return self.test.ask(f"{method} /api/v1/{path}", status, **more).json()

    def run(self) -> None:
        self.time()
        self.requests()
        self.shared()
        self.places()

    def time(self) -> None:
        test, space = self.test, self.alliance.space
        held = self.ask("GET rights")["held"]
        test.assertIn("示例预约车间", [one["name"] for one in held])
        test.assertIn(40, [one["places"] for one in held])
        wish = {"space": space, "purpose": "示例课程", "workstations": 2, "from": f"{self.day(1)} 08:00", "to": f"{self.day(1)} 09:00"}
        booked = self.ask("POST bookings", body=wish | {"idempotencyKey": "示例-1"})
        test.assertEqual(booked["state"], "confirmed")
        test.assertEqual(self.ask("POST bookings", body=wish | {"idempotencyKey": "示例-1"})["id"], booked["id"])
        test.assertEqual(self.ask("POST bookings", 422, body=wish | {"heads": 1, "idempotencyKey": "示例-1"})["error"]["code"], "key-used")
        test.assertEqual(self.ask("POST bookings", 400, body=wish | {"idempotencyKey": "示" * 201})["error"]["code"], "key")
        test.assertEqual(self.ask("POST bookings", 422, body=wish | {"workstations": 3})["error"]["code"], "taken")
        queued = self.ask("POST bookings", body=wish | {"workstations": 3, "wait": True})
        test.assertTrue(queued["waits"])
        self.ask("POST bookings/{id}/cancel", id=queued["id"], body={})
        for slip in (wish | {"wait": "是"}, wish | {"purpos": ""}, wish | {"date": "2027-01-01"}, {"space": space}, wish | {"heads": "三"}, wish | {"from": "2 月 31 日"}):
            test.assertIn(self.ask("POST bookings", 400, body=slip)["error"]["code"], ("body", "time"))
        test.assertEqual(self.ask("POST bookings", 404, body=wish | {"space": "示例：没有"})["error"]["code"], "absent")
        moved = self.ask("POST bookings/{id}/move", id=booked["id"], body={"from": f"{self.day(1)} 10:00", "to": f"{self.day(1)} 11:00"})
        test.assertEqual((moved["state"], moved["replaces"]), ("confirmed", booked["id"]))
        test.assertEqual([event["kind"] for event in moved["history"]], ["booked"])
        found = {
            one["space"]: (one["free"], one["own"])
            for one in self.ask("GET spaces", query=f"?words=示例预约车间&from={self.day(1)} 10:00&to={self.day(1)} 11:00")}
        test.assertEqual(found, {"示例预约车间": (2, 2)})
        for slip in ("workstations=二", "workstations=0", "date=2027-01-01", "from=x&to=y"):
            test.ask("GET /api/v1/spaces", 400, query=f"?{slip}")
        for _ in range(2):
            ended = self.ask("POST bookings/{id}/cancel", id=moved["id"], body={"reason": "示例", "idempotencyKey": "示例-2"})
            test.assertEqual(ended["state"], "cancelled")
        test.assertEqual([(event["kind"], event["reason"]) for event in ended["history"]], [("booked", ""), ("cancelled", "示例")])
        test.assertEqual(self.ask("POST bookings/{id}/cancel", 422, id=moved["id"], body={})["error"]["code"], "over")
        series = self.ask("POST series", body={
            "space": space, "purpose": "示例系列", "weeks": "2-5", "weekdays": "2", "parity": "even", "starts": "08:00", "ends": "09:00"})
        test.assertEqual((series["confirmed"], [date["week"] for date in series["dates"]]), (2, [2, 4]))
        listed = self.ask("GET bookings", query=f"?series={series['series']}")
        test.assertEqual(len(listed), 2)
        test.ask("GET /api/v1/bookings", 400, query="?series=1")
        week = self.ask("GET spaces/{space}/week", space=space, query=f"?of={self.day(2)}")
        test.assertEqual([block["title"] for block in week["blocks"]], ["示例系列"])

    def requests(self) -> None:
        test = self.test
        waiting = [one["id"] for one in self.ask("GET requests") if one["mine"]]
        test.assertEqual(sorted(waiting), sorted(self.alliance.asked))
        approvals = [self.ask("POST requests/{id}/{act}", id=waiting[0], act="approve", body={"idempotencyKey": "示例-3"}) for _ in range(2)]
        test.assertEqual(approvals[0], approvals[1])
        test.assertEqual(self.ask("POST requests/{id}/{act}", 400, id=waiting[1], act="decline", body={})["error"]["code"], "reason")
        for _ in range(2):
            self.ask("POST requests/{id}/{act}", id=waiting[1], act="decline", body={"reason": "示例：检修", "idempotencyKey": "示例-4"})
        again = self.ask("POST requests/{id}/{act}", 422, id=waiting[1], act="approve", body={})
        test.assertEqual(again["error"]["code"], "no-such-request")

    def shared(self) -> None:
        test, space = self.test, self.alliance.space
        window = {"space": space, "weekdays": "5", "weeks": "1-3", "starts": "13:00", "ends": "15:00", "workstations": 1}
        for _ in range(2):
            test.assertEqual(len(self.ask("POST allotments", body=window | {"to": self.alliance.schools[0], "idempotencyKey": "示例-5"})["given"]), 3)
        test.assertEqual(self.ask("POST allotments", 422, body=window | {"workstations": 4})["error"]["code"], "elsewhere")
        allotments = {one["space"]: one for one in self.ask("GET allotments")}
        given, got = allotments["示例预约车间"], allotments["示例邻校车间"]
        test.assertEqual((given["given"], given["used"], got["given"]), (360, 0, 480))
        # What was given away is no longer this node's to give back.
        self.ask("POST allotments/{id}/back", 422, id=given["id"])
        test.assertEqual(self.ask("POST allotments/{id}/back", id=got["id"])["back"], 480)
        hour = {"space": space, "from": f"{self.day(6)} 08:00", "to": f"{self.day(6)} 09:00", "idempotencyKey": "示例-6"}
        test.assertEqual(self.ask("POST releases", body=hour), self.ask("POST releases", body=hour))
        closure = {"space": space, "from": f"{self.day(4, 2)} 07:00", "to": f"{self.day(4, 2)} 20:00", "kind": "检修"}
        test.assertEqual(self.ask("POST closures", 422, body=closure)["error"]["code"], "value")
        closed = self.ask("POST closures", body=closure | {"kind": "维护", "reason": "示例"})
        test.assertEqual([hit["purpose"] for hit in closed["hits"]], ["示例系列"])
        test.assertIn(closed["id"], [one["id"] for one in self.ask("GET closures")])
        against = self.ask("GET bookings", query="?against-rules")
        test.assertEqual([(one["id"], one["against"]["code"]) for one in against], [(closed["hits"][0]["id"], "closed")])

    def places(self) -> None:
        test, (plan, plain) = self.test, (self.alliance.plan, self.alliance.plain)
        test.assertLessEqual({plan, plain}, {one["id"] for one in self.ask("GET plans")})
        admitted = [
            self.ask("POST plans/{plan}/admissions", plan=plan, body={"name": "考生（虚构）", "idempotencyKey": f"示例-{number}"})
            for number in (1, 2, 3, 1)]
        test.assertEqual([one["new"] for one in admitted], [True, True, True, False])
        test.assertEqual(admitted[3]["place"], admitted[0]["place"])
        first, second, third = (one["place"] for one in admitted[:3])
        refused = self.ask("POST plans/{plan}/admissions", 422, plan=plan, body={"number": "示例1"})
        test.assertEqual(refused["error"]["code"], "applicant-key")

        def change(place: int, act: str, body: dict, status: int = 200, of: str = plan):
            return self.ask("POST plans/{plan}/places/{place}/{act}", status, plan=of, place=place, act=act, body=body)

        test.assertEqual(change(first, "register", {"on": "2027-09-01"})["registered"], "2027-09-01")
        test.assertEqual(change(second, "hand-over", {}), {"place": second, "plan": plan})
        for _ in range(2):
            test.assertEqual(change(third, "withdraw", {"reason": "示例", "idempotencyKey": "示例-7"})["state"], "withdrawn")
        test.assertEqual(change(1, "hand-over", {}, 422, plain)["error"]["code"], "no-later-stage")
        test.assertEqual(change(first, "示例", {}, 400)["error"]["code"], "act")
        for none in (0, -1, 2**53, 2**63 - 1, -(2**63)):
            test.assertEqual(change(none, "withdraw", {}, 422)["error"]["code"], "no-such-use")
        test.assertEqual(change(first, "register", {"on": "2 月 31 日"}, 422)["error"]["code"], "value")
        test.assertEqual(len(self.ask("GET plans/{plan}/admissions", plan=plan)), 3)
        released = [self.ask("POST plans/{plan}/release", plan=plain, body={"count": 2, "idempotencyKey": "示例-8"}) for _ in range(2)]
        test.assertEqual((released[0]["id"], released[1]), (plain, released[0]))
        test.assertEqual(self.ask("POST plans/{plan}/release", 422, plan=plain, body={"count": 999})["error"]["code"], "too-few")
        test.assertEqual(self.ask("GET duplicates"), [])
