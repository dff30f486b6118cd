"""The node's and the hub's HTTP against their OpenAPI documents, with schemathesis and by hand. Loopback only."""

from __future__ import annotations

import copy
import json
import sys
import time
import unittest
from urllib.parse import quote

sys.dont_write_bytecode = True

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alliance import Alliance
from bodies import NodeCases, register_bodies, with_bytes
from checks import RUN
from commands import Commands
from client import join_request
from documents import HUB, NODE, PROTOBUF
from fuzz import Fuzz
from invitation import Invitation
from messages import parse, pb
from scratch import PROGRAM, TRACES
from signer import Joined

SUCCESS, REFUSAL = range(200, 300), range(400, 600)
TIMEOUT = 30
#: For parts of paths that are not looked at.
ADDRESSES = {"space": "1", "plan": "1", "place": "1", "person": "1"}

alliance: Alliance


def setUpModule():
    global alliance
    alliance = Alliance()
    unittest.addModuleCleanup(alliance.close)
    register_bodies(alliance.signer)
    RUN.hub_key = alliance.signer.hub_key


class APITest(unittest.TestCase):
    """Requests by hand, each checked against the document like those of schemathesis."""

    document = NODE
    #: By operation the statuses that came by hand.
    seen: dict[str, set[int]]

    @property
    def url(self) -> str:
        return alliance.node_url if self.document is NODE else alliance.hub_url

    def ask(self, operation: str, status: int, *, auth=None, data=None, body=None, headers=None, query="", **parameters):
        """Sends a request to a described operation; its answer, which has to be of a status and as described."""
        method, path = operation.split(" ", 1)
        for name, value in parameters.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        if auth is None and self.document is NODE and "Authorization" not in (headers or {}):
            auth = alliance.bearer
        answer = requests.request(
            method, self.url + path + query, data=data, json=body, headers=headers, auth=auth, timeout=TIMEOUT)
        self.assertEqual(answer.status_code, status, answer.text[:500])
        described = self.document.answer(operation, status)
        self.assertTrue(described, f"{operation} does not describe {status}")
        kind = answer.headers["content-type"].split(";")[0]
        self.assertIn(kind, described["content"])
        self.seen[operation].add(status)
        if kind == "application/json":
            self.document.validate(described["content"][kind]["schema"], answer.json())
        return answer

    def assert_clean(self, fuzz: Fuzz):
        if fuzz.failures:
            self.fail(f"{len(fuzz.failures)} kinds of failure in {fuzz.requests} requests\n\n{fuzz.report()}")

    def assert_reached(self, *fuzzes: Fuzz):
        """Each operation was done at least once, and refused at least once."""
        for operation in self.document.operations:
            statuses = set(self.seen[operation]).union(*(fuzz.statuses[operation] for fuzz in fuzzes))
            with self.subTest(operation):
                self.assertTrue(statuses.intersection(SUCCESS), f"never done: {sorted(statuses)}")
                self.assertTrue(statuses.intersection(REFUSAL), f"never refused: {sorted(statuses)}")


class NodeTests(APITest):
    document = NODE

    @classmethod
    def setUpClass(cls):
        cls.seen = {operation: set() for operation in NODE.operations}
        cases = NodeCases(alliance)
        RUN.tables = cases.names
        # Before the fuzzing, which leaves no conflict open.
        cls.conflict = cases.inboxes["conflicts"].pop()
        cls.capitals = requests.post(f"{alliance.node_url}/api/v1/conflicts/{cls.conflict.upper()}/keep", auth=alliance.bearer, timeout=TIMEOUT)
        # Before the fuzzing, which books and answers what it likes.
        Commands(cls("test_reached"), alliance).run()
        # What is well formed is refused all the same where a column does not take it, so only the reverse is checked.
        # Without the token it is 403, as for everything that is not for this machine: test_only_with_the_token.
        cls.fuzz = Fuzz().run(
            with_bytes(NODE.raw), alliance.node_url, off=("positive_data_acceptance", "missing_required_header"), examples=30, map_case=cases,
            auth=alliance.bearer, stateful=True)

    def test_fuzzed(self):
        self.assert_clean(self.fuzz)

    def test_only_for_this_machine(self):
        for operation in NODE.operations:
            method, path = operation.split(" ", 1)
            for headers in ({"Origin": "http://127.0.0.1"}, {"Host": "node.example"}, {"Host": "127.evil.example"}):
                with self.subTest(f"{operation} {headers}"):
                    answer = self.ask(operation, 403, headers=headers, table="teacher", id="1", act="keep", **ADDRESSES)
                    self.assertEqual(answer.json()["error"]["code"], "not-local")

    def test_reached(self):
        self.test_only_for_this_machine()
        self.assertTrue(self.seen["POST /api/v1/bookings"], "commands were done")
        self.test_persons()
        self.edit(422, {"table": "teacher", "id": self.add()}, {"values": {"hours": "示例"}})
        self.assert_reached(self.fuzz)
        for operation, status in (
            ("POST /api/v1/tables/{table}/rows", 409), ("PATCH /api/v1/tables/{table}/rows/{id}", 403),
            ("PATCH /api/v1/tables/{table}/rows/{id}", 422), ("POST /api/v1/tables/{table}/import", 422),
            ("POST /api/v1/conflicts/{id}/{act}", 409), ("POST /api/v1/rejected/{id}/{act}", 404),
        ):
            self.assertIn(status, {*self.fuzz.statuses[operation], *self.seen[operation]}, self.fuzz.reached(operation))

    def test_other_paths(self):
        for path in ("/api/v1", "/api/v1/", "/api/v2/status", "/api/v1/tables/teacher"):
            with self.subTest(path):
                answer = requests.get(self.url + path, auth=alliance.bearer, timeout=TIMEOUT)
                self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (404, "no-route"))
        # Beside the API are the pages for people.
        for path, status in (("/", 303), ("/healthz/more", 404), ("/sync/v1/exchange", 404)):
            with self.subTest(path):
                answer = requests.get(self.url + path, allow_redirects=False, timeout=TIMEOUT)
                self.assertEqual(answer.status_code, status)
                self.assertTrue(status == 303 or answer.headers["content-type"].startswith("text/html"))

    def test_only_with_the_token(self):
        for operation in NODE.operations:
            if not operation.split(" ", 1)[1].startswith("/api/"):
                continue
            for given in ("", "Bearer", "Bearer ", "Bearer " + "0" * 64, "Basic " + alliance.bearer.token, alliance.bearer.token):
                with self.subTest(f"{operation} {given[:12]}"):
                    answer = self.ask(operation, 403, headers={"Authorization": given}, table="teacher", id="1", act="keep", **ADDRESSES)
                    self.assertEqual(answer.json()["error"]["code"], "token")

    def test_an_edit_of_what_was_shown(self):
        place = {"table": "teacher", "id": self.add()}
        first = self.edit(200, place, {"values": {"note": "示例：一"}})
        second = self.edit(200, place, {"values": {"note": "示例：二"}, "shown": {"note": first["stamp"]}})
        stale = self.edit(409, place, {"values": {"note": "示例：三"}, "shown": {"note": first["stamp"]}})["error"]
        self.assertEqual((stale["code"], stale["details"][0]["now"], stale["details"][0]["stamp"]), ("stale", "示例：二", second["stamp"]))
        self.assertEqual(self.edit(409, place, {"values": {"note": "示例：三"}, "shown": {}})["error"]["code"], "stale")
        self.edit(200, place, {"values": {"note": "示例：三"}, "shown": None})
        self.assertEqual(self.edit(200, place, {"values": {}}), {"changed": 0, "stamp": None})
        self.ask("DELETE /api/v1/tables/{table}/rows/{id}", 200, **place)
        self.ask("GET /api/v1/tables/{table}/rows/{id}", 404, **place)

    def test_slips_in_a_body_are_refused(self):
        """A member that is not known is a slip of the pen, and might have been the check of what was shown."""
        place = {"table": "teacher", "id": self.add()}
        for body in (
            {"values": {"note": "示例"}, "Shown": {"note": "1.0@00d1f2a3b4c5d6e7"}},
            {"values": {"note": "示例"}, "show": {}}, {"values": {"note": "示例"}, "示例": 1},
            {"values": {"note": "示例"}, "shown": {"note": 5}}, {"values": {"note": "示例"}, "shown": {"note": None}},
            {"values": {"note": "示例"}, "shown": []}, {"values": []}, {"value": {"note": "示例"}}, [], None, 1,
        ):
            with self.subTest(str(body)):
                self.edit(400, place, data=json.dumps(body))
        for body in ({"values": {"staff_no": "示例a", "name": "示例"}, "示例": 1}, {"values": {"staff_no": "示例b", "name": "示例"}, "shown": {}}):
            with self.subTest(f"a new row: {body}"):
                self.ask("POST /api/v1/tables/{table}/rows", 400, table="teacher", body=body)

    def test_a_column_s_name_is_whole(self):
        """`note=` is no column, though the command line's `note==x` is an assignment."""
        place = {"table": "teacher", "id": self.add()}
        for name in ("note=", "note=示例", "=note", "", " note"):
            with self.subTest(name):
                self.assertEqual(self.edit(400, place, {"values": {name: "示例"}})["error"]["code"], "unknown-column")

    def test_arrays_are_for_lists_of_members(self):
        place = {"table": "teacher", "id": self.add()}
        for value in (["示例"], ["示例", ["示例"]], [], [None], {"示例": 1}):
            with self.subTest(str(value)):
                self.assertEqual(self.edit(400, place, {"values": {"note": value}})["error"]["code"], "value")

    def test_two_sentences_are_two(self):
        """What is wrong and what to do about it do not run into each other."""
        place = {"table": "teacher", "id": self.add()}
        errors = [self.edit(422, place, {"values": {"hours": "示例"}})["error"]]
        errors.append(self.take_in(422, "示例\n").json()["error"])
        errors += self.take_in(422, "工号,姓名,周课时\n示例1,示例,示例\n").json()["problems"]
        for error in errors:
            with self.subTest(error["en"]):
                self.assertRegex(error["en"], r"[a-z0-9”)]\. [A-Z]")
                self.assertRegex(error["zh"], r"[。；，：]请")

    def test_ids_come_as_they_are_written_elsewhere(self):
        """An id that was asked for in capitals is answered in lower case."""
        conflict = self.conflict
        self.assertEqual(self.capitals.json(), {"id": conflict, "resolution": "kept"})
        self.ask("POST /api/v1/conflicts/{id}/{act}", 409, id=conflict, act="keep")

    def test_too_large(self):
        self.ask("POST /api/v1/tables/{table}/rows", 413, table="teacher", data=bytes((4 << 20) + 1))
        self.ask("PATCH /api/v1/tables/{table}/rows/{id}", 413, table="teacher", id=self.add(), data=bytes((4 << 20) + 1))
        self.ask("POST /api/v1/tables/{table}/import", 413, table="teacher", data=bytes((32 << 20) + 1))

    def test_an_address_that_is_no_text(self):
        for operation in ("GET {0}/rows", "POST {0}/rows", "POST {0}/import", "GET {0}/rows/{{id}}", "PATCH {0}/rows/{{id}}", "DELETE {0}/rows/{{id}}"):
            operation = operation.format("/api/v1/tables/{table}")
            method, path = operation.split(" ", 1)
            with self.subTest(operation):
                answer = requests.request(method, self.url + path.format(table="%ff", id="%ff"), data="{}", auth=alliance.bearer, timeout=TIMEOUT)
                self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (400, "address"))

    def test_a_dry_run_writes_nothing(self):
        file = "工号,姓名\n示例试算,示例\n".encode()
        for query in ("?dry-run", "?dry-run=true", "?dry-run=1"):
            self.assertEqual(self.take_in(200, file, f"{query}&consent=2026-09-01").json()["created"], 1)
            self.assertEqual(self.take_in(200, file, query).json()["kept"], 1)
        self.assertEqual(self.take_in(200, file, "?consent=2026-09-01").json()["created"], 1)
        self.assertEqual(self.take_in(200, file).json()["unchanged"], 1)

    def test_persons(self):
        """Kept, consented, withdrawn, exported, forgotten."""
        number = f"示例{time.time_ns()}"
        values = {"values": {"staff_no": number, "name": "示例·留存", "note": "备注"}}
        self.assertEqual(self.ask("POST /api/v1/persons", 200, body=values).json(), {"changed": 1})
        self.assertEqual(self.person(number)["state"], "kept")
        self.change(422, number, "withdraw", {})
        given = {"given": "2026-09-01", "fields": "title"}
        self.assertEqual(self.change(200, number, "consent", given).json()["kept"]["note"], "备注")
        self.change(422, number, "consent", {"given": "2999-01-01"})
        export = self.ask("GET /api/v1/persons/{person}/export", 200, person=number).json()
        self.assertEqual([row["table"] for row in export["rows"]], ["teacher"])
        self.assertEqual(self.change(200, number, "withdraw", {}).json()["state"], "withdrawn")
        self.ask("POST /api/v1/consents", 200, body={"given": "2026-09-01"})
        self.assertEqual(self.person(number)["state"], "withdrawn", "who has withdrawn is in no batch")
        self.ask("DELETE /api/v1/persons/{person}", 200, person=number)
        self.ask("DELETE /api/v1/persons/{person}", 404, person=number)

    def person(self, number: str) -> dict:
        return self.ask("GET /api/v1/persons/{person}", 200, person=number).json()

    def change(self, status: int, number: str, act: str, body: dict):
        return self.ask("POST /api/v1/persons/{person}/{act}", status, person=number, act=act, body=body)

    def test_synced_at_the_end(self):
        """What the fuzzing wrote is taken by the hub, and proved."""
        for _ in range(5):
            report = self.ask("POST /api/v1/sync", 200).json()
            if report["outcome"] == "proved":
                break
        self.assertEqual((report["outcome"], report["failure"]), ("proved", None))
        self.assertEqual(self.ask("GET /api/v1/status", 200).json()["alarms"], [])

    def add(self) -> str:
        values = {"staff_no": f"示例{time.time_ns()}", "name": "示例·手工"}
        return self.ask("POST /api/v1/tables/{table}/rows", 200, table="teacher",
                        body={"values": values, "consent": {"given": "2026-09-01"}}).json()["id"]

    def edit(self, status: int, place: dict, body=None, data=None):
        return self.ask("PATCH /api/v1/tables/{table}/rows/{id}", status, body=body, data=data, **place).json()

    def take_in(self, status: int, file: str | bytes, query: str = ""):
        data = file.encode() if isinstance(file, str) else file
        return self.ask("POST /api/v1/tables/{table}/import", status, table="teacher", data=data, query=query)


class HubTests(APITest):
    document = HUB

    @classmethod
    def setUpClass(cls):
        cls.seen = {operation: set() for operation in HUB.operations}
        signer = alliance.signer
        # The first exchange as it is, before anything that a fork could come of.
        first = requests.post(
            alliance.hub_url + "/sync/v1/exchange", data=signer.exchange_request().SerializeToString(),
            headers={"Content-Type": PROTOBUF}, auth=signer, timeout=TIMEOUT)
        assert first.status_code == 200, first.text
        manifest = requests.get(alliance.hub_url + "/sync/v1/snapshot", auth=signer, timeout=TIMEOUT)
        cls.manifest = parse(pb.SnapshotManifest, manifest.content)
        RUN.is_signed = True
        cls.signed = Fuzz().run(
            cls.without_signatures(), alliance.hub_url, off=("positive_data_acceptance", "ignored_auth"),
            examples=80, map_case=cls.place, auth=signer)
        RUN.is_signed = False
        cls.unsigned = Fuzz().run(cls.of_the_sync(), alliance.hub_url, off=("positive_data_acceptance",), examples=10)

    @staticmethod
    def of_the_sync() -> dict:
        """The document without what is no part of the sync, and not signed: see test_metrics."""
        document = copy.deepcopy(HUB.raw)
        del document["paths"]["/metrics"]
        return document

    @classmethod
    def without_signatures(cls) -> dict:
        """The document as the signer leaves it to be filled: it brings the header fields. Streams are read by hand."""
        document = cls.of_the_sync()
        del document["paths"]["/sync/v1/events"]
        for operation in (item[method] for item in document["paths"].values() for method in item):
            operation["parameters"] = [item for item in operation.get("parameters", []) if item.get("in") == "path"]
        return document

    @classmethod
    def place(cls, case):
        """Every second part of a snapshot is one that there is."""
        parameters = case.path_parameters or {}
        if "rev" in parameters and isinstance(parameters["index"], int) and parameters["index"] % 2 == 0:
            parameters["rev"], parameters["index"] = cls.manifest.rev, parameters["index"] % len(cls.manifest.parts)
        return case

    def test_signed(self):
        self.assert_clean(self.signed)

    def test_unsigned(self):
        self.assert_clean(self.unsigned)

    def test_reached(self):
        self.test_the_head_of_events()
        self.test_metrics()
        self.test_what_is_too_large()
        self.test_refusals_of_an_exchange()
        # What takes no input at all is refused under another method only.
        for operation in HUB.operations:
            if set(HUB.operations[operation]["responses"]) <= {"200", "503"}:
                self.seen[operation].add(requests.put(self.url + operation.split(" ", 1)[1], timeout=TIMEOUT).status_code)
        self.assert_reached(self.signed, self.unsigned)
        for operation, status in (
            ("POST /sync/v1/exchange", 400), ("POST /sync/v1/exchange", 401), ("POST /sync/v1/exchange", 409),
            ("POST /sync/v1/join", 400), ("GET /sync/v1/snapshot/{rev}/{index}", 404),
        ):
            self.assertIn(status, {*self.signed.statuses[operation], *self.seen[operation]}, self.signed.reached(operation))

    def test_metrics(self):
        self.assertIn("jilian_journal_head ", self.ask("GET /metrics", 200).text)
        self.ask("GET /metrics", 401, headers={"Authorization": "Bearer " + "0" * 64})

    def test_the_head_of_events(self):
        """The stream does not end: its head and its first event are looked at."""
        address = self.url + "/sync/v1/events"
        with requests.get(address, auth=alliance.signer, stream=True, timeout=TIMEOUT) as answer:
            self.assertEqual((answer.status_code, answer.headers["content-type"]), (200, "text/event-stream"))
            lines = answer.iter_lines(decode_unicode=True)
            event = [next(lines) for _ in range(4)]
            described = HUB.answer("GET /sync/v1/events", 200)["headers"]
            for name, header in described.items():
                self.assertRegex(answer.headers[name], HUB.resolved(header)["schema"]["pattern"])
        rev = event[2].removeprefix("data: ")
        self.assertEqual(event, ["event: head", f"id: {rev}", f"data: {rev}", ""])
        self.assertGreater(int(rev), 0)
        self.seen["GET /sync/v1/events"].add(200)
        self.ask("GET /sync/v1/events", 401)

    def test_what_is_too_large(self):
        self.ask("POST /sync/v1/join", 413, data=bytes(4097))
        self.ask("POST /sync/v1/exchange", 413, data=bytes((32 << 20) + 1))
        self.ask("POST /sync/v1/repair", 413, data=bytes((1 << 20) + 1))
        for operation in ("GET /sync/v1/snapshot", "GET /sync/v1/snapshot/{rev}/{index}"):
            self.ask(operation, 413, data=b"x", rev=1, index=0)

    def test_refusals_of_an_exchange(self):
        for status, code, changes in (
            (400, "version", {"version": 2}), (400, "malformed", {"journal": b"short"}),
            (409, "fork", {"token": pb.Token(count=1, random=7), "next_token": pb.Token(count=1, random=8)}),
        ):
            message = alliance.signer.exchange_request()
            for name, value in changes.items():
                message.ClearField(name)
                message.MergeFrom(pb.ExchangeRequest(**{name: value}))
            with self.subTest(code):
                self.assert_refused("POST /sync/v1/exchange", status, code, alliance.signer, message.SerializeToString())

    def test_a_clock_that_is_wrong(self):
        for offset in (-301 - TIMEOUT, TIMEOUT):
            signer = copy.copy(alliance.signer)
            signer.offset = offset
            with self.subTest(offset):
                self.assert_refused("GET /sync/v1/snapshot", 401, "clock", signer)

    def test_a_further_node_and_a_revoked_one(self):
        """A member's second node waits to be confirmed; once revoked it is told so."""
        def invite() -> str:
            return alliance.cast.ask("hub", "hub", "invite", "--member", alliance.schools[2])["code"]

        second = Joined(self.url, invite())
        signed = [name for name, operation in HUB.operations.items() if operation.get("security") and name != "GET /metrics"]
        for operation in signed:
            self.assert_refused(operation, 403, "unconfirmed", second)
        alliance.cast.ask("hub", "hub", "revoke", second.key_id)
        for operation in signed:
            self.assert_refused(operation, 403, "revoked", second)
        self.ask("POST /sync/v1/join", 200, data=alliance.signer.join_request)
        used = join_request(Invitation.parse(alliance.code), Ed25519PrivateKey.generate(), 1, "示例节点")
        self.assert_refused("POST /sync/v1/join", 403, "code", None, used)

    def assert_refused(self, operation: str, status: int, code: str, signer, body: bytes | None = None):
        answer = self.ask(operation, status, auth=signer, data=body, rev=1, index=0)
        self.assertEqual(parse(pb.Refusal, answer.content).code, code)
        self.assertEqual("Signature" in answer.headers, signer is not None)

    def test_a_request_twice(self):
        """The same signed bytes again are refused, whatever they ask for."""
        request = requests.Request("GET", self.url + "/sync/v1/snapshot", auth=alliance.signer).prepare()
        with requests.Session() as session:
            self.assertEqual(session.send(request, timeout=TIMEOUT).status_code, 200)
            again = session.send(request, timeout=TIMEOUT)
        self.assertEqual((again.status_code, parse(pb.Refusal, again.content).code), (401, "replayed"))

    def test_another_s_signature(self):
        """Signed by a key that is not the node's, or for another replica or hub."""
        body = alliance.signer.exchange_request().SerializeToString()
        for name, change in (
            ("key", {"key": Ed25519PrivateKey.generate()}), ("node", {"key_id": "018f3c2a-7d41-7c3e-9a55-0b6f2d1e4c88"}),
            ("hub", {"hub_key": bytes(32)}), ("replica", {"replica": 1}),
        ):
            signer = copy.copy(alliance.signer)
            vars(signer).update(change)
            with self.subTest(name):
                self.assert_refused("POST /sync/v1/exchange", 401, "signature", signer, body)

    def test_other_paths(self):
        for path in ("/nothing", "/sync/v1", "/sync/v2/exchange", "/api/v1/status"):
            with self.subTest(path):
                answer = requests.get(self.url + path, timeout=TIMEOUT)
                self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (404, "no-route"))
                HUB.validate(HUB.schema("Error"), answer.json())


class StoppedTests(unittest.TestCase):
    """Both servers end well, and left whole files and calm logs. Runs last: classes run by name."""

    @classmethod
    def setUpClass(cls):
        alliance.stop()

    def test_both_ended_well(self):
        self.assertEqual(alliance.exit_codes, {"node": 0, "hub": 0})

    def test_the_files_are_whole(self):
        for name in ("hub", "node"):
            with self.subTest(name):
                findings = PROGRAM.ask("verify", "--deep", data=alliance.data(name))
                self.assertTrue(findings["clean"], findings)

    def test_the_logs_hold_no_stack_trace(self):
        for name in ("hub", "node"):
            log = alliance.log(name).read_text(encoding="utf-8", errors="replace")
            for trace in (*TRACES, " error "):
                self.assertNotIn(trace, log, name)


if __name__ == "__main__":
    unittest.main()
