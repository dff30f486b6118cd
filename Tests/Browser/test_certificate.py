"""The console by TLS with the node's own certificate: what the browser warns of, and the page by which that is mended."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from playwright.sync_api import Error

from scene import MIDDLE, NARROW, PROGRAM, WIDE, Scene, Server


class CertificateTest(Scene):
    """The node listens on every address of the machine."""

    @classmethod
    def serve(cls):
        cls.node = Server(PROGRAM, "node", cls.cast.data("a"), log=cls.folder / "a.log", options=("--host", "0.0.0.0"))
        cls.addClassCleanup(cls.node.stop)
        cls.url = f"https://localhost:{cls.node.port}"

    def test_a_browser_without_the_authority_is_warned(self):
        page = self.page()
        with self.assertRaisesRegex(Error, "ERR_CERT_AUTHORITY_INVALID"):
            page.goto(self.url + "/sign-in")

    def test_who_goes_on_finds_the_authority_and_its_fingerprint(self):
        for size, scheme, language in ((WIDE, "light", "zh-CN"), (MIDDLE, "dark", "en"), (NARROW, "light", "zh-CN"), (NARROW, "dark", "en")):
            page = self.page(size, scheme, language, ignore_https_errors=True)
            page.goto(self.url + "/sign-in")
            page.click("a[href='/certificate']")
            page.wait_for_selector("h1")
            shown = "".join(page.inner_text(".print code").split())
            self.assertEqual(shown.replace(":", ""), self.node.opened["authority"].replace(":", ""))
            self.check(page, f"certificate-{size[0]}-{scheme}")
        with page.expect_download() as download:
            page.click("a[href='/certificate/ca.crt']")
        self.assertEqual(download.value.suggested_filename, "jilian-ca.crt")
        self.assertTrue(Path(download.value.path()).read_text().startswith("-----BEGIN CERTIFICATE-----"))
        self.assert_silent()

    def test_cookies_go_by_tls_only(self):
        context = self.context(ignore_https_errors=True)
        context.new_page().goto(self.url + "/sign-in")
        cookies = context.cookies()
        self.assertTrue(cookies)
        self.assertTrue(all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies), cookies)


if __name__ == "__main__":
    unittest.main()
