"""A node and a hub that make their own certificates: who installs the authority trusts them, and nobody else does."""

from __future__ import annotations

import hashlib
import shutil
import socket
import ssl
import subprocess
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from scratch import PROGRAM, ScratchTest, Server

REFUSED, USAGE = 1, 2


class OwnCertificateTest(ScratchTest):
    """Beyond this machine TLS is spoken without anybody's doing."""

    def setUp(self):
        super().setUp()
        self.cast.found("示例联盟")

    def serve(self, *options: str) -> Server:
        server = Server(PROGRAM, "hub", self.folder / "hub", log=self.folder / "hub.log", options=options)
        self.addCleanup(server.stop)
        return server

    def authority(self) -> str:
        """The file that people install."""
        file = str(self.folder / "ca.crt")
        self.ask("hub", "certificate", "ca", file)
        return file

    def fetch(self, url: str, authority: str | None) -> str:
        context = ssl.create_default_context(cafile=authority)
        with urllib.request.urlopen(url, context=context, timeout=20) as answer:
            return answer.read().decode()

    def test_python_trusts_who_has_the_authority_and_nobody_else(self):
        server = self.serve("--host", "0.0.0.0")
        self.assertTrue(server.url.startswith("https://"), server.url)
        file = self.authority()
        for host in ("127.0.0.1", "localhost"):
            self.assertIn("ok", self.fetch(f"https://{host}:{server.port}/healthz", file))
        self.assertIn("ok", self.fetch(server.url + "/healthz", file), "the address that it names itself")
        with self.assertRaises(urllib.error.URLError) as refused:
            self.fetch(f"https://127.0.0.1:{server.port}/healthz", None)
        self.assertIsInstance(refused.exception.reason, ssl.SSLCertVerificationError)
        # What people compare: the command, the start, the page, and the bytes themselves.
        der = ssl.PEM_cert_to_DER_cert(Path(file).read_text())
        digest = hashlib.sha256(der).hexdigest().upper()
        fingerprint = ":".join(digest[i:i + 2] for i in range(0, 64, 2))
        self.assertEqual(self.ask("hub", "certificate", "show")["fingerprint"], fingerprint)
        self.assertEqual(server.opened["authority"], fingerprint)
        page = self.fetch(f"https://localhost:{server.port}/certificate", file)
        for start in range(0, len(fingerprint), 24):
            self.assertIn(fingerprint[start:start + 23], page)
        self.assertEqual(self.fetch(f"https://localhost:{server.port}/certificate/ca.crt", file), Path(file).read_text())
        self.assertNotIn("PRIVATE", page + Path(file).read_text())
        for name in ("authority.pem", "server.pem"):
            self.assertEqual((self.folder / "hub" / "tls" / name).stat().st_mode & 0o777, 0o600)

    def test_plain_http_is_led_on_to_https(self):
        server = self.serve("--host", "0.0.0.0")
        file, here = self.authority(), f"127.0.0.1:{server.port}"

        def plain(*parts: bytes) -> tuple[str, str]:
            """What a connection without TLS is told, which sends these parts one after the other: head and page."""
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
                for part in parts:
                    line.sendall(part)
                answer = b""
                while chunk := line.recv(4096):
                    answer += chunk
            head, _, page = answer.decode().partition("\r\n\r\n")
            self.assertIn(f"Content-Length: {len(page.encode())}", head)
            return head, page

        head, page = plain(f"GET /sign-in?to=a&b=%22 HTTP/1.1\r\nHo".encode(), f"st: {here}\r\nAccept: */*\r\n\r\n".encode())
        self.assertTrue(head.startswith("HTTP/1.1 301 "), head)
        self.assertIn(f"\r\nLocation: https://{here}/sign-in?to=a&b=%22", head)
        self.assertIn("本站只接受加密连接", page)
        self.assertIn(f'href="https://{here}/sign-in?to=a&amp;b=%22"', page)
        for request in (
            f"POST /sync/v1/exchange HTTP/1.1\r\nHost: {here}\r\nContent-Length: 0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            f"GET http://x/ HTTP/1.1\r\nHost: {here}\r\n\r\n", "GET /<script> x HTTP/1.1\r\nHost: a\r\n\r\n",
            "\x80 nothing known\r\n\r\n", "x" * 20_000,
        ):
            head, page = plain(request.encode("latin-1"))
            self.assertTrue(head.startswith("HTTP/1.1 400 "), head)
            self.assertNotIn("Location", head)
            self.assertNotIn("<a", page)
        # A browser follows it, and TLS goes on as before.
        self.assertIn("ok", self.fetch(f"http://localhost:{server.port}/healthz", file))
        self.assertIn("ok", self.fetch(f"https://localhost:{server.port}/healthz", file))

    def test_a_backup_holds_the_authority(self):
        self.serve("--host", "0.0.0.0").stop()
        before = self.ask("hub", "certificate", "show")["fingerprint"]
        secret = self.folder / "secret"
        secret.write_text("invented passphrase")
        backup = str(self.folder / "hub.backup")
        self.ask("hub", "hub", "backup", backup, "--passphrase-file", str(secret))
        self.ask("restored", "hub", "restore", backup, "--passphrase-file", str(secret))
        self.assertEqual(self.ask("restored", "certificate", "show")["fingerprint"], before)
        folder = self.folder / "restored" / "tls"
        self.assertEqual((folder.stat().st_mode & 0o777, (folder / "authority.pem").stat().st_mode & 0o777), (0o700, 0o600))

    def test_a_new_start_shows_the_same_authority(self):
        first = self.serve("--host", "0.0.0.0")
        file = self.authority()
        first.stop()
        second = self.serve("--host", "0.0.0.0")
        self.assertIn("ok", self.fetch(f"https://localhost:{second.port}/healthz", file))

    def test_a_node_joins_a_hub_by_its_authority(self):
        sample = PROGRAM.ask("sample", str(self.folder / "sample"), data=None)
        self.cast.bring_in("hub", "member", self.folder / "sample" / "members.csv")
        server = self.serve("--host", "0.0.0.0")
        code = self.ask("hub", "hub", "invite", "--member", sample["schools"][0])["code"]
        url, file = f"https://localhost:{server.port}", self.authority()
        joining = ("node", "join", "--hub", url, "--code", code, "--name", "一号机")
        done = PROGRAM.run(*joining, data=self.folder / "a")
        self.assertNotEqual(done.returncode, 0, "without the authority")
        shutil.rmtree(self.folder / "a", ignore_errors=True)
        PROGRAM.ask(*joining, "--ca-file", file, data=self.folder / "a")

    def test_who_steals_the_authority_can_pose_as_no_other_site(self):
        self.serve("--host", "0.0.0.0").stop()
        file, stolen = self.authority(), self.folder / "hub" / "tls" / "authority.pem"

        def verified(name: str) -> bool:
            """Whether openssl trusts a certificate for a name that the thief makes."""
            key, request, made = (str(self.folder / f"{name}.{end}") for end in ("key", "csr", "pem"))
            extension = self.folder / "extension"
            extension.write_text(f"subjectAltName=DNS:{name}\n")
            for line in (
                ["req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/O=thief"],
                ["x509", "-req", "-in", request, "-CA", file, "-CAkey", str(stolen), "-days", "9", "-out", made,
                 "-CAcreateserial", "-extfile", str(extension)],
            ):
                subprocess.run(["openssl", *line], check=True, capture_output=True)
            done = subprocess.run(["openssl", "verify", "-CAfile", file, made], capture_output=True, text=True)
            return done.returncode == 0

        self.assertTrue(verified("printer.local"))
        self.assertFalse(verified("bank.example"))

    def test_a_further_name_is_vouched_for_from_the_start_or_by_a_new_authority(self):
        server = self.serve("--host", "0.0.0.0", "--certificate-name", "jilian.school.example")
        names = self.ask("hub", "certificate", "show")["names"]
        self.assertIn("jilian.school.example", names)
        server.stop()
        options = ("--host", "0.0.0.0", "--certificate-name", "other.example")
        self.assert_refused(
            REFUSED, "hub", "serve", "--port", "0", *options, data=self.folder / "hub", words=("other.example", "certificate new"))
        before = self.ask("hub", "certificate", "show")["fingerprint"]
        self.ask("hub", "certificate", "new", "--name", "other.example")
        self.assertNotEqual(self.ask("hub", "certificate", "show")["fingerprint"], before)
        again = self.serve(*options)
        context = ssl.create_default_context(cafile=self.authority())
        with socket.create_connection(("127.0.0.1", again.port), timeout=20) as line:
            with context.wrap_socket(line, server_hostname="other.example") as secured:
                self.assertGreaterEqual(secured.version(), "TLSv1.2")
        done = [line["act"] for line in self.ask("hub", "hub", "audit")]
        self.assertIn("certificate new", done)

    def test_given_files_that_are_wrong_are_named(self):
        def pair(name: str) -> tuple[str, str]:
            certificate, key = str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=localhost",
                 "-addext", "subjectAltName=DNS:localhost", "-out", certificate, "-keyout", key],
                check=True, capture_output=True)
            return certificate, key

        one, two = pair("one"), pair("two")
        serve = ("hub", "serve", "--port", "0", "--host", "0.0.0.0")
        hub = self.folder / "hub"
        self.assert_refused(
            REFUSED, *serve, "--certificate", one[0], "--key", two[1], data=hub, words=(one[0], two[1], "不相配"))
        self.assert_refused(
            REFUSED, *serve, "--certificate", "/none", "--key", one[1], data=hub, words=("/none",))
        self.assert_refused(
            REFUSED, *serve, "--certificate", one[1], "--key", one[1], data=hub, words=("BEGIN CERTIFICATE",))
        self.assert_refused(USAGE, *serve, "--certificate", one[0], data=hub, words=("--key",))
        self.assertFalse((hub / "tls").exists(), "none was made that nobody asked for")
        server = self.serve("--host", "0.0.0.0", "--certificate", one[0], "--key", one[1])
        self.assertIn("ok", self.fetch(f"https://localhost:{server.port}/healthz", one[0]))

    def test_plain_http_beyond_this_machine_is_a_choice_that_names_its_risk(self):
        server = self.serve("--host", "0.0.0.0", "--insecure-http")
        self.assertTrue(server.url.startswith("http://"), server.url)
        server.stop()
        self.assertIn("anyone on the network reads", (self.folder / "hub.log").read_text())


if __name__ == "__main__":
    unittest.main()
