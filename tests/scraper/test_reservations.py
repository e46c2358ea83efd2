"""What pages ask of those who copy them: recorded always, and respected where the site's policy says so."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from pipelines import sitelist
from pipelines.rebuild import rebuild
from pipelines.store import Archive
from pipelines.verify import verify
from scraper.frontier import Frontier
from tests.pipelines.archived import tables
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import Answer, LocalSite, article

HTML = ("Content-Type", "text/html")
TEXT = (("Content-Type", "text/plain"),)
ASKED = """
    select url, verdict, reason, asks, tdm_reservation, warc_file is not null from captures
    where url like ? and reason not in ('probe', 'declaration')"""


def gazette(site: LocalSite) -> None:
    site.front("/shy-story", "/reserved-story", "/dead-end")
    site.pages["/shy-story"] = Answer(article("Shy"), headers=(HTML, ("X-Robots-Tag", "noarchive")))
    site.pages["/reserved-story"] = Answer(
        article("Reserved"), headers=(HTML, ("tdm-reservation", "1"), ("tdm-policy", "https://p.example/"))
    )
    links = b"<meta name=robots content=nofollow><a href='/beyond-the-dead-end'>A story beyond it</a>"
    site.pages["/dead-end"] = Answer(links + article("Dead end"))
    site.article("/beyond-the-dead-end", "Beyond")


def crawled(folder: Path, site: LocalSite, **more: Any) -> dict[str, tuple[Any, ...]]:
    make(folder, {"mill": f"{site.url}/"}, **more)
    only(run(folder))
    rows = ask(folder, ASKED, f"{site.url}/%-%")
    return {url.removeprefix(site.url): tuple(rest) for url, *rest in rows}


def test_without_a_policy_all_is_kept_and_recorded(tmp_path: Path) -> None:
    with LocalSite() as site:
        gazette(site)
        found = crawled(tmp_path, site)
    assert found == {
        "/shy-story": ("article", "first", "noarchive", None, 1),
        "/reserved-story": ("article", "first", None, 1, 1),
        "/dead-end": ("article", "first", "nofollow", None, 1),
        "/beyond-the-dead-end": ("article", "first", None, None, 1),
    }
    assert ("https://p.example/",) in ask(tmp_path, "select tdm_policy from captures")


def declare(site: LocalSite) -> None:
    """What a host says beside its pages, in each of the three places."""
    gazette(site)
    for path in ("/closed-story", "/trained-story"):
        site.article(path, f"The story of {path}")
    site.front("/reserved-story", "/open-story", "/closed-story", "/trained-story")
    site.article("/open-story", "Open")
    site.pages["/.well-known/tdmrep.json"] = Answer(
        b'[{"location": "/open", "tdm-reservation": 1, "tdm-policy": "/terms"},'
        b' {"location": "/reserved", "tdm-reservation": 0}]',
        headers=(("Content-Type", "application/json"),),
    )
    site.pages["/ai.txt"] = Answer(b"User-Agent: *\nDisallow: /closed-story\n", headers=TEXT)
    site.robots("User-agent: *\nContent-Usage: /trained train-ai=n\nAllow: /\n")


def test_what_a_host_declares_is_recorded_with_each_article_and_asked_for_once_a_week(tmp_path: Path) -> None:
    with LocalSite() as site:
        declare(site)
        found = crawled(tmp_path, site)
        assert {path: row[2:4] for path, row in found.items()} == {
            "/reserved-story": (None, 1),  # the page's own word comes first
            "/open-story": (None, 1),
            "/closed-story": ("ai.txt", None),
            "/trained-story": ("train-ai=n", None),
        }
        assert (f"{site.url}/terms",) in ask(tmp_path, "select tdm_policy from captures")
        asked = [path for path in site.paths() if path in ("/ai.txt", "/.well-known/tdmrep.json")]
        assert asked == ["/.well-known/tdmrep.json", "/ai.txt"]
        site.article("/closed-story", "The story was changed")
        site.front("/reserved-story", "/open-story", "/closed-story", "/trained-story", "/one-more-story")
        site.article("/one-more-story", "One more")
        only(run(tmp_path))
        assert site.paths().count("/ai.txt") == 1
        before = tables(tmp_path)
        listed = sitelist.load(tmp_path / "sites.yml")
        assert rebuild(tmp_path, listed.sites, "test", apply=True, workers=1).lost == 0
        assert tables(tmp_path)["captures"] == before["captures"]


def test_a_policy_respects_what_a_host_declares(tmp_path: Path) -> None:
    with LocalSite() as site:
        declare(site)
        found = crawled(tmp_path, site, respect="[tdm, noai]")
    assert {path: row[1] for path, row in found.items()} == {
        "/reserved-story": "tdm", "/open-story": "tdm", "/closed-story": "noai", "/trained-story": "noai",
    }  # fmt: skip
    assert not any(kept for *_, kept in found.values())


def test_a_policy_leaves_out_what_pages_ask_for_and_keeps_no_record_of_them(tmp_path: Path) -> None:
    with LocalSite() as site:
        gazette(site)
        found = crawled(tmp_path, site, respect="[noarchive, tdm, nofollow]")
        assert found == {
            "/shy-story": ("refused", "noarchive", "noarchive", None, 0),
            "/reserved-story": ("refused", "tdm", None, 1, 0),
            "/dead-end": ("article", "first", "nofollow", None, 1),
        }
        ledger = dict(ask(tmp_path, "select url, outcome || ': ' || reason from urls"))
        assert ledger[f"{site.url}/beyond-the-dead-end"] == "refused: nofollow"
        records = b"".join(gzip.decompress(path.read_bytes()) for path in (tmp_path / "warc").iterdir())
        assert b"<h1>Dead end</h1>" in records
        assert b"<h1>Shy</h1>" not in records
        with Frontier.open(tmp_path) as frontier:
            assert frontier.queued(["mill"]) == {}
        with Archive.open(tmp_path, write=False) as archive:
            assert verify(archive).findings == []
        before = tables(tmp_path)
        listed = sitelist.load(tmp_path / "sites.yml")
        assert rebuild(tmp_path, listed.sites, "test", apply=True, workers=1).lost == 0
        after = tables(tmp_path)
        assert {row[:2] for row in after["captures"]} == {row[:2] for row in before["captures"]}
        assert after["urls"] == before["urls"]
