"""`newsarchive run`: what is due is crawled once, by a child, and the end is a clean one."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipelines import errors
from scraper.discovery.candidate import Role
from scraper.frontier import Found, Frontier, Settled, State
from scraper.service import Service
from tests.scraper.crawling import make, wait_for
from tests.scraper.localsite import LocalSite

NOTE = "import sys; open(sys.argv[5] + '/calls', 'a').write(' '.join(sys.argv[6:]) + '\\n')"
CHILD = (sys.executable, "-c", NOTE)
"""In place of newsarchive: writes down which sites it was asked to crawl."""
HOUR = 3600.0


def crawled(folder: Path, site: str, next_visit: float) -> None:
    """As if a crawl had asked the site's front page once."""
    host = f"{site}.example"
    door = Found(f"https://{host}/", f"https://{host}/", site, host, Role.LISTING)
    with Frontier.open(folder) as frontier:
        frontier.visit_doors([door], [site], 1.0)
        task = frontier.take(site, f"{site}.example", 1.0)
        assert task is not None
        frontier.settle([Settled(task, State.DONE, 1.0, status=200, next_visit=next_visit)])


def serve(service: Service, until: Path) -> None:
    """Run the service until `until` is there and then a little longer."""
    thread = threading.Thread(target=service.run)
    thread.start()
    wait_for(until.exists)
    time.sleep(0.5)
    service.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_what_was_missed_is_caught_up_once_and_what_is_not_due_waits(tmp_path: Path) -> None:
    make(tmp_path, {name: f"https://{name}.example/" for name in ("overdue", "later", "new")})
    crawled(tmp_path, "overdue", time.time() - 100 * HOUR)
    crawled(tmp_path, "later", time.time() + HOUR)
    said: list[str] = []
    serve(Service(tmp_path, 15 * 60, said.append, CHILD), tmp_path / "calls")
    assert (tmp_path / "calls").read_text() == "--site overdue --site new\n"
    assert said[0] == "crawling overdue, new"


def test_it_says_that_there_is_no_site_and_waits_for_one(tmp_path: Path) -> None:
    make(tmp_path, {})
    said: list[str] = []
    service = Service(tmp_path, 15 * 60, said.append, CHILD)
    thread = threading.Thread(target=service.run)
    thread.start()
    wait_for(lambda: bool(said))
    service.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert ["no site yet" in line for line in said] == [True]


LONG = """
import json, signal, sys, time
from pathlib import Path
folder, sites = Path(sys.argv[5]), sys.argv[6:]
with (folder / "calls").open("a") as calls:
    print(*sites, file=calls)
if len(sites) == 2:
    (folder / "waits").write_text("")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    time.sleep(60)
    raise SystemExit("nobody asked for room")
(folder / "done").write_text("")
"""
"""In place of newsarchive: a crawl of one site takes long, and ends when it is asked to."""


def test_a_site_with_much_to_fetch_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scraper.service._SHORTEST_CRAWL", 0.5)
    make(tmp_path, {name: f"https://{name}.example/" for name in ("huge", "small")})
    crawled(tmp_path, "small", time.time() + HOUR)
    said: list[str] = []
    service = Service(tmp_path, 0, said.append, (sys.executable, "-c", LONG))
    thread = threading.Thread(target=service.run)
    thread.start()
    wait_for((tmp_path / "waits").exists)
    db = sqlite3.connect(tmp_path / "frontier.db")
    with db:
        db.execute("update urls set next_visit = 1")
    db.close()
    wait_for((tmp_path / "done").exists)
    service.stop()
    thread.join(10)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [set(call.split()) - {"--site"} for call in calls[:2]] == [{"huge"}, {"huge", "small"}]
    assert said[1] == "small must not wait: the crawl ends, and goes on with that"


def test_the_next_time_is_known(tmp_path: Path) -> None:
    make(tmp_path, {"later": "https://later.example/"})
    now = time.time()
    crawled(tmp_path, "later", now + 10)
    service = Service(tmp_path, 0, print, CHILD)
    service._reload()
    assert service.due(now) == ([], now + 10)
    assert service.due(now + 10) == (["later"], now + 10)


def test_a_mistake_in_sites_yml_is_told_and_the_last_good_one_counts(tmp_path: Path) -> None:
    make(tmp_path, {"mill": "https://mill.example/"})
    said: list[str] = []
    service = Service(tmp_path, 0, said.append, CHILD)
    service._reload()
    (tmp_path / "sites.yml").write_text("sites: [mill]\n")
    service._reload()
    assert service.due(time.time())[0] == ["mill"]
    assert "must hold keys" in said[0]


def test_one_service_an_archive(tmp_path: Path) -> None:
    make(tmp_path, {"later": "https://later.example/"})
    crawled(tmp_path, "later", time.time() + HOUR)
    first = Service(tmp_path, 0, print, CHILD)
    thread = threading.Thread(target=first.run)
    thread.start()
    wait_for((tmp_path / "run.lock").exists)
    time.sleep(0.2)
    with pytest.raises(errors.ArchiveBusy):
        Service(tmp_path, 0, print, CHILD).run()
    first.stop()
    thread.join(10)


def test_sigterm_ends_crawl_and_service_in_order(tmp_path: Path) -> None:
    with LocalSite(wait=0.2) as site:
        paths = [f"/news/story-number-{n}" for n in range(50)]
        for path in paths:
            site.article(path, path)
        site.front(*paths)
        make(tmp_path, {"mill": f"{site.url}/"})
        command = [sys.executable, "-m", "newsarchive", "run", "--archive", str(tmp_path)]
        service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        wait_for(lambda: len(site.asked) > 5)
        service.send_signal(signal.SIGTERM)
        out, _ = service.communicate(timeout=30)
    assert service.returncode == 0
    assert "crawl interrupted" in out
    with Frontier.open(tmp_path) as frontier:
        assert frontier.queued(["mill"])["mill"] > 30
