"""The pages in a real browser: a reader's way through them, and nothing that executes or reaches out.

Runs where Debian's chromium and chromium-driver are installed, and skips elsewhere.
"""

# ruff: noqa: E501 - tables of addresses

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from tests.pipelines.pages import SITE, START
from tests.readingroom import captured, payloads
from tests.readingroom.test_serve import SERVE

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="no chromium and chromedriver here: apt install chromium chromium-driver",
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--disable-sync", "--no-first-run", "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
"""Not shipped: `npm install --no-save axe-core` puts it there."""
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
EVERY_PAGE = (
    "",
    "search",
    "search?q=hostile",
    "search?q=the&site=courier",
    "concordance?q=the&sort=left",
    "timeline?q=the",
    "compare?q=the&site=courier&q=hostile&site=hostile",
    "changed",
    "changed?only=headlines",
    "sites",
    "sites/courier",
    "sites/hostile",
    "status",
    "about",
    "article/1",
    "article/1/versions?old=1&new=3&view=side",
    "article/1/versions?old=1&new=3",
    "article/10",
    "article/11/versions",
    "article/13",
    "article/13/versions",
    "article/14",
    "article/999",
    "capture/1",
    "sites/courier/2026-11-19",
)
PLAIN_PAGES = (
    "archive",
    "archive/articles",
    "archive/articles/13",
    "archive/revisions",
    "archive/recently_changed",
    "archive/search_ranked?q=lamp",
    "archive/articles?_facet=section",
    "archive/nowhere",
)


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-c", SERVE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    driver = Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def resize(browser: Chrome, size: tuple[int, int]) -> None:
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def log(browser: Chrome, kind: str) -> list[dict[str, str]]:
    """What the browser noted since the last call: "performance" or "browser"."""
    entries: list[dict[str, str]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def requested(browser: Chrome) -> set[str]:
    """Addresses that the browser asked for since the last call."""
    events = [json.loads(entry["message"])["message"] for entry in log(browser, "performance")]
    return {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }


def enter(browser: Chrome, element: WebElement, *text: str) -> None:
    """Type, press Enter, and wait until the page has gone for the next one."""
    element.send_keys(*text, Keys.ENTER)
    WebDriverWait(browser, 60).until(staleness_of(element))


def test_a_readers_way_by_keyboard(browser: Chrome, address: str) -> None:
    resize(browser, SIZES["desk"])
    browser.get(address)
    enter(browser, browser.find_element(By.ID, "q"), "foundry")
    found = browser.find_element(By.CSS_SELECTOR, ".entry h3 a")
    assert browser.find_element(By.CSS_SELECTOR, ".passage mark").text == "foundry"
    enter(browser, found)
    assert browser.find_element(By.TAG_NAME, "h1").text == "Lighthouse turns again after eleven dark winters"
    enter(browser, browser.find_element(By.CSS_SELECTOR, ".versions li[value='2'] a"))
    assert [mark.text for mark in browser.find_elements(By.CSS_SELECTOR, "h1 :is(del, ins)")] == [
        "ten",
        "eleven",
    ]


def test_the_first_tab_leads_past_the_head(browser: Chrome, address: str) -> None:
    browser.get(address + "article/1")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = browser.switch_to.active_element
    assert skip.get_attribute("class") == "skip"
    assert skip.rect["height"] > 20
    skip.send_keys(Keys.ENTER)
    assert browser.current_url.endswith("#main")


@pytest.fixture(scope="module", params=[*EVERY_PAGE, *PLAIN_PAGES])
def path(browser: Chrome, address: str, request: pytest.FixtureRequest) -> str:
    """A page, opened once for the three tests of it: none of them leaves it, and it runs no script."""
    resize(browser, SIZES["desk"])
    requested(browser)
    browser.get(address + request.param)
    return str(request.param)


def test_nothing_executes_and_no_request_leaves(browser: Chrome, address: str, path: str) -> None:
    for link in browser.find_elements(By.CSS_SELECTOR, "a[href^='javascript'], #js"):
        link.click()
    assert browser.execute_script("return window.hurt") is None
    assert browser.current_url == address + path
    asked = requested(browser)
    assert address + path in asked
    assert {url for url in asked if not url.startswith((address, "data:"))} == set()


def test_no_page_is_wider_than_the_screen(browser: Chrome, path: str) -> None:
    assert width(browser, SIZES["phone"]) <= SIZES["phone"][0]
    if path not in PLAIN_PAGES:  # plain tables are wide by nature on a desk
        assert width(browser, SIZES["desk"]) <= SIZES["desk"][0]


def width(browser: Chrome, size: tuple[int, int]) -> int:
    """Of what the page holds, on a screen of this size."""
    resize(browser, size)
    screen, page = browser.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
    assert screen == size[0], "the page has not been laid out anew"
    return int(page)


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core here: npm install --no-save axe-core")
def test_axe_finds_nothing_serious(browser: Chrome, path: str) -> None:
    resize(browser, SIZES["desk"])
    for scheme in ("light", "dark"):
        show(browser, scheme)
        assert not serious(browser), scheme


def show(browser: Chrome, scheme: str) -> None:
    """As to a reader who wants light pages, or dark ones."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def serious(browser: Chrome) -> list[str]:
    """What axe finds in the page that keeps readers out; it cannot look into a frame that runs no script."""
    if browser.execute_script("return !window.axe"):
        browser.execute_script(AXE.read_text(encoding="utf-8"))
    run = (
        "axe.run(document, {iframes: false, resultTypes: ['violations']})"
        ".then(found => arguments[0](found.violations.map(one => [one.id, one.impact])))"
    )
    return [name for name, impact in browser.execute_async_script(run) if impact in ("serious", "critical")]


def test_the_policy_stops_what_the_templates_would_let_through(browser: Chrome, address: str) -> None:
    browser.get(address + "article/13")
    requested(browser)
    browser.execute_script(
        "const hurt = document.createElement('div'); document.body.append(hurt);"
        'hurt.innerHTML = \'<img src="https://evil.example/x.gif" onerror="window.hurt = 7">\''
    )
    assert browser.execute_script("return window.hurt") is None
    assert any("Content Security Policy" in entry["message"] for entry in log(browser, "browser"))


# Replay, and eight thousand payloads.

HOOKS = """
window.ran = [];
for (const name of ["hurt", "alert", "confirm", "prompt", "print"]) window[name] = value => { window.ran.push([name, String(value)]); };
"""
HOSTILE_PAGES = (
    "", "sites", "changed", "search", "search?q=common", "concordance?q=common", "status", "article/7/versions?view=side",
    "article/9/versions?old=2&new=2", "sites/evil-3", "sites/evil-3/2026-03-01", "archive", "archive/articles?_size=400",
    "archive/sites?_size=400", "archive/urls?_size=1000", "archive/removed_blocks?_size=1000", "archive/tags?_size=1000",
    "archive/articles?_facet=section", "archive/articles/5", "search/feed.atom", "front.json", "article/3.json",
    "search/articles.jsonl", *(f"article/{number}" for number in range(1, payloads.PAYLOADS // payloads.TOGETHER + 1)),
)  # fmt: skip
"""Every article among them, so every payload in a title, a byline, a body and all that hangs on it."""


def serving(folder: Path) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture(scope="module")
def hooked(browser: Chrome) -> Iterator[Chrome]:
    """The browser, noting whatever of theirs runs in any frame."""
    found = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": HOOKS})
    yield browser
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", found)


def outside(browser: Chrome, address: str) -> set[str]:
    return {url for url in requested(browser) if not url.startswith((address, "data:", "about:", "blob:"))}


def test_of_eight_thousand_payloads_none_runs_and_none_asks(hooked: Chrome, tmp_path: Path) -> None:
    for address in serving(payloads.build(tmp_path)):
        for path in HOSTILE_PAGES:
            requested(hooked)
            hooked.get(address + path)
            assert hooked.execute_script("return window.ran || []") == [], path
            assert hooked.current_url == address + path or path.startswith("search/"), path
            assert outside(hooked, address) == set(), path


def test_a_replayed_capture_does_nothing_and_is_seen(hooked: Chrome, tmp_path: Path) -> None:
    for address in serving(captured.build(tmp_path)):
        requested(hooked)
        hooked.get(f"{address}capture/1")
        assert hooked.execute_script("return window.ran") == []
        hooked.switch_to.frame(hooked.find_element(By.CSS_SELECTOR, "iframe.replay"))
        assert hooked.find_element(By.TAG_NAME, "h1").text == "Bridge approved"
        assert hooked.find_element(By.TAG_NAME, "h1").value_of_css_property("color") == "rgba(0, 0, 200, 1)"
        for link in hooked.find_elements(By.CSS_SELECTOR, "#link, #js, #blank, button, p"):
            link.click()
        hooked.switch_to.default_content()
        assert hooked.current_url == f"{address}capture/1"
        assert hooked.execute_script("return window.hurt.length") == 1
        assert outside(hooked, address) == set()
        assert len(hooked.window_handles) == 1
        hooked.get(f"{address}capture/1/page")
        assert hooked.execute_script("return [window.origin, window.ran || []]") == ["null", []]


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core here: npm install --no-save axe-core")
def test_pages_of_captures_fit_and_keep_nobody_out(browser: Chrome, tmp_path: Path) -> None:
    for address in serving(captured.build(tmp_path)):
        for path in ("capture/1", "capture/1?styles=none", f"sites/{SITE.key}/{START:%Y-%m-%d}"):
            browser.get(address + path)
            assert browser.current_url == address + path
            for size in SIZES.values():
                assert width(browser, size) <= size[0], path
                assert not serious(browser), path


def test_dark_is_dark_and_light_is_light(browser: Chrome, address: str) -> None:
    for scheme, dark in (("dark", True), ("light", False)):
        show(browser, scheme)
        browser.get(address)
        colour = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
        assert (int(colour.split("(")[1].split(",")[0]) < 80) is dark
