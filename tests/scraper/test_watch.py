"""Who is told how the sites stand: a change, once, by webhook and e-mail; and the file for Prometheus."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines import observations
from pipelines.model import Site
from pipelines.sitelist import Alerts, SiteList
from pipelines.store import Archive
from scraper import watch
from scraper.report import CrawlReport

NOW = datetime(2026, 3, 28, 9, tzinfo=UTC)
REPORT = CrawlReport("finished", (), 1.5)
ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
"""What a mail server says to these; to all else, that it is fine."""
MILL = Site("mill", "https://mill.example/", name="The Mill")


class Hook:
    """A webhook on loopback: what it got, and what it answers."""

    def __init__(self) -> None:
        self.got: list[dict[str, object]] = []
        self.statuses: list[int] = []
        hook = self

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.statuses.pop(0) if hook.statuses else 204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    monkeypatch.setattr(watch, "PAUSES", (0.0, 0.0, 0.0))
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path) as made:
        made.put_sites([MILL])
        made.commit()
        yield made


def stand(archive: Archive, word: str, why: str = "") -> None:
    observations.put_standing(archive, "mill", word, why, NOW)
    archive.commit()


def told(archive: Archive, alerts: Alerts | None, metrics: Path | None = None) -> tuple[str, ...]:
    return watch.tell(archive, SiteList(None, {"mill": MILL}, alerts, metrics), REPORT, NOW)


def test_a_change_is_told_once_and_so_is_its_end(archive: Archive, hook: Hook) -> None:
    alerts = Alerts(webhook=hook.url)
    for word, why in [("good", ""), ("silent", "nothing new"), ("silent", "nothing newer"), ("good", "")]:
        stand(archive, word, why)
        assert told(archive, alerts) == ()
    stand(archive, "good")
    told(archive, alerts)
    texts = [got["text"] for got in hook.got]
    assert texts == ["The Mill is silent: nothing new", "The Mill is well again (it was silent)"]


def test_what_is_not_delivered_is_tried_three_times_and_again_after_the_next_crawl(
    archive: Archive, hook: Hook
) -> None:
    stand(archive, "walled", "5 walls")
    hook.statuses = [500, 302, 500]
    (warning,) = told(archive, Alerts(webhook=hook.url))
    assert warning == f"alert not delivered (webhook {hook.url}): it answers with status 500"
    assert len(hook.got) == 3
    assert told(archive, Alerts(webhook=hook.url)) == ()
    assert told(archive, Alerts(webhook=hook.url)) == ()
    assert len(hook.got) == 4


def test_the_mail_says_it_and_reaches_the_server(archive: Archive) -> None:
    lines: list[bytes] = []

    class Desk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 mail.example\r\n")
            for line in iter(self.rfile.readline, b""):
                lines.append(line)
                word = line[:4].upper().strip()
                self.wfile.write(ANSWERS.get(word, b"250 fine\r\n"))
                if word == b"DATA":
                    lines.extend(iter(self.rfile.readline, b".\r\n"))
                    self.wfile.write(b"250 taken\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Desk) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        stand(archive, "stale", "feed https://mill.example/rss: HTTP 404, since 3 March")
        smtp = f"smtp://127.0.0.1:{server.server_address[1]}"
        assert told(archive, Alerts(email=("a@example.org",), smtp=smtp)) == ()
        server.shutdown()
    said = b"".join(lines).decode()
    assert "RCPT TO:<a@example.org>" in said.replace("rcpt TO", "RCPT TO")
    assert "Subject: newsarchive: The Mill is stale: feed https://mill.example/rss" in said
    assert "newsarchive status mill" in said
    assert re.search(r"^Date: \w{3}, \d+ \w+ \d{4} ", said, re.MULTILINE), "RFC 5322 asks for it"
    assert re.search(r"^Message-ID: <.+@example\.org>", said, re.MULTILINE)


def test_a_password_is_never_sent_in_the_clear(archive: Archive, hook: Hook) -> None:
    class Desk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 mail.example\r\n")
            for line in iter(self.rfile.readline, b""):
                self.wfile.write(ANSWERS.get(line[:4].upper(), b"250 fine\r\n"))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Desk) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        stand(archive, "silent")
        smtp = f"smtp://me@127.0.0.1:{server.server_address[1]}"
        (warning,) = told(archive, Alerts(email=("a@example.org",), smtp=smtp))
        server.shutdown()
    assert "no STARTTLS" in warning


def test_a_site_cannot_write_headers_or_labels(archive: Archive) -> None:
    stands = observations.Standing("mill", "Mill", "stale", "feed\r\nBcc: x@y.example", "2026", None)
    mail = watch.message(Alerts(email=("a@example.org",)), [stands])
    assert mail["Bcc"] is None
    assert watch.line(replace(stands, word="good", told="stale")) == "Mill is well again (it was stale)"


def test_the_metrics_are_whole_and_say_how_the_site_stands(archive: Archive, tmp_path: Path) -> None:
    stand(archive, "silent", "nothing new")
    path = tmp_path / "node" / "newsarchive.prom"
    assert told(archive, None, path) == ()
    text = path.read_text(encoding="utf-8")
    assert 'newsarchive_health{site="mill",word="silent"} 1\n' in text
    assert 'newsarchive_health{site="mill",word="good"} 0\n' in text
    assert "newsarchive_crawl_seconds 1.5\n" in text
    assert text.count("# TYPE") == len({line for line in text.splitlines() if line.startswith("# TYPE")})
    assert [found.name for found in path.parent.iterdir()] == ["newsarchive.prom"]


def test_metrics_that_cannot_be_written_are_a_warning(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (warning,) = told(archive, None, tmp_path / "file" / "x.prom")
    assert warning.startswith("the metrics could not be written")
