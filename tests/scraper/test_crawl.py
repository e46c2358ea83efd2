"""Whole crawls of small sites on loopback, each in a process of its own."""

from __future__ import annotations

import gzip
from collections import Counter
from itertools import pairwise
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from tests.scraper.crawling import ask, contents, make, only, run
from tests.scraper.localsite import OLD, Answer, LocalSite, article


def ledger(folder: Path, site: LocalSite) -> dict[str, tuple[str, str]]:
    rows = ask(folder, "select url, outcome, reason from urls")
    return {url.removeprefix(site.url): (outcome, reason) for url, outcome, reason in rows}


class TestComingBack:
    def test_all_articles_then_no_article_page(self, tmp_path: Path, site: LocalSite) -> None:
        folder = make(tmp_path, {"mill": site.url + "/"})
        first = only(run(folder))
        assert (first["archived"], first["failed"], first["error"]) == (3, [], None)
        site.asked.clear()
        again = only(run(folder))
        assert (again["archived"], again["new_revisions"], again["found"]) == (0, 0, 0)
        assert sorted(site.paths()) == ["/", "/robots.txt", "/sitemap.xml"]
        assert all("If-None-Match" in asked.headers for asked in site.asked)
        assert contents(folder).total() == 3

    def test_corrected_new_gone_and_moved(self, tmp_path: Path, site: LocalSite) -> None:
        folder = make(tmp_path, {"mill": site.url + "/"})
        run(folder)
        site.article("/news/bridge-to-be-repaired", "Bridge to be repaired by May")
        site.article("/news/fair-in-the-market", "Fair in the market", "The fair is here. ")
        site.pages["/news/mill-opens-its-doors"] = Answer(b"gone", 410)
        site.pages["/news/pond-otter"] = site.pages["/news/otter-seen-in-the-pond"]
        site.pages["/news/otter-seen-in-the-pond"] = Answer(
            status=301, headers=(("Location", "/news/pond-otter"),)
        )
        site.sitemap({"/news/bridge-to-be-repaired": "2020-03-09T09:00:00Z", "/news/fair-in-the-market": OLD,
                      "/news/pond-otter": OLD})  # fmt: skip
        second = only(run(folder))
        assert (second["archived"], second["new_revisions"], second["gone"]) == (1, 1, 1)
        assert Counter(ask(folder, "select change from revisions where ordinal > 1")) == {
            ("headline",): 1,
            ("withdrawn",): 1,
        }
        assert ask(folder, "select count(*) from articles") == [(4,)]
        moved = ask(folder, "select leads_to from urls where url like '%otter-seen%'")
        assert moved == [(site.url + "/news/pond-otter",)]

    def test_page_budget_leaves_the_rest_queued(self, tmp_path: Path, site: LocalSite) -> None:
        folder = make(tmp_path, {"mill": site.url + "/"})
        assert only(run(folder, max_pages=1))["archived"] == 1
        assert only(run(folder, max_pages=5))["archived"] == 2


class TestRobots:
    def test_refused_pages_are_never_asked_for(self, tmp_path: Path, site: LocalSite) -> None:
        site.robots("User-agent: *\nDisallow: /news/mill\n")
        folder = make(tmp_path, {"mill": site.url + "/"})
        report = only(run(folder))
        assert "/news/mill-opens-its-doors" not in site.paths()
        assert ledger(folder, site)["/news/mill-opens-its-doors"] == ("refused", "robots")
        assert {"outcome": "refused", "reason": "robots", "count": 1} in report["left_out"]
        site.robots("User-agent: *\nDisallow:\n")
        assert only(run(folder))["archived"] == 1

    def test_silence_closes_the_site_and_spares_the_others(self, tmp_path: Path, site: LocalSite) -> None:
        with LocalSite() as other:
            other.pages["/robots.txt"] = Answer(b"", 503)
            folder = make(tmp_path, {"mill": site.url + "/", "other": other.url + "/"})
            mill, closed = run(folder)["sites"]
            assert (mill["archived"], mill["error"]) == (3, None)
            assert closed["error"] == "robots.txt cannot be read (HTTP 503)"
            assert set(other.paths()) == {"/robots.txt"}
            other.front("/news/a-first-story-of-ours")
            other.article("/news/a-first-story-of-ours", "A first story of ours")
            other.robots("")
            assert run(folder)["sites"][1]["archived"] == 1

    def test_last_good_copy_rules_while_robots_is_away(self, tmp_path: Path, site: LocalSite) -> None:
        site.robots("User-agent: *\nDisallow: /news/mill\n")
        folder = make(tmp_path, {"mill": site.url + "/"})
        run(folder)
        site.pages["/robots.txt"] = Answer(b"", 500)
        site.front("/news/mill-opens-its-doors", "/news/otter-seen-in-the-pond")
        assert only(run(folder))["archived"] == 1
        assert "/news/mill-opens-its-doors" not in site.paths()

    def test_missing_robots_allows_all(self, tmp_path: Path, site: LocalSite) -> None:
        del site.pages["/robots.txt"]
        folder = make(tmp_path, {"mill": site.url + "/"})
        assert only(run(folder))["archived"] == 2


class TestTrouble:
    def test_unreachable_site_is_told_and_the_other_goes_on(self, tmp_path: Path, site: LocalSite) -> None:
        folder = make(tmp_path, {"dead": "http://127.0.0.1:9/", "mill": site.url + "/"})
        dead, mill = run(folder)["sites"]
        assert dead["error"] == "robots.txt cannot be read (connection refused)"
        assert mill["archived"] == 3

    def test_private_address_is_refused(self, tmp_path: Path, site: LocalSite) -> None:
        folder = make(tmp_path, {"mill": site.url + "/"}, allow_private="false")
        report = only(run(folder))
        assert site.asked == []
        assert "not a public address" in report["error"]

    def test_name_that_resolves_to_a_private_address_is_refused(
        self, tmp_path: Path, site: LocalSite
    ) -> None:
        folder = make(
            tmp_path, {"mill": site.url.replace("127.0.0.1", "localhost") + "/"}, allow_private="false"
        )
        report = only(run(folder))
        assert site.asked == []
        assert "not a public address" in report["error"]

    def test_busy_host_gets_its_rest(self, tmp_path: Path, site: LocalSite) -> None:
        page = site.answer("/news/bridge-to-be-repaired")
        busy = Answer(b"", 429, (("Retry-After", "1"),))
        site.pages["/news/bridge-to-be-repaired"] = [busy, page]
        folder = make(tmp_path, {"mill": site.url + "/"})
        assert only(run(folder))["archived"] == 3
        refused = next(n for n, asked in enumerate(site.asked) if asked.path == "/news/bridge-to-be-repaired")
        assert site.asked[refused + 1].at - site.asked[refused].at >= 1.0

    def test_error_that_passes_is_tried_again(self, tmp_path: Path, site: LocalSite) -> None:
        page = site.answer("/news/bridge-to-be-repaired")
        site.pages["/news/bridge-to-be-repaired"] = [Answer(b"", 500), page]
        folder = make(tmp_path, {"mill": site.url + "/"})
        report = only(run(folder))
        assert (report["archived"], report["failed"]) == (3, [])

    def test_page_beyond_the_limit_is_cut_and_told(self, tmp_path: Path, site: LocalSite) -> None:
        site.pages["/news/mill-opens-its-doors"] = Answer(article("Huge") + b" " * 3_000_000)
        folder = make(tmp_path, {"mill": site.url + "/"})
        report = only(run(folder, largest=200_000))
        assert report["archived"] == 2
        assert ledger(folder, site)["/news/mill-opens-its-doors"] == ("failed", "truncated: length")

    def test_strange_pages_end_in_the_ledger(self, tmp_path: Path, site: LocalSite) -> None:
        site.pages["/news/bridge-to-be-repaired"] = Answer(b"")
        site.pages["/news/mill-opens-its-doors"] = Answer(b"<div>" * 100_000)
        site.pages["/sitemap.xml"] = Answer(b"<html><p>Not what you think</p></html>")
        report = only(run(make(tmp_path, {"mill": site.url + "/"})))
        entries = ledger(tmp_path, site)
        assert entries["/news/bridge-to-be-repaired"] == ("failed", "empty")
        assert entries["/news/mill-opens-its-doors"][0] == "not an article"
        assert any("sitemap" in note for note in report["notes"])

    def test_redirects_out_of_scope_and_in_circles(self, tmp_path: Path, site: LocalSite) -> None:
        circle = Answer(status=302, headers=(("Location", "/news/bridge-to-be-repaired"),))
        site.pages["/news/bridge-to-be-repaired"] = circle
        away = Answer(status=302, headers=(("Location", "http://192.168.7.7/admin"),))
        site.pages["/news/mill-opens-its-doors"] = away
        report = only(run(make(tmp_path, {"mill": site.url + "/"})))
        assert {"reason": "redirect loop", "count": 1} in report["failed"]
        assert ask(tmp_path, "select outcome from urls where url = 'http://192.168.7.7/admin'") == [
            ("refused",)
        ]


class TestPoliteness:
    def test_delay_is_kept_and_a_slow_site_holds_up_no_other(self, tmp_path: Path, site: LocalSite) -> None:
        site.wait = 0.25
        with LocalSite(dict(site.pages)) as quick:
            quick.pages["/robots.txt"] = Answer(b"")
            folder = make(tmp_path, {"mill": site.url + "/", "quick": quick.url + "/"}, delay=0.4)
            report = run(folder)
            assert [entry["archived"] for entry in report["sites"]] == [3, 2]
            for served in (site, quick):
                times = [asked.at for asked in served.asked]
                assert all(later - sooner >= 0.3 for sooner, later in pairwise(times))
            assert quick.asked[-1].at < site.asked[-1].at

    def test_two_sites_at_one_address_share_its_budget(self, tmp_path: Path, site: LocalSite) -> None:
        other = site.url.replace("127.0.0.1", "localhost")
        folder = make(tmp_path, {"mill": site.url + "/", "twin": other + "/"}, delay=0.4)
        assert [entry["failed"] for entry in run(folder)["sites"]] == [[], []]
        assert {asked.headers["Host"] for asked in site.asked} == {site.url[7:], other[7:]}
        times = [asked.at for asked in site.asked]
        assert all(later - sooner >= 0.3 for sooner, later in pairwise(times))

    def test_a_rest_asked_for_by_the_probe_is_kept_by_the_page(self, tmp_path: Path, site: LocalSite) -> None:
        class Busy(LocalSite):
            def answer(self, path: str) -> Answer:
                busy = Answer(b"", 503, (("Retry-After", "2"),))
                return busy if path.startswith("/no-such-page-") else super().answer(path)

        with Busy(dict(site.pages)) as busy:
            busy.robots("")
            only(run(make(tmp_path, {"mill": busy.url + "/"})))
            [probe] = [n for n, path in enumerate(busy.paths()) if path.startswith("/no-such-page-")]
            assert busy.asked[probe + 1].at - busy.asked[probe].at >= 2

    def test_a_long_rest_asked_for_by_the_probe_leaves_the_host_to_the_next_crawl(
        self, tmp_path: Path, site: LocalSite
    ) -> None:
        class Busy(LocalSite):
            def answer(self, path: str) -> Answer:
                busy = Answer(b"", 503, (("Retry-After", "3600"),))
                return busy if path.startswith("/no-such-page-") else super().answer(path)

        with Busy(dict(site.pages)) as busy:
            busy.robots("")
            report = only(run(make(tmp_path, {"mill": busy.url + "/"})))
            assert busy.paths()[-1].startswith("/no-such-page-")
            assert report["error"] == "its host asks to be left alone for a while"
            assert report["queued"] == 2
            busy.asked.clear()
            run(tmp_path)
            assert busy.paths() == []

    def test_we_say_who_we_are(self, tmp_path: Path, site: LocalSite) -> None:
        run(make(tmp_path, {"mill": site.url + "/"}))
        assert {asked.headers["User-Agent"] for asked in site.asked} == {
            "newsarchive/0.1 (+someone@example.org)"
        }
        assert not any({"Cookie", "Referer"} & asked.headers.keys() for asked in site.asked)


class TestRecord:
    def test_warc_holds_what_crossed_the_wire(self, tmp_path: Path, site: LocalSite) -> None:
        packed = gzip.compress(article("Bridge to be repaired"))
        headers = (
            ("content-TYPE", "text/html"),
            ("X-Thing", "one"),
            ("Content-Encoding", "gzip"),
            ("X-Thing", "two"),
        )
        site.pages["/news/bridge-to-be-repaired"] = Answer(packed, headers=headers, phrase="Very Well")
        site.pages["/news/mill-opens-its-doors"] = Answer(b"no", 404)
        assert only(run(make(tmp_path, {"mill": site.url + "/"})))["archived"] == 2
        records = responses(tmp_path)
        assert set(records) == {site.url + path for path in site.paths()}
        head, _, body = records[site.url + "/news/bridge-to-be-repaired"].partition(b"\r\n\r\n")
        assert body == packed
        lines = head.split(b"\r\n")
        assert lines[0] == b"HTTP/1.1 200 Very Well"
        wanted = [
            line for line in lines if line.lower().startswith((b"content-type", b"x-thing", b"content-enc"))
        ]
        assert wanted == [
            b"content-TYPE: text/html",
            b"X-Thing: one",
            b"Content-Encoding: gzip",
            b"X-Thing: two",
        ]
        assert not list((tmp_path / "warc").glob("*.open"))


def responses(folder: Path) -> dict[str, bytes]:
    """URL -> HTTP block of each response record, and of revisits: the same payload is kept once."""
    found = {}
    kinds = WarcRecordType.response | WarcRecordType.revisit
    for path in sorted((folder / "warc").glob("*.warc.gz*")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=kinds, parse_http=False):
                found[record.headers["WARC-Target-URI"]] = record.reader.read()
    return found


def test_unknown_site_is_named(tmp_path: Path) -> None:
    report = run(make(tmp_path, {"mill": "http://127.0.0.1:9/"}), only="mil")
    assert (report["error"], report["exit"]) == ("SiteListError", 3)
    assert "'mill'" in report["says"]
