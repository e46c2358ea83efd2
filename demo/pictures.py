"""The pictures of README and docs: the reading room's main pages, on the demo's archive of the second day.

    python -m demo.pictures

Crawls the demo twice in a folder of its own, serves it, and photographs the pages with the system's Chromium
into docs/pictures, as WebP. Needs the extra `dev`, chromium and chromedriver.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
WIDTH, HEIGHT, QUALITY = 1120, 940, 66
CORRECTED = 'title:"Council votes"'
"""What finds the article that the second day corrects."""
PAGES = {
    "front": "/",
    "search": "/search?q=council+OR+harbour",
    "timeline": "/timeline?q=council+OR+harbour&since=2025-02-14&by=day",
    "article": "/article/{article}",
    "versions": "/article/{article}/versions?view=side",
    "site": "/sites/harbour-gazette",
}
"""Name of the picture -> the page on it."""


def main() -> None:
    """Make them all anew."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="newsarchive-pictures-") as made:
        archive = Path(made)
        for _ in range(2):
            demo = [sys.executable, "-m", "demo", "--no-serve", "--archive", str(archive)]
            subprocess.run(demo, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with _served(archive) as address, _browser() as browser:
            for name, image in _photographed(browser, address).items():
                (PICTURES / f"{name}.webp").write_bytes(image)
                print(f"docs/pictures/{name}.webp: {len(image):,} bytes")


def _photographed(browser: Chrome, address: str) -> Mapping[str, bytes]:
    with urlopen(f"{address}/search.json?q={quote(CORRECTED)}") as answer:
        article = json.load(answer)["articles"][0]["id"]
    screen = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    found = {}
    for name, path in PAGES.items():
        browser.get(address + path.format(article=article))
        taken = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        found[name] = base64.b64decode(taken["data"])
    return found


@contextmanager
def _served(archive: Path) -> Iterator[str]:
    """The archive's reading room, as a child while the block runs; its address."""
    command = [sys.executable, "-u", "-m", "newsarchive", "serve", "--archive", str(archive), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield "http://" + server.stdout.readline().partition("http://")[2].partition("/")[0]
        finally:
            server.terminate()


@contextmanager
def _browser() -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(flag)
    browser = Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    try:
        yield browser
    finally:
        browser.quit()


if __name__ == "__main__":
    main()
