"""Places of a plan with two stages: admitted offline, registered, handed over, withdrawn; one applicant admitted twice.

Real processes. Who was admitted is looked for in every file: it may stand in its own school's only.
"""

from __future__ import annotations

import unittest

from scratch import ScratchTest

NAMES = ("A", "B")
#: Invented, as all persons here.
NUMBER = "110101200901010013"


class QuotasTest(ScratchTest):
    def setUp(self):
        super().setUp()
        self.schools = self.assemble(("A", 1), ("B", 2))
        lead = self.schools[1]
        self.ask("hub", "add", "pathway", "name=2+2", "first_years=2", "later_years=2", f"lead={lead}")
        major = self.ask("hub", "add", "major", "code=0101", "name=数控加工")["id"]
        self.plan = self.plan_of(major, "2+2", 20)
        self.plain = self.plan_of(major, "三年制", 20)
        self.sync()
        for school in self.schools[:2]:
            for plan in (self.plan, self.plain):
                self.ask("hub", "quota", "allot", plan, school, "4")
        self.sync()

    def plan_of(self, major: str, pathway: str, total: int) -> str:
        return self.ask(
            "hub", "quota", "plan", "year=2027", f"major={major}", "level=senior", f"pathway={pathway}", "--total",
            str(total))["id"]

    def sync(self):
        for name in NAMES + NAMES:
            self.ask(name, "node", "sync")

    def admit(self, name: str, plan: str, *more: str, allow=(0,)):
        return self.ask(name, "quota", "admit", plan, *more, allow=allow)

    def status(self, name: str, plan: str) -> dict:
        return next(one for one in self.ask(name, "quota", "status") if one["id"] == plan)

    def held(self, stage: dict, school: int) -> tuple[int, int]:
        found = [one for one in stage["members"] if one["name"] == self.schools[school]]
        return (found[0]["held"], found[0]["used"]) if found else (0, 0)

    def test_the_later_stage_is_reserved_offline_and_handed_over(self):
        self.assertEqual(self.status("A", self.plan)["lead"], self.schools[1])
        self.assertEqual(self.status("A", self.plan)["name"], "2027 数控加工 高级工 2+2", "by the major's name, not its code")
        self.assertIsNone(self.status("A", self.plain)["later"])
        self.cast.stop_hub()
        places = [self.admit("A", self.plan, "--name", f"考生{n}（虚构）")["place"] for n in range(3)]
        self.assertEqual(len(set(places)), 3)
        self.assertEqual(self.held(self.status("A", self.plan)["later"], 0), (4, 3))
        registered = self.ask("A", "quota", "register", self.plan, str(places[0]), "--on", "2027-09-01")
        self.assertEqual((registered["state"], registered["registered"]), ("registered", "2027-09-01"))
        self.ask("A", "quota", "hand-over", self.plan, str(places[0]))
        self.cast.start_hub()
        self.sync()
        for name in ("hub", "A", "B"):
            plan = self.status(name, self.plan)
            self.assertEqual(self.held(plan, 0), (4, 3), name)
            self.assertEqual((self.held(plan["later"], 0), self.held(plan["later"], 1)), ((3, 2), (5, 1)), name)
        refused = self.ask("A", "quota", "hand-over", self.plan, str(places[0]), allow=(1,))
        self.assertEqual(refused["error"]["code"], "elsewhere")
        refused = self.ask("A", "quota", "hand-over", self.plain, "1", allow=(1,))
        self.assertEqual(refused["error"]["code"], "no-later-stage")
        withdrawn = self.ask("A", "quota", "cancel", self.plan, str(places[1]), "--reason", "放弃")
        self.assertEqual(withdrawn["state"], "withdrawn")
        self.assertEqual(sorted(one["state"] for one in self.ask("A", "quota", "list", self.plan)), ["admitted", "registered", "withdrawn"])
        self.assertEqual(self.ask("B", "quota", "list", self.plan), [])
        self.sync()
        for name in ("hub", "A", "B"):
            self.assertTrue(self.ask(name, "verify", "--deep")["clean"], name)

    def test_one_applicant_at_two_schools_is_seen_and_stays_a_secret(self):
        refused = self.admit("A", self.plain, "--number", NUMBER, allow=(1,))
        self.assertEqual(refused["error"]["code"], "applicant-key")
        key = self.ask("A", "quota", "key", "new")["code"]
        self.assertEqual(self.ask("A", "quota", "key", "new", allow=(1,))["error"]["code"], "exists")
        wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
        self.assertEqual(self.ask("B", "quota", "key", wrong, allow=(2,))["error"]["code"], "applicant-key")
        self.assertEqual(self.ask("B", "quota", "key", key.upper().replace("-", " "))["code"], key)
        first = self.admit("A", self.plain, "--number", NUMBER, "--name", "秘密考生", "--key", "7")
        again = self.admit("A", self.plain, "--number", NUMBER, "--name", "秘密考生", "--key", "7")
        self.assertEqual((again["place"], again["new"]), (first["place"], False))
        self.admit("A", self.plain, "--number", "110101200901010021")
        second = self.admit("B", self.plan, "--number", " 1101 0120 0901 0100 13 ")
        self.sync()
        for name in ("hub", "A", "B"):
            (case,) = self.ask(name, "quota", "duplicates")
            self.assertTrue(case["open"], name)
            self.assertEqual({one["school"] for one in case["admissions"]}, set(self.schools[:2]))
        self.ask("B", "quota", "cancel", self.plan, str(second["place"]))
        self.sync()
        self.assertFalse(self.ask("A", "quota", "duplicates")[0]["open"])
        for name in ("hub", "B"):
            for file in sorted(self.cast.data(name).iterdir()):
                content = file.read_bytes() if file.is_file() else b""
                self.assertNotIn("秘密考生".encode(), content, f"{name}: {file.name}")
                self.assertNotIn(NUMBER.encode(), content, f"{name}: {file.name}")
        self.assertNotIn(key.encode(), b"".join(f.read_bytes() for f in self.cast.data("hub").iterdir() if f.is_file()))

    def test_an_order_class_takes_so_many(self):
        firm = self.schools[1]
        self.ask("A", "add", "order-class", "name=订单一班", f"firm={firm}", "places=2")
        for _ in range(2):
            self.assertEqual(self.admit("A", self.plain, "--order-class", "订单一班")["orderClass"], "订单一班")
        full = self.admit("A", self.plain, "--order-class", "订单一班", allow=(1,))
        self.assertEqual(full["error"]["code"], "class-full")
        place = self.ask("A", "quota", "list", self.plain)[0]["place"]
        self.ask("A", "quota", "cancel", self.plain, str(place))
        self.assertEqual(self.admit("A", self.plain, "--order-class", "订单一班")["place"], place)


if __name__ == "__main__":
    unittest.main()
