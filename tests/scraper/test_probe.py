"""A made-up address tells what a host says where there is nothing; and what else a crawl observes."""

from __future__ import annotations

from pathlib import Path

from pipelines.explain import explain
from pipelines.store import Archive
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import Answer, LocalSite, article

SORRY = "We looked in every drawer of the archive and in the cellar too, yet it is not to be had here. "


class Polite(LocalSite):
    """Never says 404: what it does not have is an article-like page of apology, or a way to the front."""

    sends_home = False

    def answer(self, path: str) -> Answer:
        if path in self.pages or path == "/robots.txt":
            return super().answer(path)
        if self.sends_home:
            return Answer(status=302, headers=(("Location", "/"),))
        return Answer(article("Oh dear", SORRY + f"You asked for {path}. "))


def ledger(folder: Path, path: str) -> tuple[str, str, str]:
    (row,) = ask(
        folder,
        "select u.outcome, u.reason, c.evidence from urls u join captures c on c.id = u.capture "
        "where u.url like '%' || ?",
        path,
    )
    return row


def probes(site: LocalSite) -> list[str]:
    return [path for path in site.paths() if "no-such-page" in path]


def test_a_page_with_the_words_of_a_made_up_one_is_a_soft_404(tmp_path: Path) -> None:
    site = Polite()
    with site:
        site.front("/news/a-story-that-is-told", "/news/a-story-that-is-lost")
        site.article("/news/a-story-that-is-told", "A story that is told")
        make(tmp_path, {"mill": f"{site.url}/"})
        first = only(run(tmp_path))
        assert first["archived"] == 1
        outcome, reason, evidence = ledger(tmp_path, "/news/a-story-that-is-lost")
        assert (outcome, reason) == ("withheld", "soft 404")
        assert "of its words are those of the made-up" in evidence
        run(tmp_path)
        assert len(probes(site)) == 1


def test_an_article_that_is_sent_home_like_everything_is_a_soft_404_and_stays(tmp_path: Path) -> None:
    site = Polite()
    with site:
        site.sends_home = True
        site.front("/news/a-story-that-is-told", "/news/a-story-that-is-lost")
        site.article("/news/a-story-that-is-told", "A story that is told")
        make(tmp_path, {"mill": f"{site.url}/"})
        assert only(run(tmp_path))["archived"] == 1
        outcome, reason, evidence = ledger(tmp_path, "/news/a-story-that-is-lost")
        assert (outcome, reason) == ("withheld", "soft 404")
        assert evidence.startswith(f"redirects to {site.url}/, as the made-up")
        assert ask(tmp_path, "select count(*) from articles where gone is null") == [(1,)]


def test_an_honest_host_is_asked_once_and_nothing_is_held_against_it(tmp_path: Path, site: LocalSite) -> None:
    make(tmp_path, {"mill": f"{site.url}/"})
    assert only(run(tmp_path))["archived"] == 3
    assert len(probes(site)) == 1
    assert ask(tmp_path, "select status, text, leads_to from probes") == [(404, "", None)]


def test_robots_txt_may_forbid_the_probe(tmp_path: Path, site: LocalSite) -> None:
    site.robots("User-agent: *\nDisallow: /no-such\n")
    make(tmp_path, {"mill": f"{site.url}/"})
    only(run(tmp_path))
    assert probes(site) == []


def test_doors_and_coverage_are_kept(tmp_path: Path, site: LocalSite) -> None:
    make(tmp_path, {"mill": f"{site.url}/"})
    only(run(tmp_path))
    site.pages["/sitemap.xml"] = Answer(b"<h1>Moved</h1>")
    only(run(tmp_path))
    ((url, entries, misses, problem),) = ask(tmp_path, "select url, entries, misses, problem from doors")
    assert (url, entries, misses) == (f"{site.url}/sitemap.xml", 3, 1)
    assert problem.startswith("no sitemap")
    ((listed, covered, pages),) = ask(tmp_path, "select listed, covered, pages from health")
    assert (listed, covered, pages) == (3, 3, 3)
    assert ask(tmp_path, "select health, told from sites") == [("good", None)]


def test_what_a_news_sitemap_says_of_an_article_is_kept(tmp_path: Path, site: LocalSite) -> None:
    """Title, date and language, as they were before the page was fetched, whatever the page says itself."""
    news = (
        "<news:news><news:publication><news:name>Mill</news:name><news:language>en-GB</news:language>"
        "</news:publication><news:publication_date>2026-03-02T09:30:00+01:00</news:publication_date>"
        "<news:title>Otter in the pond &amp; nobody saw it</news:title></news:news>"
    )
    page = f"{site.url}/news/otter-seen-in-the-pond"
    site.pages["/sitemap.xml"] = Answer(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        f"<url><loc>{page}</loc>{news}</url></urlset>".encode()
    )
    make(tmp_path, {"mill": f"{site.url}/"})
    only(run(tmp_path))
    assert ask(tmp_path, "select url, found_on, title, published, language from announcements") == [
        (
            page, f"{site.url}/sitemap.xml", "Otter in the pond & nobody saw it", "2026-03-02T08:30:00Z",
            "en-GB",
        )
    ]  # fmt: skip
    with Archive.open(tmp_path, write=False) as archive:
        said = [event.said for event in explain(archive, page).events]
    assert any("Otter in the pond & nobody saw it" in line for line in said)


def test_under_run_max_pages_is_for_the_day(tmp_path: Path, site: LocalSite) -> None:
    make(tmp_path, {"mill": f"{site.url}/"}, max_pages=2)
    assert only(run(tmp_path, due_only=1))["archived"] == 2
    assert only(run(tmp_path, due_only=1))["archived"] == 0
    assert only(run(tmp_path))["archived"] == 1


def test_an_attempt_that_came_to_nothing_is_remembered(tmp_path: Path, site: LocalSite) -> None:
    site.robots("User-agent: *\nDisallow: /news/mill\n")
    make(tmp_path, {"mill": f"{site.url}/"})
    only(run(tmp_path))
    with Archive.open(tmp_path, write=False) as archive:
        story = explain(archive, f"{site.url}/news/mill-opens-its-doors")
    assert [event.said for event in story.events if event.what == "tried"] == ["refused: robots (crawl 1)"]
