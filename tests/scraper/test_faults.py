"""A crawl of a site on which everything goes wrong: each fault ends in the ledger under its name."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.faultserver import FaultServer
from tests.scraper.crawling import make, run

LEFT_OUT = "[silent, slow, calendar, huge, endless, robots/, burst, busy, nested, bomb, short, hops]"
EXPECTED = {
    "/binary": ("not an article", "not HTML: binary"),
    "/empty": ("failed", "empty"),
    "/gzip-false": ("failed", "truncated: unspecified"),
    "/gzip-torn": ("failed", "truncated: unspecified"),
    "/hang-up": ("failed", "connection closed without an answer"),
    "/not-http": ("failed", "not an answer in HTTP"),
    "/forbidden": ("failed", "HTTP 403"),
    "/loop": ("failed", "redirect loop"),
    "/private/": ("refused", "robots"),
    "/bot-wall": ("withheld", "captcha"),
    "/soft-404/": ("withheld", "soft 404"),
    "/consent-wall": ("withheld", "consent wall"),
    "/for-members": ("withheld", "login"),
    "/error-page": ("withheld", "error page"),
    "/shell": ("withheld", "script-only shell"),
    "/cut": ("failed", "truncated: ends within a tag"),
    "/to-nowhere": ("not an article", "redirect"),
}


def test_every_fault_is_in_the_ledger_and_the_crawl_goes_on(tmp_path: Path) -> None:
    feeds, sitemaps = "[/feed-is-html, /feed-broken, /feed-entities]", "[/sitemap-broken.xml]"
    with FaultServer() as server:
        make(tmp_path, {"bad": f"{server.base}/"}, deny=LEFT_OUT, feeds=feeds, sitemaps=sitemaps)
        report = run(tmp_path, timeout=5)
        (site,) = report["sites"]
        assert (report["exit"], report["state"]) == (0, "finished")
        assert (site["queued"], site["error"]) == (0, None)
        db = sqlite3.connect(tmp_path / "archive.db")
        rows = db.execute("select replace(url, ?, ''), outcome, reason from urls", (server.base,)).fetchall()
        refused = {url for (url,) in db.execute("select url from urls where reason like 'scope: neither%'")}
        queued = db.execute("select url from urls where outcome = 'queued'").fetchall()
        db.close()
    ledger = {url: (outcome, reason) for url, outcome, reason in rows}
    assert {path: ledger.get(path) for path in EXPECTED} == EXPECTED
    assert queued == []
    assert not any(url.startswith("http") for url in refused)
    assert any("feed-is-html" in note for note in site["notes"])
