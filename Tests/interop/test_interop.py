"""A client in Python, written from ``Protocol/`` alone, against the built program: a real hub and a Swift node.

Run from the repository's root, with the packages of ``Tests/interop/requirements.txt`` installed::

    JILIAN_PROGRAM=… python3 -m unittest discover -v -s Tests/interop

All members, people and rows are invented (示例).
"""

import base64
import hashlib
import re
import secrets
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import codec
from bundles import RefusedBundle
from chain import NO_HASH
from client import (
    HOUR,
    OCTETS,
    PROTOBUF,
    Change,
    Node,
    Refused,
    SignedRequest,
    http_session,
    join_request,
    post_join,
    unix_milliseconds,
)
from faults import Fault
from invitation import Invitation
from ledger import NODE_CONFIRMED
from messages import parse, pb
from program import Hub, SwiftNode
from rows import PRESENCE, TICKS_PER_MILLISECOND, Cell, Key, Row, Value, natural_id, parse_value, uuid_bytes, uuid_text
from signatures import REQUEST_COMPONENTS, Parameters, request_base, verify_answer

EXCHANGE = "/sync/v1/exchange"
SWIFT_SCHOOL, PYTHON_SCHOOL, OTHER_SCHOOL = "示例学校甲", "示例学校乙", "示例学校丙"
SNAPSHOT_THRESHOLD = 64
MESSAGE_SIZE = 32 << 20
CONFLICT = 4

hub: Hub
swift: SwiftNode
other: Node
tombstone: Key
# By member the node that confirms its further ones.
earlier: dict[str, Node | SwiftNode] = {}


def setUpModule() -> None:
    """One hub, one Swift node, and a Python node of a third member that was there from the first rev on.

    Before anybody can ask for a snapshot a row is deleted, and one of a smaller audience is written: each holds both.
    """
    global hub, swift, other, tombstone
    hub = Hub([SWIFT_SCHOOL, PYTHON_SCHOOL, OTHER_SCHOOL])
    unittest.addModuleCleanup(hub.close)
    swift = hub.swift_node(SWIFT_SCHOOL, "swift")
    earlier[SWIFT_SCHOOL] = swift
    other = join(OTHER_SCHOOL)
    other.page_size = 1
    other.sync()
    founder = synced()
    tombstone = added_teacher(founder)
    founder.write(founder.deletion(tombstone))
    _with_contact(founder)
    founder.sync()


def join(member: str, wall_clock: Callable[[], int] | None = None) -> Node:
    """A new Python node of a member; if it is not the first, an earlier one confirms it."""
    node = joined(member, wall_clock)
    if not hub.node_report(node.channel.key_id)["confirmed"]:
        earlier[member].confirm(node.channel.key_id)
    earlier.setdefault(member, node)
    return node


def joined(member: str, wall_clock: Callable[[], int] | None = None) -> Node:
    """A new Python node of a member, which nobody has confirmed yet if it is not the first."""
    return Node.join(hub.address, hub.invite(member), "示例节点 Python", wall_clock)


def synced(member: str = PYTHON_SCHOOL) -> Node:
    """A new Python node of a member, at the journal's head."""
    node = join(member)
    node.sync()
    return node


def new_teacher(**values: Value) -> dict[str, Value]:
    """A teacher that nobody else has."""
    return {"staff_no": f"示例{secrets.token_hex(6)}", "name": "示例·教师", "hours": 4, **values}


def added_teacher(node: Node, **values: Value) -> Key:
    """A teacher of the node's school, written and not yet sent."""
    teacher = new_teacher(**values)
    key = node.key("teacher", teacher)
    node.write(node.birth(key, teacher))
    return key


def swift_teacher(**values: str) -> Key:
    """A teacher that the Swift node wrote and sent."""
    assignments = {"staff_no": f"示例{secrets.token_hex(6)}", "name": "示例·教师", **values}
    swift.run("add", "teacher", *(f"{name}={value}" for name, value in assignments.items()), "--consent", "2026-09-01")
    row = next(row for row in swift.list("teacher").values() if row["staff_no"] == assignments["staff_no"])
    swift.sync()
    return Key(other.alliance.schema.by_name["teacher"].id, uuid_bytes(row["owner"]), uuid_bytes(row["id"]))


def row_at(node: Node, key: Key) -> Row:
    """The row, there or deleted, as the node shows it."""
    row = node.row(key)
    assert row is not None
    return row


def values_at(node: Node, key: Key) -> dict[str, Value]:
    """The row's values by the names of its columns."""
    columns = node.alliance.schema.tables[key.table].by_name
    return {name: row_at(node, key).value(column) for name, column in columns.items()}


def shown_by_swift(key: Key) -> Mapping[str, Any] | None:
    """The row as the Swift node lists it after a sync."""
    swift.sync()
    return swift.list(other.alliance.schema.tables[key.table].name).get(uuid_text(key.id))


class InteropCase(unittest.TestCase):
    """What the cases share."""

    def assert_refused(self, node: Node, request: SignedRequest, code: str, status: int) -> Refused:
        """The hub refuses this request by this code, and leaves nothing of it."""
        with self.leaves_nothing():
            answer = node.channel.send(request)
        self.assertEqual(answer.status, status)
        refusal = node.channel.refusal(request, answer)
        self.assertEqual(refusal.code, code)
        self.assertTrue(all(refusal.words), "words in Chinese and English")
        return refusal

    def assert_exchange_refused(self, node: Node, message: Any, code: str, status: int) -> Refused:
        return self.assert_refused(node, node.sign("POST", EXCHANGE, message.SerializeToString()), code, status)

    def assert_not_yet(self, node: Node, message: Any, code: str) -> Any:
        """The hub answers, but leaves the segments by this code."""
        with self.leaves_nothing():
            response = node.send(message)
        self.assertEqual(response.not_yet.code, code)
        return response

    @contextmanager
    def leaves_nothing(self) -> Iterator[None]:
        """The journal stands where it stood."""
        before = head()
        yield
        self.assertEqual(head(), before)


def head() -> tuple[int, bytes]:
    """The journal's head and its hash, as a third node gets and proves them."""
    other.page_size = 1 << 20
    other.sync()
    return other.ledger.rev, other.ledger.journal


class Joining(InteropCase):
    def test_a_node_joins_and_pulls_everything(self) -> None:
        node = synced()
        self.assertEqual(node.proved_rev, node.ledger.rev)
        report = hub.node_report(node.channel.key_id)
        self.assertEqual((report["provedRev"], report["alarms"]), (node.ledger.rev, []))
        self.assertEqual(report["replicas"], [f"{node.replica:016x}"])

    def test_a_code_is_used_once_and_answered_again_to_the_same_key(self) -> None:
        invitation = Invitation.parse(hub.invite(PYTHON_SCHOOL))
        key, session = Ed25519PrivateKey.generate(), http_session()
        request = join_request(invitation, key, secrets.randbits(64), "示例")
        answers = [parse(pb.JoinResponse, post_join(session, hub.address, request)) for _ in range(2)]
        self.assertEqual(answers[0].node, answers[1].node)
        with self.leaves_nothing():
            post_join(session, hub.address, join_request(invitation, key, secrets.randbits(64), "示例"))
        again = join_request(invitation, Ed25519PrivateKey.generate(), secrets.randbits(64), "示例")
        with self.leaves_nothing(), self.assertRaises(Refused) as caught:
            post_join(session, hub.address, again)
        self.assertEqual((caught.exception.code, caught.exception.status), ("code", 403))

    def test_a_wrong_secret_is_refused_and_spends_nothing(self) -> None:
        right = Invitation.parse(hub.invite(PYTHON_SCHOOL))
        wrong = Invitation(right.code, bytes(len(right.secret)), right.pin)
        with self.leaves_nothing(), self.assertRaises(Refused) as caught:
            Node.join(hub.address, wrong.text, "示例")
        self.assertEqual((caught.exception.code, caught.exception.status), ("code", 403))
        node = Node.join(hub.address, right.text, "示例")
        earlier[PYTHON_SCHOOL].confirm(node.channel.key_id)
        node.sync()

    def test_a_replica_0_is_not_joined(self) -> None:
        invitation = Invitation.parse(hub.invite(PYTHON_SCHOOL))
        request = join_request(invitation, Ed25519PrivateKey.generate(), 0, "示例")
        with self.leaves_nothing(), self.assertRaises(Refused) as caught:
            post_join(http_session(), hub.address, request)
        self.assertEqual((caught.exception.code, caught.exception.status), ("malformed", 400))

    def test_a_hub_of_another_key_is_not_believed(self) -> None:
        right = Invitation.parse(hub.invite(PYTHON_SCHOOL))
        with self.assertRaisesRegex(Fault, "pin"):
            Node.join(hub.address, Invitation(right.code, right.secret, bytes(len(right.pin))).text, "示例")

    def test_a_second_replica_of_a_node_is_registered_by_its_first_exchange(self) -> None:
        node = synced()
        former = node.request().own
        node.channel.replica = node.ledger.replica = secrets.randbits(64)
        node.token, node.next_token = (0, 0), None
        request = node.request()
        self.assert_exchange_refused(node, request, "chain", 409)
        request.stands_on.CopyFrom(former)
        node.send(request)
        report = hub.node_report(node.channel.key_id)
        self.assertEqual((len(report["replicas"]), len(report["endedReplicas"])), (1, 1))


class Pulling(InteropCase):
    def test_the_whole_journal_was_verified_entry_by_entry(self) -> None:
        head()
        self.assertEqual(sorted(other.ledger.hashes), list(range(1, other.ledger.rev + 1)))
        self.assertEqual(other.proved_rev, other.ledger.rev)
        swift.sync()
        status = swift.status
        shown = {part["audience"]: part["digest"] for part in status["digests"]}
        digest = other.ledger.digests[b""]
        self.assertEqual((status["rev"], shown["alliance"]), (other.ledger.rev, f"{digest.sum:032x}/{digest.rows}"))

    def test_every_way_to_change_an_entry_is_found(self) -> None:
        reader, writer = synced(OTHER_SCHOOL), synced()
        key = added_teacher(writer)
        writer.write(writer.edit(swift_teacher(), {"name": "示例·不许"}))
        writer.sync()
        request = reader.request()
        response = reader.send(request)
        index = next(i for i, entry in enumerate(response.entries) if entry.verdict)
        for name, change in _changes_of_an_entry().items():
            with self.subTest(name):
                changed = pb.ExchangeResponse.FromString(response.SerializeToString())
                change(changed.entries[index])
                before = reader.ledger
                with self.assertRaises(Fault):
                    reader.accept(request, changed)
                self.assertIs(reader.ledger, before)
        with self.subTest("an entry left out"), self.assertRaises(Fault):
            changed = pb.ExchangeResponse.FromString(response.SerializeToString())
            del changed.entries[0]
            reader.accept(request, changed)
        reader.accept(request, response)
        self.assertIsNotNone(reader.row(key))

    def test_answers_are_bound_to_their_request(self) -> None:
        node = synced()
        body = node.request().SerializeToString()
        first, second = node.sign("POST", EXCHANGE, body), node.sign("POST", EXCHANGE, body)
        answer = node.channel.send(first)
        node.channel.verified(first, answer, PROTOBUF)
        with self.assertRaises(Fault):
            node.channel.verified(second, answer, PROTOBUF)
        with self.assertRaises(Fault):
            changed = answer.body[:-1] + bytes([answer.body[-1] ^ 1])
            verify_answer(node.ledger.hub_key, answer.status, answer.fields, changed, first.signature)

    def test_sections_of_other_audiences_are_withheld(self) -> None:
        node = synced()
        key, contact = _with_contact(node)
        node.sync()
        self.assertIsNotNone(shown_by_swift(key))
        self.assertIsNone(shown_by_swift(contact))
        reader = synced(PYTHON_SCHOOL)
        self.assertEqual(reader.row(contact), node.row(contact))
        head()
        self.assertIsNone(other.row(contact))
        self.assertEqual(len(other.ledger.digests), 1)
        self.assertGreater(len(reader.ledger.digests), 1)

    def test_an_event_names_the_head(self) -> None:
        node = synced()
        event = node.channel.first_event(node.sign("GET", "/sync/v1/events"))
        rev = str(node.ledger.rev)
        self.assertEqual(event, {"event": "head", "id": rev, "data": rev})


class Pushing(InteropCase):
    def test_insert_update_and_delete_appear_at_the_swift_node(self) -> None:
        node = synced()
        texts: dict[str, Value] = {
            "name": "示例·é e\u0301 𠮷",
            "specialty": "数控加工 \"'\\\n",
            "title": "senior",
            "dual": 1,
        }
        key = added_teacher(node, **texts)
        gone = added_teacher(node)
        node.sync()
        shown = shown_by_swift(key)
        assert shown is not None
        self.assertEqual({name: shown[name] for name in texts}, {**texts, "dual": True})
        self.assertEqual((shown["hours"], shown["note"], shown["owner"]), (4, None, uuid_text(node.member)))
        self.assertIsNotNone(shown_by_swift(gone))

        node.write(node.edit(key, {"hours": 12}), node.deletion(gone))
        node.sync()
        after = shown_by_swift(key)
        self.assertEqual(after, {**shown, "hours": 12})
        self.assertIsNone(shown_by_swift(gone))
        self.assertEqual(node.proved_rev, node.ledger.rev)
        self.assertTrue(swift.verify()["clean"])

    def test_a_deleted_row_returns_under_its_old_id(self) -> None:
        node = synced()
        teacher = new_teacher()
        key = node.key("teacher", teacher)
        node.write(node.birth(key, teacher))
        node.write(node.deletion(key))
        node.write(node.birth(key, {**teacher, "name": "示例·又来"}))
        node.sync()
        self.assertEqual(row_at(node, key).length, 3)
        self.assertEqual((shown_by_swift(key) or {})["name"], "示例·又来")

    def test_edits_of_the_swift_node_arrive(self) -> None:
        key = swift_teacher(name="示例·甲校教师", hours="6")
        node = synced()
        values = values_at(node, key)
        self.assertEqual((values["name"], values["hours"]), ("示例·甲校教师", 6))
        swift.run("delete", "teacher", uuid_text(key.id))
        swift.sync()
        node.sync()
        self.assertFalse(row_at(node, key).is_there)

    def test_natural_keys_give_the_ids_that_swift_gives(self) -> None:
        key = swift_teacher()
        row, table = row_at(synced(), key), other.alliance.schema.tables[key.table]
        self.assertEqual(key.id, natural_id(key.table, key.owner, [row.value(c) for c in table.natural_key]))

    def test_many_segments_in_one_exchange(self) -> None:
        node = synced()
        node.transactions_per_segment = 2
        keys = [added_teacher(node) for _ in range(7)]
        node.sync()
        self.assertEqual((node.own.seq, node.acknowledged), (4, 4))
        shown_by_swift(keys[0])
        self.assertLessEqual({uuid_text(key.id) for key in keys}, swift.list("teacher").keys())


class Striking(InteropCase):
    def test_a_struck_transaction_is_taken_back_and_the_others_stand(self) -> None:
        forbidden = swift_teacher(name="示例·原名")
        node = synced()
        shown_before, row_before = shown_by_swift(forbidden), node.row(forbidden)
        first = added_teacher(node)
        struck = node.write(node.edit(forbidden, {"name": "示例·改名"}))
        second = added_teacher(node)
        self.assertNotEqual(node.row(forbidden), row_before)
        node.sync()

        self.assertEqual([(r.transaction, r.code) for r in node.rejected], [(struck, 1)])
        column = node.alliance.schema.tables[forbidden.table].by_name["name"]
        offences = [(o.time, o.code, Key(o.table, o.owner, o.id), o.column) for o in node.rejected[0].offences]
        self.assertEqual(offences, [(struck.time, 1, forbidden, column)])
        self.assertEqual(node.row(forbidden), row_before)
        self.assertEqual(shown_by_swift(forbidden), shown_before)
        self.assertIsNotNone(shown_by_swift(first))
        self.assertIsNotNone(shown_by_swift(second))

        key = added_teacher(node)
        node.sync()
        self.assertIsNotNone(shown_by_swift(key))
        self.assertEqual(node.proved_rev, node.ledger.rev)

    def test_the_detail_goes_to_the_author_only(self) -> None:
        node, same_member, foreign = synced(), synced(), synced(OTHER_SCHOOL)
        node.write(node.edit(swift_teacher(), {"name": "示例·不许"}))
        node.sync()
        for reader, is_told in ((same_member, True), (foreign, False)):
            request = reader.request()
            response = reader.send(request)
            entry = next(entry for entry in response.entries if entry.verdict)
            self.assertEqual(bool(entry.detail), is_told)
            reader.accept(request, response)

    def test_each_reason(self) -> None:
        foreign = swift_teacher()
        node = synced()
        teacher = new_teacher()
        own = node.key("teacher", teacher)
        node.write(node.birth(own, teacher))
        gone = added_teacher(node)
        node.write(node.deletion(gone))
        node.sync()
        unborn = node.key("teacher", new_teacher())
        column = {**node.alliance.schema.tables[own.table].by_name}
        born = node.birth(unborn, new_teacher()).values
        cases: list[tuple[str, list[tuple[int, str | None]], tuple[Change, ...]]] = [
            ("edit of another's row", [(1, "name")], (node.edit(foreign, {"name": "示例·改"}),)),
            ("deletion of another's row", [(1, None)], (node.deletion(foreign),)),
            (
                "birth for another",
                [(1, None), (2, None)],
                (Change(Key(own.table, swift_member(), unborn.id), 1, born),),
            ),
            ("written once", [(3, "staff_no")], (node.edit(own, {"staff_no": "示例"}),)),
            ("birth repeated with another value", [(3, "staff_no")], (Change(own, 1, born),)),
            ("integer out of range", [(4, "hours")], (node.edit(own, {"hours": 41}),)),
            ("text for an integer", [(4, "hours")], (node.edit(own, {"hours": "4"}),)),
            ("not one of the choices", [(4, "title")], (node.edit(own, {"title": "示例"}),)),
            ("text too long", [(4, "name")], (node.edit(own, {"name": "长" * 41}),)),
            ("NUL in a text", [(4, "name")], (node.edit(own, {"name": "a\0b"}),)),
            ("null in a required column", [(6, "name")], (node.edit(own, {"name": None}),)),
            ("birth without a required column", [(6, "name")], (Change(unborn, 1, {**born, column["name"]: None}),)),
            ("edit of a row that never was", [(7, None)], (node.edit(unborn, {"hours": 1}),)),
            ("edit of a row known to be deleted", [(7, None)], (node.edit(gone, {"hours": 1}),)),
            ("length two above", [(8, None)], (Change(own, 3, born),)),
            ("id of another owner's row", [(9, None)], (Change(Key(own.table, own.owner, foreign.id), 1, born),)),
            ("one row twice", [(11, None)], (node.edit(own, {"hours": 1}), node.edit(own, {"hours": 2}))),
            ("unknown column", [(5, None)], (Change(own, 0, {200: "示例"}),)),
            ("unknown table", [(13, None)], (Change(Key(4000, own.owner, unborn.id), 1, {1: 1}),)),
        ]
        row_before = row_at(node, own)
        written = {node.write(*changes).time: (name, offences) for name, offences, changes in cases}
        accepted = node.write(node.edit(own, {"hours": 40}))
        node.sync()
        rejected = {r.transaction.time: r for r in node.rejected}
        for time, (name, offences) in written.items():
            with self.subTest(name):
                found = rejected[time]
                self.assertEqual(found.code, offences[0][0])
                expected = [(code, column[c] if c else 0) for code, c in offences]
                if offences[0][0] == 5:
                    expected = [(5, 200)]
                self.assertEqual([(offence.code, offence.column) for offence in found.offences], expected)
        self.assertEqual(rejected.keys(), written.keys())
        self.assertEqual(node.row(own), row_before.merged(accepted.changes[0]))

    def test_a_section_of_another_audience_is_struck(self) -> None:
        node = synced()
        key, contact = _with_contact(node)
        transactions = [pending.transaction for pending in node.outbox]
        changes = [change for transaction in transactions for change in transaction.changes]
        self.assertEqual([change.key for change in changes], [key, contact])
        node.keep(node.segment_from({b"": transactions}, node.ledger.rev), transactions)
        node.sync()
        self.assertEqual([r.code for r in node.rejected], [12])
        self.assertIsNone(node.row(key))

    def test_the_secretariat_may_not_give_its_rows_away(self) -> None:
        secretariat = uuid_text(other.alliance.secretariat)
        node = synced(secretariat)
        major: dict[str, Value] = {"code": f"示例{secrets.token_hex(4)}", "name": "示例专业"}
        key = node.key("major", major)
        node.write(node.birth(key, major))
        node.write(node.birth(node.key("major", major, owner=swift_member()), major))
        node.sync()
        self.assertEqual([r.code for r in node.rejected], [2])
        self.assertEqual((shown_by_swift(key) or {})["name"], "示例专业")

    def test_a_member_writes_what_its_own_row_leaves_to_it(self) -> None:
        node = synced()
        member = node.alliance.schema.by_name["member"].id
        own, foreign = (Key(member, node.alliance.secretariat, id) for id in (node.member, swift_member()))
        contact = f"示例·联系人{secrets.token_hex(4)}"
        node.write(node.edit(own, {"contact": contact}))
        node.write(node.edit(own, {"name": "示例·改名"}))
        node.write(node.edit(foreign, {"contact": contact}))
        node.sync()
        self.assertEqual([r.code for r in node.rejected], [1, 1])
        shown = shown_by_swift(own) or {}
        self.assertEqual((shown["contact"], shown["name"]), (contact, PYTHON_SCHOOL))

    def test_what_was_struck_for_its_clock_is_written_anew(self) -> None:
        node = synced()
        node.last_time = (unix_milliseconds() + 24 * HOUR) * TICKS_PER_MILLISECOND
        key = added_teacher(node)
        node.write(node.edit(key, {"hours": 7}))
        too_late = [pending.transaction.time for pending in node.outbox]
        node.cut()
        node.sync()
        self.assertLess(row_at(node, key).clock[PRESENCE].time, too_late[0])
        self.assertEqual((node.rejected, node.outbox, node.own.seq), ([], [], 2))
        self.assertEqual((shown_by_swift(key) or {})["hours"], 7)

    def test_a_node_with_a_wrong_clock_asks_before_it_cuts(self) -> None:
        shift = 0
        node = join(PYTHON_SCHOOL, lambda: unix_milliseconds() + shift)
        node.sync()
        shift = 30 * 24 * HOUR
        key = added_teacher(node)
        wrong = node.outbox[0].transaction.time
        node.sync()
        self.assertLess(row_at(node, key).clock[PRESENCE].time, wrong)
        self.assertEqual((node.rejected, node.own.seq), ([], 1))
        self.assertIsNotNone(shown_by_swift(key))


class Repeating(InteropCase):
    def test_a_segment_sent_again_is_not_journaled_again(self) -> None:
        node = synced()
        added_teacher(node)
        node.sync()
        request = node.request()
        request.segments.append(node.segments[1].message)
        with self.leaves_nothing():
            response = node.send(request)
        self.assertFalse(response.HasField("not_yet"))
        self.assertEqual(response.receipt, node.receipts[-1])
        node.accept(request, response)

    def test_a_lost_answer_is_made_good_by_the_same_request(self) -> None:
        node = synced()
        key = added_teacher(node)
        node.cut()
        lost = node.send(node.request())
        self.assertEqual(lost.receipt.seq, 1)
        with self.leaves_nothing():
            request = node.request()
            self.assertEqual((request.token.count, request.next_token.count), (lost.token.count - 1, lost.token.count))
            response = node.send(request)
        self.assertEqual((response.receipt, response.token), (lost.receipt, lost.token))
        node.accept(request, response)
        node.sync()
        self.assertIsNotNone(shown_by_swift(key))

    def test_a_copy_that_was_rolled_back_is_a_fork(self) -> None:
        node = synced()
        old = node.token
        node.exchange()
        node.exchange()
        node.token, node.next_token = old, None
        self.assert_exchange_refused(node, node.request(), "fork", 409)

    def test_a_token_that_the_hub_does_not_remember_is_taken(self) -> None:
        """The hub may have gone back to a backup."""
        node = synced()
        request = node.request()
        request.token.count, request.next_token.count = node.token[0] + 1, node.token[0] + 2
        request.token.random ^= 1
        self.assertEqual(node.send(request).token, request.next_token)

    def test_an_own_head_behind_the_hubs_was_put_back(self) -> None:
        node = synced()
        added_teacher(node)
        node.sync()
        request = node.request()
        request.own.seq, request.own.hash = 0, NO_HASH
        self.assert_exchange_refused(node, request, "ended", 409)

    def test_another_segment_under_a_journaled_seq_is_a_fork(self) -> None:
        node = synced()
        added_teacher(node)
        node.sync()
        stamp_of_first = node.segments[1].transactions[0]
        rival = node.segment_of([stamp_of_first], 0, seq=1, previous=b"")
        self.assertNotEqual(rival.header, node.segments[1].header.data)
        request = node.request()
        request.segments.append(rival)
        self.assert_exchange_refused(node, request, "fork", 409)

    def test_segments_of_another_replica_of_the_node(self) -> None:
        node = synced()
        added_teacher(node)
        former = node.request().own
        node.cut()
        request = node.request()
        node.channel.replica = secrets.randbits(64)
        request.own.CopyFrom(pb.Head(replica=node.channel.replica, hash=NO_HASH))
        request.stands_on.CopyFrom(former)
        request.ClearField("token")
        response = node.send(request)
        self.assertEqual((response.not_yet.code, response.HasField("receipt")), ("signature", False))


class Conflicts(InteropCase):
    def two_that_know_a_row(self) -> tuple[Node, Node, Key]:
        """Two nodes of one school at one cursor, and a row that both know."""
        node, second = synced(), synced()
        key = added_teacher(node)
        node.sync()
        second.sync()
        node.sync()
        return node, second, key

    def conflicts_of(self, node: Node, key: Key) -> list[tuple[Value, Value, Value, Value]]:
        """Kind, column, winning and losing value of each conflict of a row."""
        table = node.alliance.schema.tables[CONFLICT].by_name
        found: list[tuple[Value, Value, Value, Value]] = []
        for row in _conflicts(node):
            if row.value(table["row_id"]) == key.id:
                won, lost = (_stored_value(row.value(table[name])) for name in ("winning_value", "losing_value"))
                found.append((row.value(table["kind"]), row.value(table["column_id"]), won, lost))
        return found

    def test_a_deletion_over_an_edit_that_it_did_not_know(self) -> None:
        node, second, key = self.two_that_know_a_row()
        second.write(second.edit(key, {"note": "示例·后来删了"}))
        second.sync()
        node.write(node.deletion(key))
        node.sync()
        note = node.alliance.schema.tables[key.table].by_name["note"]
        self.assertEqual(self.conflicts_of(node, key), [("deleted", note, None, "示例·后来删了")])

    def test_a_deletion_that_loses(self) -> None:
        node, second, key = self.two_that_know_a_row()
        second.write(second.deletion(key))
        second.write(second.birth(key, values_at(second, key)))
        second.sync()
        node.write(node.deletion(key))
        node.sync()
        self.assertEqual(self.conflicts_of(node, key), [("delete_lost", 0, 3, 2)])
        self.assertTrue(row_at(node, key).is_there)

    def test_an_agreement_is_remembered(self) -> None:
        node, second, key = self.two_that_know_a_row()
        second.write(second.edit(key, {"hours": 20}))
        second.sync()
        node.write(node.edit(key, {"hours": 20}))
        node.cut()
        node.send(node.request())
        second.sync()
        self.assertEqual(self.conflicts_of(second, key), [])
        node.write(node.edit(key, {"hours": 21}))
        node.sync()
        hours = node.alliance.schema.tables[key.table].by_name["hours"]
        self.assertEqual(self.conflicts_of(node, key), [("edit", hours, 21, 20)])

    def test_both_values_of_a_cell_edited_twice_are_kept(self) -> None:
        node = synced()
        base: dict[str, Value] = {"name": f"示例基地{secrets.token_hex(4)}", "co_owners": swift_member()}
        key = node.key("base", base)
        node.write(node.birth(key, base))
        node.sync()
        self.assertIsNotNone(shown_by_swift(key))
        id = uuid_text(key.id)
        swift.run("set", "base", id, "note=示例·甲写的")
        swift.sync()
        node.write(node.edit(key, {"note": "示例·乙写的"}))
        node.sync()

        table = node.alliance.schema.tables[CONFLICT].by_name
        row = next(row for row in _conflicts(node) if row.value(table["row_id"]) == key.id)
        values = values_at(node, row.key)
        won, lost = (_stored_value(values[name]) for name in ("winning_value", "losing_value"))
        self.assertEqual((won, lost), ("示例·乙写的", "示例·甲写的"))
        self.assertEqual((values["winner"], values["author"]), (node.member, swift_member()))
        self.assertEqual((values["kind"], values["table_id"]), ("edit", key.table))
        note = node.alliance.schema.tables[key.table].by_name["note"]
        parts: list[Value] = [key.table, key.id, note, values["losing_time"], values["losing_replica"]]
        self.assertEqual((row.key.id, row.key.owner), (natural_id(CONFLICT, key.owner, parts), key.owner))

        swift.sync()
        self.assertEqual(_swift_conflict(id), ("示例·乙写的", "示例·甲写的"))
        resolution = node.edit(row.key, {"resolution": "restored", "resolved": unix_milliseconds()})
        node.write(node.edit(key, {"note": lost}), resolution)
        node.sync()
        self.assertEqual(node.rejected, [])
        self.assertEqual((shown_by_swift(key) or {})["note"], "示例·甲写的")
        self.assertIsNone(_swift_conflict(id))
        head()
        self.assertIsNone(other.row(row.key), "a conflict is for its parties")

    def test_an_edit_that_knew_of_the_other_makes_no_conflict(self) -> None:
        node, second, key = self.two_that_know_a_row()
        second.write(second.edit(key, {"hours": 9}))
        second.sync()
        node.sync()
        node.write(node.edit(key, {"hours": 10}))
        node.sync()
        self.assertEqual(self.conflicts_of(node, key), [])

    def test_an_edit_of_a_row_deleted_meanwhile(self) -> None:
        node, second, key = self.two_that_know_a_row()
        second.write(second.deletion(key))
        second.sync()
        node.write(node.edit(key, {"note": "示例·不知已删"}))
        node.sync()
        note = node.alliance.schema.tables[key.table].by_name["note"]
        self.assertEqual(self.conflicts_of(node, key), [("deleted", note, None, "示例·不知已删")])
        self.assertIsNone(shown_by_swift(key))


class Refusals(InteropCase):
    """What the hub does not take, and that it leaves nothing of it."""

    def setUp(self) -> None:
        self.node = synced()
        self.teacher_key = added_teacher(self.node)
        self.transactions = [pending.transaction for pending in self.node.outbox]

    def request_with(self, *segments: Any) -> Any:
        """An exchange of these segments; the own head is the last of them."""
        request = self.node.request()
        request.segments.extend(segments)
        request.own.seq += len(segments)
        request.own.hash = hashlib.sha256(segments[-1].header).digest()
        return request

    def segment(self, **changed: Any) -> Any:
        return self.node.segment_of(self.transactions, self.node.ledger.rev, **changed)

    def signed_anew(self, segment: Any, change: Callable[[Any], None]) -> Any:
        """The segment with another header, rightly signed."""
        header = pb.SegmentHeader.FromString(segment.header)
        change(header)
        segment.header = header.SerializeToString()
        segment.signature = self.node.channel.node_key.sign(segment.header)
        return segment

    def alarms(self) -> list[str]:
        """The kinds of alarms that the hub shows for the node."""
        return [alarm["kind"] for alarm in hub.node_report(self.node.channel.key_id)["alarms"]]

    def goes_on(self) -> None:
        """After a refusal the right segment is taken."""
        self.node.sync()
        self.assertIsNotNone(shown_by_swift(self.teacher_key))

    def test_a_flipped_byte_in_a_body(self) -> None:
        segment = self.segment()
        body = segment.sections[0].body
        segment.sections[0].body = body[:-1] + bytes([body[-1] ^ 1])
        self.assert_not_yet(self.node, self.request_with(segment), "malformed")
        self.goes_on()

    def test_bodies_that_are_not_those_of_the_header(self) -> None:
        changed: dict[str, Callable[[Any], Any]] = {
            "missing": lambda segment: segment.ClearField("sections"),
            "beyond the sections": lambda segment: setattr(segment.sections[0], "index", 1),
            "twice": lambda segment: segment.sections.add().CopyFrom(segment.sections[0]),
        }
        for name, change in changed.items():
            with self.subTest(name):
                segment = self.segment()
                change(segment)
                self.assert_not_yet(self.node, self.request_with(segment), "malformed")
        self.goes_on()

    def test_headers_that_do_not_read(self) -> None:
        changed: dict[str, Callable[[Any], Any]] = {
            "seq 0": lambda header: setattr(header, "seq", 0),
            "first with a previous": lambda header: setattr(header, "previous", NO_HASH),
            "times": lambda header: setattr(header, "first_time", header.last_time + 1),
            "a time that is not there": lambda header: setattr(header, "first_time", header.first_time - 1),
            "no transactions": lambda header: setattr(header, "transactions", 0),
            "a transaction too many": lambda header: setattr(header, "transactions", header.transactions + 1),
            "no sections": lambda header: header.ClearField("sections"),
            "audience": lambda header: setattr(header.sections[0], "audience", bytes(15)),
            "raw size": lambda header: setattr(header.sections[0], "raw_size", header.sections[0].raw_size + 1),
            "size": lambda header: setattr(header.sections[0], "size", header.sections[0].size + 1),
            "hash": lambda header: setattr(header.sections[0], "hash", NO_HASH),
        }
        for name, change in changed.items():
            with self.subTest(name):
                segment = self.signed_anew(self.segment(), change)
                self.assert_not_yet(self.node, self.request_with(segment), "malformed")
        self.goes_on()

    def test_a_header_of_another_replica(self) -> None:
        segment = self.signed_anew(self.segment(), lambda header: setattr(header, "replica", other.replica))
        self.assert_not_yet(self.node, self.request_with(segment), "signature")
        self.goes_on()

    def test_a_flipped_byte_in_a_header(self) -> None:
        segment = self.segment()
        segment.header = segment.header[:-1] + bytes([segment.header[-1] ^ 1])
        self.assert_not_yet(self.node, self.request_with(segment), "malformed")
        self.goes_on()

    def test_a_wrong_signature_of_a_segment(self) -> None:
        segment = self.segment()
        segment.signature = bytes([segment.signature[0] ^ 1]) + segment.signature[1:]
        self.assert_not_yet(self.node, self.request_with(segment), "malformed")
        self.assertEqual(self.alarms(), ["segment"])
        self.goes_on()
        self.assertEqual(self.alarms(), [])

    def test_a_section_that_expands_beyond_the_ratio(self) -> None:
        raw = bytes(codec.MAXIMUM_RAW_SIZE)
        body = codec.compress(raw)
        segment = self.segment()
        segment.sections[0].body = body

        def announce(header: Any) -> None:
            head = header.sections[0]
            head.raw_size, head.size, head.hash = len(raw), len(body), hashlib.sha256(body).digest()

        self.assert_not_yet(self.node, self.request_with(self.signed_anew(segment, announce)), "malformed")

    def test_another_version_of_a_message(self) -> None:
        request = self.request_with(self.segment())
        request.version = 2
        self.assert_exchange_refused(self.node, request, "version", 400)

    def test_another_version_of_a_header(self) -> None:
        segment = self.signed_anew(self.segment(), lambda header: setattr(header, "version", 2))
        self.assert_not_yet(self.node, self.request_with(segment), "version")
        self.assertEqual(self.alarms(), ["segment"])
        self.goes_on()
        self.assertEqual(self.alarms(), [])

    def test_a_gap_in_the_chain(self) -> None:
        response = self.assert_not_yet(self.node, self.request_with(self.segment(seq=2, previous=NO_HASH)), "chain")
        self.assertFalse(response.HasField("receipt"))

    def test_what_comes_before_a_gap_stays(self) -> None:
        first = self.segment()
        gap = self.segment(seq=3, previous=hashlib.sha256(first.header).digest())
        response = self.node.send(self.request_with(first, gap))
        self.assertEqual((response.not_yet.code, response.receipt.seq), ("chain", 1))

    def test_a_segment_that_does_not_follow_its_previous(self) -> None:
        first = self.segment()
        second = self.segment(seq=2, previous=NO_HASH)
        response = self.node.send(self.request_with(first, second))
        self.assertEqual((response.not_yet.code, response.receipt.seq), ("chain", 1))

    def test_a_newer_schema(self) -> None:
        response = self.assert_not_yet(self.node, self.request_with(self.segment(schema=2)), "schema")
        self.assertEqual(response.not_yet.retry_after, HOUR)

    def test_a_seen_beyond_the_head(self) -> None:
        segment = self.node.segment_of(self.transactions, head()[0] + 100)
        self.assert_not_yet(self.node, self.request_with(segment), "journal")

    def test_another_journal(self) -> None:
        for name, change in {
            "hash": lambda request: setattr(request, "journal", bytes(32)),
            "rev": lambda request: setattr(request, "rev", request.rev + 100),
            "epoch": lambda request: setattr(request.epoch, "number", 2),
        }.items():
            with self.subTest(name):
                request = self.request_with(self.segment())
                change(request)
                with self.leaves_nothing():
                    answer = self.node.send(request)
                self.assertFalse(answer.entries)
                self.assertTrue(any(known.replica == answer.epoch.replica for known in answer.heads))
                ways = [(way.rev, way.journal) for way in answer.waypoints]
                self.assertEqual(bool(ways), name != "epoch", "only where the cursor is not of the hub's journal")
                if ways:
                    top = min(request.rev, answer.head)
                    steps = [0] + [2**power for power in range(64)]
                    self.assertEqual([rev for rev, _ in ways], [top - step for step in steps if step < top] + [0])
                    self.assertEqual(ways[-1], (0, NO_HASH))

    def test_a_message_that_does_not_read(self) -> None:
        request = self.request_with(self.segment()).SerializeToString()
        for name, body in {"cut off": request[:-1], "a group": request + bytes.fromhex("9b069c06")}.items():
            with self.subTest(name):
                self.assert_refused(self.node, self.node.sign("POST", EXCHANGE, body), "malformed", 400)

    def test_more_segments_than_a_request_may_hold(self) -> None:
        request = self.request_with(*[self.segment()] * 257)
        self.assert_exchange_refused(self.node, request, "malformed", 400)

    def test_a_body_beyond_its_limit(self) -> None:
        request = self.node.sign("POST", EXCHANGE, bytes(MESSAGE_SIZE + 1))
        self.assert_refused(self.node, request, "malformed", 413)
        unsigned = SignedRequest("POST", EXCHANGE, (), request.body, b"")
        self.assertFalse(self.assert_refused(self.node, unsigned, "malformed", 413).is_signed)

    def test_a_replayed_request(self) -> None:
        request = self.node.sign("POST", EXCHANGE, self.request_with(self.segment()).SerializeToString())
        self.node.channel.verified(request, self.node.channel.send(request), PROTOBUF)
        self.assert_refused(self.node, request, "replayed", 401)

    def test_a_request_signed_at_another_time(self) -> None:
        body = self.request_with(self.segment()).SerializeToString()
        now = self.node.corrected_time // 1000
        for created in (now - 310, now + 10):
            with self.subTest(created - now):
                request = self.node.channel.prepare("POST", EXCHANGE, body, created)
                refusal = self.assert_refused(self.node, request, "clock", 401)
                self.assertLess(abs(refusal.hub_time - self.node.corrected_time), 5000)

    def test_requests_that_are_not_rightly_signed(self) -> None:
        body = self.request_with(self.segment()).SerializeToString()
        right, foreign = self.node.sign("POST", EXCHANGE, body), self.node.sign("POST", EXCHANGE, body)
        fields = dict(right.fields)

        def changed(**values: str | None) -> SignedRequest:
            merged = {**fields, **{name.replace("_", "-"): value for name, value in values.items()}}
            return SignedRequest("POST", EXCHANGE, tuple((k, v) for k, v in merged.items() if v), body, right.signature)

        others_parameters = dict(foreign.fields)["Signature-Input"]
        as_the_hub = fields["Signature-Input"].replace(self.node.channel.key_id, "hub")
        for name, request in {
            "another body": SignedRequest("POST", EXCHANGE, right.fields, body + b"x", right.signature),
            "another replica": changed(Jilian_Replica=f"{self.node.replica ^ 1:016x}"),
            "another content type": changed(Content_Type=OCTETS),
            "no signature": changed(Signature=None),
            "no signature input": changed(Signature_Input=None),
            "no digest": changed(Content_Digest=None),
            "parameters of another request": changed(Signature_Input=others_parameters),
            "the hub as key": changed(Signature_Input=as_the_hub),
        }.items():
            with self.subTest(name):
                refusal = self.assert_refused(self.node, request, "signature", 401)
                self.assertEqual(refusal.is_signed, name != "no signature")
        self.node.channel.verified(right, self.node.channel.send(right), PROTOBUF)

    def test_forms_of_a_signature(self) -> None:
        def reversed_parameters(params: str) -> str:
            components, _, parameters = params.partition(")")
            return components + ")" + "".join(f";{part}" for part in reversed(parameters[1:].split(";")))

        for name, is_right, change in (
            ("as advised", True, lambda params: params),
            ("parameters in another order", True, reversed_parameters),
            ("a sixth parameter", False, lambda params: f"{params};expires=1"),
            ("without its algorithm", False, lambda params: params.replace(';alg="ed25519"', "")),
            ("another tag", False, lambda params: params.replace("jilian-sync-1", "jilian-sync-2")),
            ("a long nonce", False, lambda params: re.sub('nonce="', 'nonce="' + "0" * 128, params)),
            ("an unknown key", False, lambda params: params.replace(self.node.channel.key_id, uuid_text(bytes(16)))),
        ):
            with self.subTest(name):
                request = self.signed_with(change)
                if is_right:
                    self.node.channel.verified(request, self.node.channel.send(request), PROTOBUF)
                else:
                    self.assert_refused(self.node, request, "signature", 401)

    def signed_with(self, change: Callable[[str], str]) -> SignedRequest:
        """A request that is rightly signed over changed parameters."""
        body = self.node.request().SerializeToString()
        fields = list(self.node.sign("POST", EXCHANGE, body).fields[:-2])
        parameters = Parameters(self.node.corrected_time // 1000, secrets.token_hex(16), self.node.channel.key_id)
        params = change(parameters.of(REQUEST_COMPONENTS))
        base = request_base("POST", EXCHANGE, "", fields, params)
        signature = self.node.channel.node_key.sign(base.encode("ascii"))
        encoded = base64.b64encode(signature).decode()
        fields += [("Signature-Input", f"sig={params}"), ("Signature", f"sig=:{encoded}:")]
        return SignedRequest("POST", EXCHANGE, tuple(fields), body, signature)

    def test_a_request_to_another_hub(self) -> None:
        body = self.request_with(self.segment()).SerializeToString()
        request = self.node.sign("POST", EXCHANGE, body, jilian_hub="0" * 64)
        self.assert_refused(self.node, request, "signature", 401)

    def test_a_replica_of_another_node(self) -> None:
        message = self.request_with(self.segment())
        message.own.replica = other.replica
        request = self.node.sign("POST", EXCHANGE, message.SerializeToString(), jilian_replica=f"{other.replica:016x}")
        self.assert_refused(self.node, request, "signature", 401)

    def test_the_replica_of_a_get_is_signed_but_not_looked_up(self) -> None:
        request = self.node.sign("GET", "/sync/v1/snapshot", jilian_replica=f"{secrets.randbits(64):016x}")
        self.node.channel.verified(request, self.node.channel.send(request), PROTOBUF)

    def test_a_request_that_names_two_replicas(self) -> None:
        message = self.request_with(self.segment())
        message.own.replica ^= 1
        self.assert_exchange_refused(self.node, message, "signature", 401)

    def test_digests_that_differ_raise_an_alarm_until_they_are_equal(self) -> None:
        node = synced()
        request = node.request()
        request.digests[0].rows += 1
        node.accept(request, node.send(request))
        self.node = node
        self.assertEqual(self.alarms(), ["digest"])
        node.exchange()
        self.assertEqual(self.alarms(), [])

    def test_a_revoked_node(self) -> None:
        hub.run("hub", "revoke", self.node.channel.key_id)
        self.assert_exchange_refused(self.node, self.request_with(self.segment()), "revoked", 403)
        for path in ("/sync/v1/snapshot", "/sync/v1/snapshot/1/0", "/sync/v1/events"):
            with self.subTest(path):
                self.assert_refused(self.node, self.node.sign("GET", path), "revoked", 403)

    def test_the_hubs_file_is_sound_after_all_that(self) -> None:
        self.assertTrue(hub.verify()["clean"])


class Snapshots(InteropCase):
    def setUp(self) -> None:
        writer = synced()
        writer.transactions_per_segment = 1
        while writer.ledger.rev + len(writer.outbox) <= SNAPSHOT_THRESHOLD:
            added_teacher(writer)
        writer.sync()

    def test_a_new_node_begins_with_a_snapshot_and_is_proved(self) -> None:
        node = join(PYTHON_SCHOOL)
        key = added_teacher(node)
        request = node.request()
        response = node.send(request)
        self.assertTrue(response.snapshot)
        self.assertEqual(len(response.entries), 0)
        node.accept(request, response)
        manifest = node.take_snapshot()
        self.assertGreater(manifest.rev, 0)
        self.assertFalse(row_at(node, tombstone).is_there)
        node.sync()
        head()
        self.assertEqual((node.proved_rev, node.ledger.journal), (node.ledger.rev, other.ledger.journal))
        self.assertEqual(node.ledger.digests[b""], other.ledger.digests[b""])
        self.assertGreater(len(node.ledger.hashes), 1, "entries after the snapshot")
        self.assertIsNotNone(shown_by_swift(key))

    def test_rows_of_a_snapshot_are_those_that_the_journal_makes(self) -> None:
        node = join(OTHER_SCHOOL)
        node.sync()
        head()
        node.sync()
        self.assertEqual(node.ledger.rows, other.ledger.rows)
        self.assertEqual(node.ledger.audiences, other.ledger.audiences)
        self.assertEqual(node.ledger.heads, other.ledger.heads)

    def test_parts_are_checked_and_others_are_not_found(self) -> None:
        node = synced()
        manifest = node.manifest()
        part = manifest.parts[0]
        part.hash = bytes(32)
        with self.assertRaises(Fault):
            node.snapshot_part(manifest.rev, part)
        for rev, index in ((manifest.rev, 65_000), (manifest.rev + 1, 0)):
            with self.subTest(rev=rev, index=index):
                request = node.sign("GET", f"/sync/v1/snapshot/{rev}/{index}")
                self.assert_refused(node, request, "notFound", 404)

    def test_parts_hold_the_rows_of_their_audience_and_only_what_the_member_may_read(self) -> None:
        for node, has_own_rows in ((synced(), True), (synced(OTHER_SCHOOL), False)):
            manifest = node.manifest()
            self.assertEqual(any(part.audience for part in manifest.parts), has_own_rows)
            for part in manifest.parts:
                self.assertTrue(node.ledger.may_read(part.audience))
                for row in node.snapshot_part(manifest.rev, part):
                    self.assertEqual(node.ledger.audiences[row.key], part.audience)


class Restarting(unittest.TestCase):
    def test_a_request_from_before_a_restart_is_not_taken_again(self) -> None:
        own_hub = Hub([PYTHON_SCHOOL])
        self.addCleanup(own_hub.close)
        node = Node.join(own_hub.address, own_hub.invite(PYTHON_SCHOOL), "示例节点 Python")
        node.sync()
        request = node.sign("POST", EXCHANGE, node.request().SerializeToString())
        node.channel.verified(request, node.channel.send(request), PROTOBUF)
        with own_hub.stopped():
            pass
        refusal = node.channel.refusal(request, node.channel.send(request))
        self.assertEqual((refusal.code, refusal.status, refusal.is_signed), ("clock", 401, True))
        self.assertGreater(refusal.retry_after, 0)
        rev = node.ledger.rev
        node.sync()
        self.assertEqual((node.ledger.rev, node.proved_rev), (rev, rev))


class Identities(InteropCase):
    """Further nodes of a member, and keys that are rotated (3.2)."""

    def test_a_further_node_waits_until_the_swift_node_confirms_it(self) -> None:
        node = joined(SWIFT_SCHOOL)
        key = added_teacher(node)
        with self.leaves_nothing():
            for method, path in (("POST", EXCHANGE), ("GET", "/sync/v1/snapshot"), ("GET", "/sync/v1/events")):
                with self.subTest(path):
                    body = node.request().SerializeToString() if method == "POST" else b""
                    self.assert_refused(node, node.sign(method, path, body), "unconfirmed", 403)
        swift.confirm(node.channel.key_id)
        node.sync()
        self.assertEqual(node.proved_rev, node.ledger.rev)
        self.assertIsNotNone(shown_by_swift(key))

    def test_only_a_node_of_its_member_confirms_it(self) -> None:
        node = joined(SWIFT_SCHOOL)
        foreign = synced()
        foreign.write(foreign.edit(foreign.node_key(node.channel.key_id), {"confirmed": unix_milliseconds()}))
        foreign.sync()
        self.assertEqual([r.code for r in foreign.rejected], [1])
        self.assert_exchange_refused(node, node.request(), "unconfirmed", 403)

    def test_a_hub_that_makes_a_node_in_the_name_of_a_member_is_found(self) -> None:
        node = synced()
        row = row_at(node, node.node_key(node.channel.key_id))
        forged = replace(row, key=row.key._replace(id=secrets.token_bytes(16)))
        with self.assertRaisesRegex(Fault, "in the name of"):
            node.ledger.check_confirmation(forged)
        waiting = replace(forged, cells={**row.cells, NODE_CONFIRMED: Cell(None, row.cells[NODE_CONFIRMED].stamp)})
        node.ledger.check_confirmation(waiting)

    def test_a_python_node_rotates_its_key(self) -> None:
        node = synced()
        node.rotate_key()
        key = added_teacher(node)
        node.sync()
        self.assertEqual(node.proved_rev, node.ledger.rev)
        self.assertIsNotNone(shown_by_swift(key))
        head()

    def test_a_swift_node_that_rotates_its_key_is_followed(self) -> None:
        node = synced()
        row = node.node_key(swift.joined["node"])
        before = values_at(node, row)["key"]
        self.assertEqual(swift.run("node", "rotate-key")["outcome"], "proved")
        key = swift_teacher()
        node.sync()
        self.assertNotEqual(values_at(node, row)["key"], before)
        self.assertIsNotNone(node.row(key))
        self.assertEqual(node.proved_rev, node.ledger.rev)

    def test_a_hub_that_rotates_its_key_is_followed(self) -> None:
        own_hub = Hub([PYTHON_SCHOOL, OTHER_SCHOOL])
        self.addCleanup(own_hub.close)
        node, at_start = (
            Node.join(own_hub.address, own_hub.invite(member), "示例节点 Python")
            for member in (PYTHON_SCHOOL, OTHER_SCHOOL)
        )
        node.sync()
        former = node.ledger.hub_key
        with own_hub.stopped():
            fingerprints = [own_hub.run("hub", "rotate-key")["fingerprint"] for _ in range(2)]
        key = added_teacher(node)
        for each in (node, at_start):
            self.assertEqual(each.ledger.hub_key, former)
            each.sync()
            self.assertEqual(hashlib.sha256(each.ledger.hub_key).hexdigest(), fingerprints[-1])
            self.assertEqual(each.channel.hub_key, each.ledger.hub_key)
            self.assertEqual(each.proved_rev, each.ledger.rev)
            self.assertIsNotNone(each.row(key))
        self.assertTrue(own_hub.verify()["clean"])

        late = Node.join(own_hub.address, own_hub.invite(PYTHON_SCHOOL), "示例节点 Python")
        node.confirm(late.channel.key_id)
        self.assertTrue(late.send(late.request()).snapshot, "the former key's signatures can't be verified")
        late.sync()
        self.assertEqual((late.proved_rev, late.ledger.hub_key), (node.ledger.rev, node.ledger.hub_key))


class Bundles(InteropCase):
    """A Python node on a stick (20)."""

    def setUp(self) -> None:
        self.stick = hub.folder / secrets.token_hex(4)
        self.stick.mkdir()

    def up(self, node: Node) -> dict[str, Any]:
        """The hub takes what the node makes; how that went."""
        file = self.stick / f"{secrets.token_hex(4)}.jlb"
        file.write_bytes(node.bundle())
        return hub.run("hub", "bundle", "import", str(file))[0]

    def down(self, node: Node) -> bytes:
        """What the hub makes for the node."""
        (file,) = hub.run("hub", "bundle", "export", node.channel.key_id, str(self.stick))["files"]
        return Path(file).read_bytes()

    def test_edits_go_up_and_come_back_in_bundles(self) -> None:
        node = synced()
        key = added_teacher(node, name="示例·离线")
        self.assertEqual(self.up(node)["new"], 1)
        self.assertEqual(self.up(node)["new"], 0)
        file = self.down(node)
        self.assertTrue(node.take_bundle(file))
        self.assertEqual((node.outbox, node.acknowledged), ([], node.own.seq))
        self.assertTrue(node.take_bundle(file), "the same again")
        self.assertEqual(values_at(node, key)["name"], "示例·离线")
        shown = shown_by_swift(key)
        assert shown is not None
        self.assertEqual(shown["name"], "示例·离线")
        node.sync()
        self.assertEqual(node.proved_rev, node.ledger.rev, "the tokens of the line are untouched")

    def test_what_a_bundle_strikes_out_is_taken_back(self) -> None:
        node = synced()
        key = swift_teacher()
        node.take_bundle(self.down(node))
        node.write(node.edit(key, {"name": "示例·无权"}))
        self.assertEqual(self.up(node)["new"], 1)
        self.assertTrue(node.take_bundle(self.down(node)))
        self.assertEqual([rejected.code for rejected in node.rejected], [1])
        self.assertNotEqual(values_at(node, key)["name"], "示例·无权")

    def test_a_bundle_for_another_node_is_not_opened(self) -> None:
        node, stranger = synced(), synced(OTHER_SCHOOL)
        with self.assertRaises(RefusedBundle) as caught:
            stranger.take_bundle(self.down(node))
        self.assertEqual(caught.exception.code, "bundle-receiver")

    def test_a_change_of_the_hubs_key_comes_in_a_bundle(self) -> None:
        node = synced()
        before = self.down(node)
        with hub.stopped():
            hub.run("hub", "rotate-key")
        key = node.ledger.hub_key
        added_teacher(node)
        self.assertEqual(self.up(node)["new"], 1, "sealed to the former key")
        self.assertTrue(node.take_bundle(self.down(node)))
        self.assertNotEqual(node.ledger.hub_key, key)
        with self.assertRaises(RefusedBundle) as caught:
            node.take_bundle(before)
        self.assertEqual(caught.exception.code, "bundle-signature")



def swift_member() -> bytes:
    """The member of the Swift node."""
    return uuid_bytes(swift.joined["member"])


def _with_contact(node: Node) -> tuple[Key, Key]:
    """A teacher and her contact data, in one transaction of two audiences."""
    teacher = new_teacher()
    key = node.key("teacher", teacher)
    contact: dict[str, Value] = {"teacher": key.id, "phone": "示例 000"}
    contact_key = node.key("teacher_contact", contact)
    node.write(node.birth(key, teacher), node.birth(contact_key, contact))
    return key, contact_key


def _conflicts(node: Node) -> list[Row]:
    return [row for key, row in node.ledger.rows.items() if key.table == CONFLICT]


def _stored_value(value: Value) -> Value:
    """The value of which a cell of a conflict holds the canonical bytes."""
    assert isinstance(value, bytes)
    return parse_value(value)


def _swift_conflict(row_id: str) -> tuple[Any, Any] | None:
    """Winning and losing value of the open conflict of a row, as the Swift node lists it."""
    for conflict in swift.run("conflicts", "list"):
        if row_id in str(conflict):
            return conflict["winning"]["value"], conflict["losing"]["value"]
    return None


def _changes_of_an_entry() -> dict[str, Callable[[Any], None]]:
    """Each way to change an entry that a reader must find."""

    def flipped(data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1])

    def flip(field: str) -> Callable[[Any], None]:
        return lambda entry: setattr(entry, field, flipped(getattr(entry, field)))

    def flip_body(entry: Any) -> None:
        entry.sections[0].body = flipped(entry.sections[0].body)

    return {
        "header": flip("header"),
        "signature": flip("signature"),
        "verdict": flip("verdict"),
        "no verdict": lambda entry: entry.ClearField("verdict"),
        "hash": flip("hash"),
        "hub's time": lambda entry: setattr(entry, "hub_time", entry.hub_time + 1),
        "rev": lambda entry: setattr(entry, "rev", entry.rev + 1),
        "body": flip_body,
        "withheld body": lambda entry: entry.ClearField("sections"),
        "a detail that is not the verdict's": lambda entry: setattr(entry, "detail", b"\x0a\x00"),
    }


if __name__ == "__main__":
    unittest.main()
