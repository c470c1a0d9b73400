"""The HTML report in a browser: complete in itself, from right to left where the text is Persian, drawn in light and dark
and on a narrow screen. Where there is no Chromium the page is not looked at, and the test says so.

The screenshots are kept in the build folder, under tests/artifacts.
"""

import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unicodedata
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD  # noqa: E402
from surfaces_server import TwoCycles  # noqa: E402

ARTIFACTS = BUILD / "tests" / "artifacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def needs_chromium(test):
    return unittest.skipUnless(CHROMIUM, "Chromium is not installed (Debian's package chromium)")(test)


class Page(TwoCycles):
    def page(self):
        path = self.bench.folder / "report.html"
        self.server.run("cycle", "report", 2, "--format", "html", "--out", path)
        return path

    def test_the_page_needs_no_network_and_no_script(self):
        html = self.page().read_text()
        self.assertNotRegex(html, r"(?i)<script|<link|<iframe|@import|url\(|\bsrc=|https?://")

    def browse(self, page, *options):
        """Runs Chromium on a page, with no host in the world to be found."""
        with tempfile.TemporaryDirectory(prefix="amooz-browser-") as profile:
            return subprocess.run(
                [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                 f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=2000",
                 *options, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)

    def probe(self, width):
        """What the browser made of the page at that width."""
        page = self.page()
        probed = page.with_name("probed.html")
        probed.write_text(page.read_text().replace("</body>", """<script>
          const about = e => ({text: e.textContent, direction: getComputedStyle(e).direction,
                               left: e.getBoundingClientRect().left, width: e.getBoundingClientRect().width});
          const wide = [...document.querySelectorAll('main *')].filter(e => !e.closest('svg') && !e.closest('.wrap') &&
                       e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80));
          document.body.innerHTML = '<pre id=probe></pre>' + document.body.innerHTML;
          document.getElementById('probe').textContent = JSON.stringify({
            pairs: [...document.querySelectorAll('.pair p')].map(about), plots: document.querySelectorAll('svg.plot').length,
            page: getComputedStyle(document.documentElement).direction, wide: wide});
        </script></body>"""))
        dom = self.browse(probed, f"--window-size={width},1200", "--dump-dom").stdout
        found = re.search(r'<pre id="probe">(.*?)</pre>', dom, re.S).group(1)
        for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            found = found.replace(entity, character)
        return json.loads(found)

    @needs_chromium
    def test_persian_runs_from_right_to_left_and_nothing_sticks_out(self):
        for width in (420, 1100):
            page = self.probe(width)
            with self.subTest(width=width):
                self.assertEqual([], page["wide"])
                self.assertEqual(4, page["plots"])
                self.assertEqual("ltr", page["page"])
                directions = {p["direction"] for p in page["pairs"]}
                self.assertIn("rtl", directions)
                for p in page["pairs"]:
                    first = next(c for c in p["text"] if unicodedata.bidirectional(c) in ("L", "R", "AL"))
                    self.assertEqual("ltr" if unicodedata.bidirectional(first) == "L" else "rtl", p["direction"], p)

    @needs_chromium
    def test_the_page_is_drawn(self):
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        page = self.page()
        pictures = {}
        for name, options in {"report": ["--window-size=1100,3600"], "report-narrow": ["--window-size=420,5200"],
                              "report-dark": ["--window-size=1100,3600", "--blink-settings=preferredColorScheme=0"]}.items():
            path = ARTIFACTS / f"{name}.png"
            path.unlink(missing_ok=True)
            self.browse(page, *options, f"--screenshot={path}")
            pictures[name] = path.read_bytes()
        for name, png in pictures.items():
            self.assertGreater(len(colours_of(png)), 20, name)
        self.assertNotEqual(pictures["report"], pictures["report-dark"])
        print(f"screenshots: {ARTIFACTS}")


def colours_of(png):
    """Byte values that a PNG's scan lines have, before their filters are undone: a blank picture has a handful."""
    data, at = b"", 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += size + 12
    return set(zlib.decompress(data))


if __name__ == "__main__":
    unittest.main()
