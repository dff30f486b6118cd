"""The vectors of ``Protocol/Vectors``, read and written again by this client; and what its readers refuse."""

import base64
import unittest
import uuid
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import refused
import signatures
from bundles import TO_HUB, Address, RefusedBundle, seal, sealing_private, sealing_public, unseal
from chain import NO_HASH, Head, Verdict, journal_hash
from codec import (
    SegmentHeader,
    Transaction,
    compress,
    cut,
    decode_changes,
    decode_states,
    decompress,
    encode_changes,
    encode_states,
    verify,
)
from faults import Fault
from invitation import Invitation
from refused import vector
from rows import Cell, Digest, Key, PackedClock, Presence, Row, Stamp, Value, natural_id


def value_of(data: Any) -> Value:
    if isinstance(data, dict):
        return data["text"] if "text" in data else bytes.fromhex(data["bytes"])
    return data


def row_of(data: Any) -> Row:
    """A row or change as the vectors write it."""

    def stamp(part: Any) -> Stamp:
        return Stamp(part["time"], int(part["replica"], 16))

    presence = data["presence"]
    return Row(
        Key(data["table"], uuid.UUID(data["owner"]).bytes, uuid.UUID(data["id"]).bytes),
        Presence(presence["length"], stamp(presence)) if presence else None,
        {cell["column"]: Cell(value_of(cell["value"]), stamp(cell)) for cell in data["cells"]},
    )


def transactions_of(data: Any) -> list[Transaction]:
    return [Transaction(part["time"], tuple(map(row_of, part["changes"]))) for part in data]


def by_key(transactions: list[Transaction]) -> list[Transaction]:
    return [Transaction(t.time, tuple(sorted(t.changes, key=lambda row: row.key))) for t in transactions]


class RowVectors(unittest.TestCase):
    def test_canonical_bytes_hashes_and_digest(self) -> None:
        file = vector("canonical-row")
        digest = Digest()
        for case in file["rows"]:
            with self.subTest(case["name"]):
                row = row_of(case["row"])
                self.assertEqual(row.canonical.hex(), case["canonical"])
                self.assertEqual(f"{row.hash:032x}", case["hash"])
                digest = digest.adding(row)
        self.assertEqual(f"{digest.sum:032x}/{digest.rows}", file["digest"])

    def test_merge_in_either_order(self) -> None:
        for case in vector("merge")["merges"]:
            with self.subTest(case["name"]):
                left, right = row_of(case["left"]), row_of(case["right"])
                self.assertEqual(left.merged(right), row_of(case["merged"]))
                self.assertEqual(right.merged(left), row_of(case["merged"]))
                self.assertEqual(left.merged(left), left)
                self.assertEqual(left.merged(right).canonical.hex(), case["canonical"])
                self.assertEqual(left.merged(right) != left, case["changed"])

    def test_natural_id_of_the_specification(self) -> None:
        secretariat = uuid.UUID("018f3c2a-7d41-7c3e-9a55-0b6f2d1e4c88").bytes
        id = natural_id(3, secretariat, [bytes.fromhex("00000000000000a1")])
        self.assertEqual(str(uuid.UUID(bytes=id)), "74e1eb68-15c4-6cac-97aa-9169ae4173a5")

    def test_clocks_that_are_not_canonical_are_refused(self) -> None:
        def stamp(part: Any) -> Stamp:
            return Stamp(part["time"], int(part["replica"], 16))

        for case in vector("canonical-row")["refused"]:
            late = {part["column"]: stamp(part) for part in case["late"]}
            clock = PackedClock(case["width"], stamp(case["base"]) if case["base"] else None, late)
            with self.subTest(case["name"]), self.assertRaises(Fault):
                _ = clock.unpacked


class SectionVectors(unittest.TestCase):
    def test_both_forms_are_read_and_written_byte_for_byte(self) -> None:
        for case in vector("section")["sections"]:
            with self.subTest(case["name"]):
                raw, frame = bytes.fromhex(case["raw"]), bytes.fromhex(case["frame"])
                if raw:
                    self.assertEqual(decompress(frame, len(raw)), raw)
                    self.assertEqual(decompress(compress(raw), len(raw)), raw)
                if "transactions" in case:
                    transactions = decode_changes(raw, int(case["replica"], 16))
                    self.assertEqual(by_key(transactions), transactions_of(case["transactions"]))
                    self.assertEqual(encode_changes(transactions), raw)
                else:
                    states = decode_states(raw)
                    self.assertEqual(sorted(states, key=lambda r: r.key), [row_of(row) for row in case["states"]])
                    self.assertEqual(encode_states(states), raw)

    def test_what_is_refused(self) -> None:
        for case in vector("section")["refused"]:
            with self.subTest(case["name"]), self.assertRaises(Fault):
                if "frame" in case:
                    decompress(bytes.fromhex(case["frame"]), case["rawSize"])
                elif "replica" in case:
                    decode_changes(bytes.fromhex(case["raw"]), int(case["replica"], 16))
                else:
                    decode_states(bytes.fromhex(case["raw"]))

    def test_a_message_of_no_bytes_is_no_section(self) -> None:
        with self.assertRaises(Fault):
            decompress(compress(b""), 0)

    def test_a_time_beyond_the_headers_is_refused(self) -> None:
        raw = encode_changes([_transaction(1000)])
        self.assertEqual(decode_changes(raw, 1, last=1000), [_transaction(1000)])
        with self.assertRaises(Fault):
            decode_changes(raw, 1, last=999)


class SegmentVectors(unittest.TestCase):
    def test_segment(self) -> None:
        case = vector("segment")
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["seed"]))
        self.assertEqual(key.public_key().public_bytes_raw().hex(), case["publicKey"])
        header = SegmentHeader.parse(bytes.fromhex(case["header"]))
        self.assertEqual(header.hash.hex(), case["hash"])
        verify(bytes.fromhex(case["publicKey"]), bytes.fromhex(case["signature"]), header.data, "segment")
        self.assertEqual(key.sign(header.data).hex(), case["signature"])
        self.assertEqual(header.message.SerializeToString(deterministic=True), header.data)
        for index, section in enumerate(case["sections"]):
            frame = bytes.fromhex(section["frame"])
            self.assertEqual(header.message.sections[index].audience.hex(), section["audience"])
            self.assertEqual(header.section(index, frame), transactions_of(section["transactions"]))
            with self.assertRaises(Fault):
                header.section(index, frame[:-1] + bytes([frame[-1] ^ 1]))

    def test_segment_cut_anew_reads_alike(self) -> None:
        case = vector("segment")
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["seed"]))
        before = SegmentHeader.parse(bytes.fromhex(case["header"])).message
        segment = cut(
            key,
            {bytes.fromhex(part["audience"]): transactions_of(part["transactions"]) for part in case["sections"]},
            replica=before.replica,
            seq=before.seq,
            previous=before.previous,
            seen_epoch=before.seen_epoch,
            seen_rev=before.seen_rev,
            schema=before.schema,
        )
        after = SegmentHeader.parse(segment.header)
        for section in (*before.sections, *after.message.sections):
            section.ClearField("size"), section.ClearField("hash")
        self.assertEqual(after.message, before)

    def test_journal(self) -> None:
        file = vector("journal")
        key = bytes.fromhex(file["publicKey"])
        hash, head, struck = NO_HASH, Head(), 0
        for entry in file["entries"]:
            header = SegmentHeader.parse(bytes.fromhex(entry["header"]))
            verify(key, bytes.fromhex(entry["signature"]), header.data, "segment")
            self.assertEqual(header.hash.hex(), entry["headerHash"])
            head = head.followed_by(header)
            verdict = bytes.fromhex(entry["verdict"])
            hash = journal_hash(hash, entry["rev"], entry["hubTime"], header.hash, verdict)
            self.assertEqual(hash.hex(), entry["hash"])
            read = Verdict.parse(verdict, bytes.fromhex(entry["detail"]))
            self.assertEqual(read.strikes.keys(), {offence.time for offence in read.offences})
            struck += len(read.strikes)
        self.assertGreater(struck, 0)

    def test_headers_that_are_refused(self) -> None:
        for case in vector("segment")["refused"]:
            with self.subTest(case["name"]), self.assertRaises(Fault):
                SegmentHeader.parse(bytes.fromhex(case["header"]))

    def test_verdicts_that_are_refused(self) -> None:
        for case in vector("journal")["refused"]:
            with self.subTest(case["name"]), self.assertRaises(Fault):
                Verdict.parse(bytes.fromhex(case["verdict"]), bytes.fromhex(case["detail"]))

    def test_each_fault_is_one_of_bytes_that_are_otherwise_right(self) -> None:
        decode_changes(refused.right_changes(), refused.REPLICA)
        decode_states(refused.right_states())
        for name, (_, cases) in refused.LISTS.items():
            with self.subTest(name):
                named = [(case["name"], case["rule"]) for case in vector(name)["refused"]]
                self.assertEqual([(case["name"], case["rule"]) for case in cases()], named)
                self.assertEqual(len(set(named)), len(named))


class InvitationVectors(unittest.TestCase):
    def test_texts(self) -> None:
        file = vector("invitation")
        for case in file["invitations"]:
            parts = (case["code"], case["secret"], file["pin"])
            expected = Invitation(*map(bytes.fromhex, parts))
            self.assertEqual(expected.text, case["text"])
            for text in (case["text"], *case["alike"]):
                with self.subTest(text):
                    self.assertEqual(Invitation.parse(text), expected)
            for text in case["refused"]:
                with self.subTest(text), self.assertRaises(Fault):
                    Invitation.parse(text)


class SignatureVectors(unittest.TestCase):
    def setUp(self) -> None:
        self.file = vector("http-signature")
        self.node, self.hub = (
            Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.file[name]["seed"]))
            for name in ("nodeKey", "hubKey")
        )

    def test_requests_and_answers_are_signed_byte_for_byte(self) -> None:
        for case in self.file["exchanges"]:
            with self.subTest(case["name"]):
                request, answer = case["request"], case["response"]
                added, signature = signatures.sign_request(
                    self.node,
                    self._parameters(request, "nodeKey"),
                    request["method"],
                    request["path"],
                    request["query"],
                    _pairs(request["headers"]),
                    bytes.fromhex(request["body"]),
                )
                self.assertEqual(added, _pairs(request["added"]))
                added = signatures.sign_answer(
                    self.hub,
                    self._parameters(answer, "hubKey"),
                    answer["status"],
                    _pairs(answer["headers"]),
                    bytes.fromhex(answer["body"]),
                    signature,
                )
                self.assertEqual(added, _pairs(answer["added"]))

    def test_answers_are_verified(self) -> None:
        for case in self.file["exchanges"]:
            answer = case["response"]
            fields = [*_pairs(answer["headers"]), *_pairs(answer["added"])]
            signature = _signature(case["request"]["added"])
            body = bytes.fromhex(answer["body"])
            self._verify(answer["status"], fields, body, signature)
            for name, arguments in {
                "another status": (answer["status"] + 1, fields, body, signature),
                "another body": (answer["status"], fields, body + b"x", signature),
                "another request": (answer["status"], fields, body, bytes(64)),
                "a field twice": (answer["status"], [*fields, fields[0]], body, signature),
                "no signature": (answer["status"], fields[:-1], body, signature),
                "another content type": (answer["status"], [("Content-Type", "x/y"), *fields[1:]], body, signature),
            }.items():
                with self.subTest(f"{case['name']}: {name}"), self.assertRaises(Fault):
                    self._verify(*arguments)

    def _verify(self, status: int, fields: signatures.Fields, body: bytes, signature: bytes) -> None:
        key = bytes.fromhex(self.file["hubKey"]["publicKey"])
        signatures.verify_answer(key, status, fields, body, signature, self.file["hubKey"]["keyID"])

    def _parameters(self, message: Any, key: str) -> signatures.Parameters:
        return signatures.Parameters(message["created"], message["nonce"], self.file[key]["keyID"])


class BundleVectors(unittest.TestCase):
    file = vector("bundle")

    def test_sealing_keys(self) -> None:
        for case in self.file["keys"]:
            (key,) = _keys([case["seed"]])
            public = sealing_public(key.public_key().public_bytes_raw())
            assert public is not None
            self.assertEqual(public.public_bytes_raw().hex(), case["sealing"])
            self.assertEqual(sealing_private(key).public_key().public_bytes_raw().hex(), case["sealing"])

    def test_nobody_seals_to_keys_of_small_order(self) -> None:
        for public in self.file["unsealable"]:
            with self.subTest(public), self.assertRaises((Fault, ValueError)):
                seal(b"", bytes(16), self._address(TO_HUB), bytes.fromhex(public), [Ed25519PrivateKey.generate()])

    def test_bundles_are_made_and_opened_byte_for_byte(self) -> None:
        for case in self.file["bundles"]:
            with self.subTest(case["name"]):
                address, content = self._address(case["direction"]), bytes.fromhex(case["content"])
                ephemeral = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["ephemeral"]))
                sender, receiver = bytes.fromhex(case["sender"]), bytes.fromhex(case["receiver"])
                file = seal(content, sender, address, receiver, _keys(case["signers"]), ephemeral)
                self.assertEqual(file.hex(), case["file"])
                opened = unseal(file, address, _keys(case["opens"]))
                opened.verify(bytes.fromhex(case["key"]))
                self.assertEqual((opened.sender, opened.content), (sender, content))

    def test_what_is_refused_and_why(self) -> None:
        for case in self.file["refused"]:
            with self.subTest(case["name"]), self.assertRaises(RefusedBundle) as caught:
                address = self._address(case["direction"])
                opened = unseal(bytes.fromhex(case["file"]), address, _keys(case["opens"]))
                opened.verify(bytes.fromhex(case["key"]))
            self.assertEqual(caught.exception.code, case["code"], case["name"])

    def _address(self, direction: int) -> Address:
        secretariat, node = bytes.fromhex(self.file["secretariat"]), bytes.fromhex(self.file["node"])
        return Address.hub(secretariat) if direction == TO_HUB else Address.node(node, secretariat)


def _keys(seeds: list[str]) -> list[Ed25519PrivateKey]:
    return [Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)) for seed in seeds]


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers]


def _signature(added: Any) -> bytes:
    return base64.b64decode(dict(_pairs(added))["Signature"].removeprefix("sig=:").removesuffix(":"))


def _transaction(time: int) -> Transaction:
    stamp = Stamp(time, 1)
    cells = {1: Cell("示例", stamp), 2: Cell(7, stamp)}
    return Transaction(time, (Row(Key(19, bytes(16), bytes(16)), Presence(1, stamp), cells),))


if __name__ == "__main__":
    unittest.main()
