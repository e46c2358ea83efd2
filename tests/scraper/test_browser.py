"""Pages that scripts fill: what a browser makes of them is archived, and it speaks to nobody by itself."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines import rebuild, sitelist, verdict
from pipelines.model import Capture
from scraper import browser
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import PROSE, Answer, LocalSite

needs_chromium = pytest.mark.skipif(
    browser.missing() is not None, reason="needs Chromium and the extra `browser`"
)
SCRIPT = (("Content-Type", "text/javascript"),)
JSON = (("Content-Type", "application/json"),)
SHELL = """<html><head><title>Story</title>{head}</head><body><div id="app"></div>
<noscript>Please enable JavaScript</noscript><script src="/app.js"></script></body></html>"""
FILL = """
async function fill() {
  const story = await (await fetch("/api" + location.pathname + ".json")).json();
  const facts = document.createElement("script");
  facts.type = "application/ld+json";
  facts.textContent = '{"@type": "NewsArticle", "datePublished": "2020-03-01T08:00:00Z"}';
  document.head.append(facts);
  document.getElementById("app").innerHTML =
    `<article><h1>${story.title}</h1><p>${story.text}</p></article>`;
}
"""


def filled(site: LocalSite, *paths: str, script: str = "fill();", head: str = "") -> None:
    """Stories that a script of the site fetches and prints."""
    site.front(*paths)
    site.pages["/app.js"] = Answer((FILL + script).encode(), headers=SCRIPT)
    for path in paths:
        site.pages[path] = Answer(SHELL.format(head=head).encode())
        story = {"title": f"The bridge {path}", "text": f"{path}: {PROSE * 5}"}
        site.pages[f"/api{path}.json"] = Answer(json.dumps(story).encode(), headers=JSON)


@contextmanager
def listening(host: str = "127.0.0.2") -> Iterator[tuple[str, list[str]]]:
    """An address on which nobody is to speak, TCP and UDP, and who did."""
    tcp = socket.create_server((host, 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((host, tcp.getsockname()[1]))
    heard: list[str] = []

    def hear_tcp() -> None:
        while True:
            try:
                tcp.accept()[0].close()
            except OSError:
                return
            heard.append("tcp")

    def hear_udp() -> None:
        while True:
            try:
                if not udp.recv(2048):
                    return
            except OSError:
                return
            heard.append("udp")

    threads = [threading.Thread(target=hear, daemon=True) for hear in (hear_tcp, hear_udp)]
    for thread in threads:
        thread.start()
    address = f"{host}:{tcp.getsockname()[1]}"
    try:
        yield address, heard
    finally:
        tcp.shutdown(socket.SHUT_RDWR)
        tcp.close()
        udp.sendto(b"", udp.getsockname())
        for thread in threads:
            thread.join(5)
        udp.close()


@needs_chromium
def test_a_shell_is_filled_and_rebuilt_the_same(tmp_path: Path) -> None:
    with LocalSite() as site:
        filled(site, "/one", "/two")
        make(tmp_path, {"a": f"{site.url}/"})
        assert only(run(tmp_path))["archived"] == 2
        assert site.paths().count("/one") == 1, "what was received is what the browser gets"
        assert site.paths().count("/app.js") == 1, "a script is asked for once a crawl"
        agents = {asked.headers["User-Agent"] for asked in site.asked}
    assert len(agents) == 1
    titles = ask(tmp_path, "select title from articles order by 1")
    assert titles == [("The bridge /one",), ("The bridge /two",)]
    rows = ask(tmp_path, "select verdict, reason, rendered from captures where url like '%/one' order by id")
    assert rows == [("withheld", "script-only shell", None), ("article", "first", 1)]
    [(reason,)] = ask(tmp_path, "select distinct reason from captures where url like '%/api/%'")
    assert reason == "subresource"
    made = rebuild.rebuild(tmp_path, sitelist.load(tmp_path / "sites.yml").sites, "test")
    assert (made.damaged, made.lost, made.recovered, made.articles) == ([], 0, 0, 2)


@needs_chromium
def test_what_the_browser_made_is_a_conversion_of_what_was_received(tmp_path: Path) -> None:
    with LocalSite() as site:
        filled(site, "/one")
        make(tmp_path, {"a": f"{site.url}/"})
        run(tmp_path)
        received: dict[str, str] = {}
        made: list[tuple[str, str, bytes]] = []
        for path in (tmp_path / "warc").iterdir():
            with path.open("rb") as stream:
                for record in ArchiveIterator(stream):
                    url = record.rec_headers["WARC-Target-URI"]
                    if record.rec_type == "response":
                        received[record.rec_headers["WARC-Record-ID"]] = url
                    elif record.rec_type == "conversion":
                        body = record.content_stream().read()
                        made.append((url, record.rec_headers["WARC-Refers-To"], body))
        [(url, of, body)] = made
    assert received[of] == url == f"{site.url}/one"
    assert b"The council met" in body


@needs_chromium
def test_browser_true_fills_every_page_and_false_none(tmp_path: Path) -> None:
    with LocalSite() as site:
        filled(site, "/one")
        site.pages["/"] = Answer(SHELL.format(head="").encode())
        site.pages["/api/.json"] = Answer(
            json.dumps({"title": "Front", "text": '<a href="/one">One story of some length</a>'}).encode(),
            headers=JSON,
        )
        make(tmp_path / "true", {"a": f"{site.url}/"}, browser="true")
        make(tmp_path / "false", {"a": f"{site.url}/"}, browser="false", sections="[/one]")
        assert only(run(tmp_path / "true"))["archived"] == 1
        rows = ask(tmp_path / "true", "select reason from captures where url like '%/one' order by id")
        assert rows == [("unrendered",), ("first",)]
        assert only(run(tmp_path / "true"))["archived"] == 0
        [(revisions,)] = ask(tmp_path / "true", "select revisions from articles")
        assert revisions == 1
        assert only(run(tmp_path / "false"))["archived"] == 0
        assert not ask(tmp_path / "false", "select 1 from captures where rendered")


HOSTILE = """
const there = "%s";
for (const url of [`http://${there}/`, "file:///etc/hostname", "http://169.254.169.254/latest/", "/moved"]) {
  fetch(url, {mode: "no-cors"}).catch(() => {});
  const script = document.createElement("script"); script.src = url; document.head.append(script);
  const frame = document.createElement("iframe"); frame.src = url; document.body.append(frame);
  const image = new Image(); image.src = url;
  for (const rel of ["preconnect", "dns-prefetch", "prefetch", "prerender", "stylesheet", "modulepreload"]) {
    const link = document.createElement("link"); link.rel = rel; link.href = url; document.head.append(link);
  }
}
navigator.sendBeacon(`http://${there}/`, "x");
fetch(`http://${there}/`, {method: "POST", mode: "no-cors", body: "x"}).catch(() => {});
try { new WebSocket(`ws://${there}/`); } catch (_) {}
try { new EventSource(`http://${there}/`); } catch (_) {}
try { const peer = new RTCPeerConnection({iceServers: [{urls: `stun:${there}`}]});
      peer.createDataChannel("x");
      peer.createOffer().then(offer => peer.setLocalDescription(offer)); } catch (_) {}
try { new WebTransport(`https://${there}/`); } catch (_) {}
try { window.open(`http://${there}/`); } catch (_) {}
try { new Worker(URL.createObjectURL(new Blob([`fetch("http://${there}/").catch(() => {});
      new WebSocket("ws://${there}/")`]))); } catch (_) {}
try { location.href = "data:text/html,<h1>elsewhere</h1>"; } catch (_) {}
try { location.href = `http://${there}/`; } catch (_) {}
fill();
"""


@needs_chromium
def test_whatever_a_page_tries_nobody_else_hears_of_it(tmp_path: Path) -> None:
    with LocalSite() as site, listening() as (there, heard):
        head = f'<meta http-equiv="refresh" content="0;url=http://{there}/">'
        filled(site, "/one", script=HOSTILE % there, head=head)
        site.pages["/moved"] = Answer(status=302, headers=(("Location", f"http://{there}/"),))
        make(tmp_path, {"a": f"{site.url}/"})
        only(run(tmp_path))
        paths = site.paths()
    assert "/moved" in paths, "the redirect itself was asked for, and not followed"
    assert heard == []
    assert not ask(tmp_path, "select url from captures where url not like ?", f"{site.url}/%")


@needs_chromium
def test_a_page_that_hangs_or_eats_memory_is_ended(tmp_path: Path) -> None:
    with LocalSite() as site:
        filled(site, "/one", "/two", "/three")
        for path, script in (("/one", "for (;;) {}"), ("/two", "setInterval(() => fetch('/app.js'), 50)")):
            page = SHELL.format(head=f"<script>{script}</script>")
            site.pages[path] = Answer(page.encode())
        make(tmp_path, {"a": f"{site.url}/"})
        report = only(run(tmp_path, browser_seconds=12))
    assert report["archived"] == 1
    said = " ".join(report["notes"])
    assert f"{site.url}/one: timeout" in said
    assert f"{site.url}/two: timeout" in said
    rows = ask(tmp_path, "select outcome, reason from urls where url like '%/one' or url like '%/two'")
    assert rows == [("withheld", "script-only shell")] * 2


def browsers() -> list[int]:
    """Process ids of the browsers that this test's crawl has started: Chromium itself, not its helpers."""
    parents: dict[int, int] = {}
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        parents[int(entry.name)] = int(status[1])
        if b"--headless" in words and not any(word.startswith(b"--type=") for word in words):
            found.append(int(entry.name))
    return [pid for pid in found if os.getpid() in _ancestors(pid, parents)]


def _ancestors(pid: int, parents: dict[int, int]) -> Iterator[int]:
    while pid := parents.get(pid, 0):
        yield pid


@needs_chromium
def test_a_browser_that_dies_is_started_anew_and_no_page_is_lost(tmp_path: Path) -> None:
    killed: list[int] = []

    class Deadly(LocalSite):
        """Kills the browser when the first story's text is asked for."""

        def answer(self, path: str) -> Answer:
            if path == "/api/one.json" and not killed:
                killed.extend(browsers())
                for pid in killed:
                    os.kill(pid, signal.SIGKILL)
            return super().answer(path)

    with Deadly() as site:
        filled(site, "/one", "/two", "/three")
        make(tmp_path, {"a": f"{site.url}/"})
        report = only(run(tmp_path))
    assert killed, "there was a browser"
    assert report["archived"] == 3, report["notes"]
    assert browsers() == []


GREEDY = """
const held = [];
function take() {
  for (let n = 0; n < 4; n++) held.push(new Uint8Array(16 << 20).fill(1));
  if (held.length < 80) setTimeout(take, 200);
}
take();
setInterval(() => fetch("/app.js"), 50);
"""


@needs_chromium
def test_a_page_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    with LocalSite() as site:
        filled(site, "/one", "/two")
        site.pages["/one"] = Answer(SHELL.format(head=f"<script>{GREEDY}</script>").encode())
        make(tmp_path, {"a": f"{site.url}/"})
        report = only(run(tmp_path, browser_memory=600 << 20))
    assert report["archived"] == 1
    assert f"{site.url}/one: too much memory" in " ".join(report["notes"])


def test_without_a_browser_the_ledger_says_so_and_the_report_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("chromium") is None
    with LocalSite() as site:
        filled(site, "/one")
        make(tmp_path / "a", {"a": f"{site.url}/"})
        report = only(run(tmp_path / "a"))
    assert report["left_out"] == [{"outcome": "withheld", "reason": "script-only shell", "count": 1}]
    assert any("need a browser" in note and "install" in note for note in report["notes"])


def capture(body: str, **more: object) -> Capture:
    headers = (("Content-Type", "text/html"),)
    return Capture("https://x.example/a", datetime.now(UTC), 200, headers, body.encode(), "sha1:x", **more)  # type: ignore[arg-type]


def test_a_wall_is_never_given_to_a_browser() -> None:
    shell = SHELL.format(head="")
    assert verdict.needs_scripts(capture(shell))
    assert not verdict.needs_scripts(capture(shell.replace("Story", "Just a moment...")))
    assert not verdict.needs_scripts(capture(shell.replace("<body>", "<body>Verify you are human")))
    assert not verdict.needs_scripts(capture(shell.replace("/app.js", "/cf-chl-x.js")))
    assert not verdict.needs_scripts(capture(shell.replace("<body>", f"<body>{PROSE * 4}")))
    assert not verdict.needs_scripts(capture(shell, truncated="length"))
