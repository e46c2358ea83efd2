"""Common paths of feeds and sitemaps: asked where a site has no working door, seldom, one after the other."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from scraper.guess import FEED_PATHS, NO_DOOR, RARELY, SITEMAP_PATHS
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import OLD, Answer, LocalSite

XML = (("Content-Type", "application/xml"),)
STORY = "/news/otter-seen-in-the-pond"


@pytest.fixture
def silent() -> LocalSite:
    """A site that announces nothing: one article, in nothing that its front page links."""
    site = LocalSite()
    site.front()
    site.article(STORY, "Otter seen in the pond", "An otter was seen. ")
    return site


def guessed(site: LocalSite, since: int = 0) -> list[str]:
    return [path for path in site.paths()[since:] if path in FEED_PATHS + SITEMAP_PATHS]


def unlisted(site: LocalSite, path: str) -> None:
    """A sitemap that robots.txt does not name."""
    site.sitemap({STORY: OLD}, path)
    del site.pages["/robots.txt"]


def test_the_first_that_answers_ends_the_search_and_is_a_door_from_then_on(
    tmp_path: Path, silent: LocalSite
) -> None:
    with silent as site:
        unlisted(site, SITEMAP_PATHS[1])
        site.pages["/feed/"] = Answer(b"<html><title>No feed, but a page</title></html>")
        site.moved("/rss", "/")
        make(tmp_path, {"pond": f"{site.url}/"})
        first = only(run(tmp_path, guess=1))
        asked = guessed(site)
        before = len(site.asked)
        second = only(run(tmp_path, guess=1))
        again = guessed(site, before)
    assert first["archived"] == 1
    assert [path for path in asked if path in SITEMAP_PATHS] == list(SITEMAP_PATHS[:2])
    assert [path for path in asked if path in FEED_PATHS] == list(FEED_PATHS)
    assert again == [SITEMAP_PATHS[1]], "the door, and no guess once more"
    assert first["failed"] == second["failed"] == []
    assert first["notes"] == second["notes"] == []
    assert ask(tmp_path, "select url from doors") == [(f"{site.url}{SITEMAP_PATHS[1]}",)]
    assert ask(tmp_path, "select health from sites") != [("stale",)]


def test_a_site_with_working_doors_is_asked_for_no_other(tmp_path: Path, site: LocalSite) -> None:
    feed = f"<rss><channel><item><link>{site.url}{STORY}</link></item></channel></rss>"
    site.pages["/news.rss"] = Answer(feed.encode(), headers=XML)
    front = site.answer("/").body + b'<link rel="alternate" type="application/rss+xml" href="/news.rss">'
    site.pages["/"] = Answer(front)
    make(tmp_path, {"mill": f"{site.url}/"})
    report = only(run(tmp_path, guess=1))
    assert report["archived"] == 3
    assert guessed(site) == ["/sitemap.xml"], "which robots.txt names"


def test_after_a_month_and_when_doors_died_it_is_tried_again(tmp_path: Path, silent: LocalSite) -> None:
    with silent as site:
        unlisted(site, SITEMAP_PATHS[0])
        make(tmp_path, {"pond": f"{site.url}/"})
        only(run(tmp_path, guess=1))
        site.pages[SITEMAP_PATHS[0]] = Answer(b"gone", 410)
        before = len(site.asked)
        only(run(tmp_path, guess=1))
        assert guessed(site, before) == [SITEMAP_PATHS[0]]
        db = sqlite3.connect(tmp_path / "frontier.db")
        with db:
            db.execute("update guesses set asked = asked - ?", (RARELY,))
        (kept,) = db.execute("select count(*) from urls where reason = ?", (NO_DOOR,)).fetchone()
        db.close()
        assert kept == len(FEED_PATHS)
        site.article("/news/mill-burns-down", "Mill burns down", "The mill burnt. ")
        site.sitemap({"/news/mill-burns-down": OLD}, SITEMAP_PATHS[4])
        del site.pages["/robots.txt"]
        before = len(site.asked)
        report = only(run(tmp_path, guess=1))
    assert report["archived"] == 1
    assert set(guessed(site, before)) == {*SITEMAP_PATHS, *FEED_PATHS}


def test_robots_txt_is_obeyed_and_a_busy_server_not_pressed(tmp_path: Path, silent: LocalSite) -> None:
    with silent as site:
        site.robots("User-agent: *\nDisallow: /feed\n")
        site.pages["/rss"] = Answer(b"busy", 500)
        make(tmp_path, {"pond": f"{site.url}/"})
        report = only(run(tmp_path, guess=1))
    assert "/feed/" not in site.paths()
    assert site.paths().count("/rss") == 1
    assert report["failed"] == []
