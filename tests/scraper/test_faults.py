"""A crawl of a site on which everything goes wrong: each fault ends in the ledger under its name."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faultserver import FaultServer
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import Answer, LocalSite

LEFT_OUT = (
    "[silent, slow, calendar, huge, endless$, robots/, burst, busy, nested, bomb, short, hops, facets, page/]"
)
EXPECTED = {
    "/binary": ("not an article", "not HTML: binary"),
    "/empty": ("failed", "empty"),
    "/gzip-false": ("failed", "truncated: unspecified"),
    "/gzip-torn": ("failed", "truncated: unspecified"),
    "/hang-up": ("failed", "connection closed without an answer"),
    "/endless-head": ("failed", "headers without end"),
    "/folded-head": ("failed", "headers without end"),
    "/not-http": ("failed", "not an answer in HTTP"),
    "/amp/copies": ("duplicate", "a copy for print, AMP or phones"),
    "/copies?print=1": ("duplicate", "a copy for print, AMP or phones"),
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


def reasons(folder: Path) -> dict[str, str]:
    """Path with query -> why it came to nothing."""
    rows = ask(folder, "select url, reason from urls where outcome in ('failed', 'not an article')")
    return {"/" + url.split("/", 3)[3]: reason for url, reason in rows}


def test_no_answer_takes_longer_in_all_than_it_may(tmp_path: Path) -> None:
    """A byte now and then keeps no connection open: the deadline is for head and body in all."""
    slow = ("/slow-head?seconds=40", "/slow-body?seconds=40", "/silent-body")
    with FaultServer() as server:
        make(tmp_path, {"slow": f"{server.base}/fine"}, sections=f"[{', '.join(slow)}]")
        run(tmp_path, timeout=1.5)
        asked = server.paths()
    found = reasons(tmp_path)
    assert {path: found[path] for path in slow} == dict.fromkeys(slow, "timeout")
    assert {asked[path] for path in slow} == {3}


def test_no_answer_is_longer_packed_or_not_than_it_may_be_and_no_way_has_no_end(tmp_path: Path) -> None:
    bombs = ("/gzip-bomb", "/brotli-bomb", "/nested-bomb")
    long = ("/endless", *bombs, "/hops/30")
    with FaultServer() as server:
        make(tmp_path, {"long": f"{server.base}/fine"}, sections=f"[{', '.join(long)}]")
        only(run(tmp_path, largest=300_000))
        hops = [path for path in server.paths() if path.startswith("/hops/")]
    found = reasons(tmp_path)
    assert {path: found[path] for path in ("/endless", *bombs)} == dict.fromkeys(
        ("/endless", *bombs), "truncated: length"
    )
    assert found["/hops/20"] == "more than 10 redirects"
    assert len(hops) == 11
    [(kept,)] = ask(tmp_path, "select length from captures where url like '%/endless'")
    assert kept == 300_000


def test_a_burst_of_refusals_is_waited_out(tmp_path: Path) -> None:
    with FaultServer() as server:
        make(tmp_path, {"busy": f"{server.base}/busy-burst/2/"})
        assert only(run(tmp_path))["archived"] == 4
        visits = [visit for visit in server.visits if "quay" in visit.path]
    gaps = [later.moment - sooner.moment for sooner, later in pairwise(visits)]
    assert all(gap >= 1 for gap in gaps[:2]), "each of the two refusals asked for a second"


@pytest.mark.parametrize(
    ("robots", "private", "fine"),
    [
        ("fine", ("refused", "robots"), "article"), ("bom", ("refused", "robots"), "article"),
        ("redirect", ("refused", "robots"), "article"), ("huge", ("refused", "robots"), "article"),
        ("html", ("not an article", "listing"), "article"), ("404", ("not an article", "listing"), "article"),
    ],
)  # fmt: skip
def test_what_robots_txt_says_in_whatever_form(
    tmp_path: Path, robots: str, private: tuple[str, str], fine: str
) -> None:
    """What lies beyond 500 KiB forbids nothing; a web page is no rule, and no robots.txt none either."""
    with FaultServer(robots=robots) as server:
        make(tmp_path, {"quay": f"{server.base}/"}, deny="['(?<!/private/)(?<!/copies)$']")
        assert only(run(tmp_path))["error"] is None
        rows = ask(tmp_path, "select replace(url, ?, ''), outcome, reason from urls", server.base)
    ledger = {url: (outcome, reason) for url, outcome, reason in rows}
    assert (ledger["/private/"], ledger["/copies"][0]) == (private, fine)


@pytest.mark.parametrize(("robots", "why"), [("500", "HTTP 500"), ("timeout", "timeout")])
def test_a_robots_txt_that_cannot_be_had_closes_the_site_for_the_time_being(
    tmp_path: Path, robots: str, why: str
) -> None:
    with FaultServer(robots=robots) as server:
        make(tmp_path, {"quay": f"{server.base}/"})
        report = run(tmp_path, timeout=1)
        assert set(server.paths()) == {"/robots.txt"}
    (site,) = report["sites"]
    assert (site["error"], site["queued"]) == (f"robots.txt cannot be read ({why})", 1)


def test_a_teaser_never_takes_the_place_of_the_full_text(tmp_path: Path) -> None:
    with FaultServer() as server:
        make(tmp_path, {"quay": f"{server.base}/"}, deny="['(?<!/teaser)$']")
        assert only(run(tmp_path))["archived"] == 1
        age(tmp_path / "frontier.db", "update urls set next_visit = 1 where url like '%/teaser'")
        only(run(tmp_path))
    told = ask(tmp_path, "select verdict, reason from captures where url like '%/teaser' order by id")
    assert told == [("article", "first"), ("withheld", "paywall teaser")]


@pytest.mark.parametrize("trap", ["/facets", "/page/1", "/calendar/2020/01/01", "/deeper/"])
def test_traps_end(tmp_path: Path, trap: str) -> None:
    with FaultServer() as server:
        make(tmp_path, {"shop": f"{server.base}{trap}"})
        only(run(tmp_path))
        assert len(server.visits) < 200


def test_facets_are_a_trap(tmp_path: Path) -> None:
    with FaultServer() as server:
        make(tmp_path, {"shop": f"{server.base}/facets"})
        only(run(tmp_path))
    [(left,)] = ask(tmp_path, "select count(*) from urls where reason like 'trap%' or reason like 'scope%'")
    assert left > 20


def test_another_language_edition_in_an_articles_place_is_withheld(tmp_path: Path) -> None:
    with FaultServer() as server:
        make(tmp_path, {"quay": f"{server.base}/"}, deny="['(?<!/edition)$']")
        assert only(run(tmp_path))["archived"] == 1
        age(tmp_path / "frontier.db", "update urls set next_visit = 1 where url like '%/edition'")
        assert only(run(tmp_path))["new_revisions"] == 0
    told = "select verdict, reason, evidence from captures where url like '%/edition' order by id"
    assert ask(tmp_path, told) == [
        ("article", "first", None),
        ("withheld", "wrong language edition", "is in de, the article is in en"),
    ]
    assert ask(tmp_path, "select title, revisions from articles") == [("The tide brings a catch", 1)]


def test_a_feed_that_nobody_fills_any_more_is_told(tmp_path: Path) -> None:
    """It listed two addresses a day for a month, then none for six days, and the site has new articles."""
    lively = """update doors set fresh = 60, first_asked = datetime(first_asked, '-36 days') || 'Z',
    last_new = datetime(last_new, '-6 days') || 'Z' where url like '%/feed-frozen'"""
    with FaultServer() as server:
        make(tmp_path, {"quay": f"{server.base}/busy-burst/0/"}, feeds="[/feed-frozen]")
        assert only(run(tmp_path, max_pages=2))["archived"] == 1
        assert ask(tmp_path, "select health from sites") == [("good",)]
        age(tmp_path / "archive.db", lively)
        assert only(run(tmp_path))["archived"] == 3
    [(health, why)] = ask(tmp_path, "select health, why from sites")
    assert health == "stale"
    assert "/feed-frozen: nothing new since" in why


def test_a_bot_wall_slows_and_is_told(tmp_path: Path) -> None:
    """Three in a row leave the host alone: the site is walled, however well the day was, until it is asked
    again and answers."""
    wall = Answer(b"<title>Just a moment...</title><p>Checking your browser.</p>")
    with LocalSite() as site:
        stories = [f"/news/{number}-the-story-of-the-mill" for number in range(40)]
        for path in stories:
            site.article(path, f"Story at {path}", f"What happened at {path} is told here. ")
        site.front(*stories[:30])
        make(tmp_path, {"mill": f"{site.url}/"})
        assert only(run(tmp_path))["archived"] == 30
        site.front(*stories)
        pages = {path: site.pages.pop(path) for path in stories[30:]}
        site.pages |= dict.fromkeys(pages, wall)
        site.asked.clear()
        assert only(run(tmp_path))["queued"] == 7
        assert sum(path in pages for path in site.paths()) == 3
        [(health, why)] = ask(tmp_path, "select health, why from sites")
        assert (health, "answers with a bot wall: left alone until" in why) == ("walled", True)
        site.asked.clear()
        only(run(tmp_path))
        assert site.paths() == []
        assert ask(tmp_path, "select health from sites") == [("walled",)]
        site.pages |= pages
        age(tmp_path / "frontier.db", "update hosts set rest_until = 1")
        age(tmp_path / "frontier.db", "update urls set next_visit = 1")
        assert only(run(tmp_path))["archived"] == 10
    assert ask(tmp_path, "select health, why from sites") == [("good", "")]


def age(database: Path, sql: str) -> None:
    """Let time pass."""
    db = sqlite3.connect(database)
    with db:
        db.execute(sql)
    db.close()
