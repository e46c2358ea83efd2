"""The pages, asked through Datasette as a browser would."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from datasette.app import Datasette

from readingroom.pages import front as front_page
from readingroom.pages import search as search_page
from readingroom.pages.changed import LATEST_CHANGES, NEW_HEADLINES
from readingroom.question import Question, Statement
from readingroom.serve import datasette
from tests.readingroom.archive import Piece, Version, add, build, only
from tests.readingroom.conftest import Get, asker

PAGES = [
    "/",
    "/search",
    "/search?q=lamp",
    "/search?q=the&site=courier&order=oldest",
    "/concordance",
    "/concordance?q=the",
    "/timeline",
    "/timeline?q=the&scale=thousand",
    "/compare",
    "/compare?q=the&site=courier&q=die",
    "/changed",
    "/sites",
    "/sites/courier",
    "/sites/hostile",
    "/status",
    "/about",
    "/article/1",
    "/article/1/versions",
    "/article/13",
    "/article/1/versions?view=side",
    "/article/13/versions",
]
HOSTILE = 13


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_script_or_reaches_out(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not answer.soup.select(
        "script:not([type='application/ld+json']), style, iframe, img, object, "
        "[style], [onload], [onerror], [onclick]"
    )
    for link in answer.soup.select("link[href]"):
        assert str(link["href"]).startswith("/")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_title_a_heading_and_a_way_to_the_text(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.one("title").get_text()
    assert len(answer.soup.select("h1")) == 1
    assert answer.one("a.skip")["href"] == "#main"
    assert answer.one("main#main")
    labels = {str(label["for"]) for label in answer.soup.select("label[for]")}
    for field in answer.soup.select("input:not([type=hidden]), select"):
        assert field.get("id") in labels or field.find_parent("label")


def test_static_files_are_served(get: Get) -> None:
    for path in ("/", "/archive"):
        for link in get(path).soup.select('link[rel="stylesheet"][href*="static-plugins"]'):
            answer = get(str(link["href"]))
            assert answer.status == 200
            assert "text/css" in answer.headers["content-type"]


def test_front_says_what_is_in_the_archive(get: Get) -> None:
    answer = get("/")
    contents = answer.one(".contents").get_text(" ", strip=True)
    assert "14 articles" in contents
    assert "4 sites" in contents
    assert "19 November 2026" in contents
    assert "last crawl 20 November 2026, 07:03 UTC" in contents
    assert answer.one(".newest h3").get_text() == "Lighthouse turns again after eleven dark winters"
    assert "The Saltmere Courier" in answer.one('[aria-labelledby="sites"]').get_text()


def test_search_finds_and_marks(get: Get) -> None:
    answer = get("/search?q=foundry")
    assert answer.one("h2#found").get_text() == "1 article"
    assert [mark.get_text() for mark in answer.soup.select(".passage mark")] == ["foundry"]
    assert answer.one(".entry h3 a")["href"] == "/article/1"


def test_search_marks_the_headline(get: Get) -> None:
    assert get("/search?q=title:lighthouse").one("h3 mark").get_text() == "Lighthouse"


def test_a_word_that_is_nowhere_finds_nothing(get: Get) -> None:
    answer = get("/search?q=nowhereinthisarchive")
    assert answer.one("h2#found").get_text() == "0 articles"
    assert not answer.soup.select(".entry")


def test_search_by_author_site_and_date(get: Get) -> None:
    author = quote('author:"Tom Adeyemi"')
    assert len(get(f"/search?q={author}").soup.select(".entry")) == 3
    assert len(get("/search?site=talbote").soup.select(".entry")) == 2
    assert len(get("/search?q=lamp&site=talbote").soup.select(".entry")) == 0
    dates = [str(time["datetime"]) for time in get("/search?q=the&order=newest").soup.select(".entry time")]
    assert len(dates) > 2
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize(
    "query", ['"', "'", "(((", "a* OR", "NEAR(", "title:", "-", "\\", "%", "{}", ";--", "\x00", "é" * 3000]
)
def test_no_punctuation_is_an_error(get: Get, query: str) -> None:
    assert get(f"/search?q={quote(query)}").status == 200


@pytest.mark.parametrize(
    "tail", ["page=0", "page=-1", "page=9999999999999", "page=x", "order=x", "site=x", "page=²"]
)
def test_odd_parameters_fall_back(get: Get, tail: str) -> None:
    assert get(f"/search?q=the&{tail}").status == 200
    assert get(f"/changed?{tail}").status == 200


@pytest.mark.parametrize("page", ["search", "concordance", "timeline", "compare"])
def test_a_date_that_is_none_is_told(get: Get, page: str) -> None:
    path = f"q=the&since=2026-99&until={quote('<b>gestern')}"
    answer = get(f"/{page}?{path}")
    assert [line.get_text() for line in answer.soup.select(".nothing.warn")] == [
        "The filter “From” was left out: “2026-99” is no date. A date is 2024, 2024-03 or 2024-03-15.",
        "The filter “to” was left out: “<b>gestern” is no date. A date is 2024, 2024-03 or 2024-03-15.",
    ]
    field = answer.one("input[name=since]")
    assert (field["value"], field["aria-invalid"]) == ("2026-99", "true"), "it stands there to be mended"
    told = get(f"/{page}.json?{path}").json()
    assert told["ignored"] == {
        "since": "'2026-99' is no date: 2024, 2024-03 or 2024-03-15",
        "until": "'<b>gestern' is no date: 2024, 2024-03 or 2024-03-15",
    }
    assert not get(f"/{page}?q=the&since=2026").soup.select(".nothing.warn, [aria-invalid]")
    assert get(f"/{page}.json?q=the&since=2026").json()["ignored"] == {}


@pytest.mark.parametrize("page", ["search", "compare"])
def test_forms_refuse_what_is_no_date(get: Get, page: str) -> None:
    for field in get(f"/{page}").soup.select("input[name=since], input[name=until]"):
        takes = re.compile(str(field["pattern"])).fullmatch
        assert all(map(takes, ("2024", "2024-03", "2024-12-31")))
        assert not any(map(takes, ("2026-99", "2026-13", "2026-00", "2026-01-32", "2026-01-00", "gestern")))


def test_about_is_no_markdown(get: Get) -> None:
    assert "`" not in get("/about").one("main").get_text()


def test_pages_of_results(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_page, "PAGE", 5)
    seen = []
    path: str | None = "/search"
    while path:
        answer = get(path)
        seen += [str(link["href"]) for link in answer.soup.select(".entry :is(h2, h3) a")]
        onward = answer.soup.select_one('a[rel="next"]')
        path = str(onward["href"]) if onward else None
    assert len(seen) == len(set(seen)) == 14


def test_a_search_that_takes_too_long_says_so(get: Get, served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) as id from n"
    monkeypatch.setattr(Question, "ranked", lambda *_: Statement(endless, {}))
    monkeypatch.setattr(served, "sql_time_limit_ms", 50)
    answer = get("/search?q=lamp")
    assert answer.status == 200
    assert answer.one("h2#found").get_text() == "That search takes too long"


def test_an_article_shows_its_text_and_its_proof(get: Get) -> None:
    answer = get("/article/1")
    assert answer.one("h1").get_text() == "Lighthouse turns again after eleven dark winters"
    assert answer.one(".byline").get_text() == "By Ines Harrow and Tom Adeyemi"
    assert "Published 19 November 2026, 18:40 UTC" in answer.one(".facts").get_text()
    assert len(answer.soup.select(".prose p")) == 5
    assert [str(item["value"]) for item in answer.soup.select(".versions li")] == ["3", "2", "1"]
    proof = answer.one("[aria-labelledby=provenance] .provenance").get_text(" ")
    for fact in ("sha1:", "warc/2026-11-20-00001.warc.gz", "byte 54,012", "status 200", "confidence 0.97"):
        assert fact in proof
    assert len(answer.soup.select(".addresses li")) == 4
    assert len(answer.soup.select(".removed li")) == 4
    assert answer.one('a[href="/archive/articles/1"]')


def test_an_article_leads_to_the_live_page_and_the_wayback_machine(get: Get) -> None:
    outward = [str(link["href"]) for link in get("/article/1").soup.select(".article .facts a[rel]")]
    url = "https://courier.example/harbour/lighthouse-turns-again"
    assert outward == [url, f"https://web.archive.org/web/20261120070231/{url}"]


def test_links_of_an_article_lead_somewhere(get: Get) -> None:
    for page in PAGES:
        for link in get(page).soup.select('a[href^="/"]'):
            assert get(str(link["href"])).status == 200, link


def test_other_languages_say_so(get: Get) -> None:
    heading = get("/article/10").one("h1")
    assert heading["lang"] == "ar"
    assert heading["dir"] == "auto"


def test_a_page_that_is_gone_keeps_its_last_text(get: Get) -> None:
    answer = get("/article/6")
    assert "taken this page down" in answer.one(".notice").get_text()
    assert "Lantern bakery" in answer.one(".prose").get_text()
    assert "status 200" in answer.one("[aria-labelledby=provenance] .provenance").get_text()
    tombstone = get("/article/6/versions")
    assert "taken the page down" in tombstone.one(".notice").get_text()
    assert not tombstone.soup.select(".prose")
    assert tombstone.one("h1").get_text() == "Bakery to close after 80 years"
    assert "Bakery to close after 80 years" in get("/changed").text


def test_versions_mark_what_changed(get: Get) -> None:
    answer = get("/article/1/versions?old=1&new=3")
    assert [mark.get_text() for mark in answer.soup.select("h1 del")] == ["ten years of darkness"]
    assert [mark.get_text() for mark in answer.soup.select("h1 ins")] == ["eleven dark winters"]
    assert "£120,000" in [mark.get_text() for mark in answer.soup.select(".prose del")]
    assert "£140,000" in [mark.get_text() for mark in answer.soup.select(".prose ins")]
    assert [str(option["value"]) for option in answer.soup.select("option[selected]")] == ["1", "3"]


def test_versions_are_the_last_two_unless_asked(get: Get) -> None:
    assert [str(o["value"]) for o in get("/article/1/versions").soup.select("option[selected]")] == ["2", "3"]
    assert [
        str(o["value"]) for o in get("/article/1/versions?new=99&old=x").soup.select("option[selected]")
    ] == ["2", "3"]


def test_one_version_alone_has_no_marks(get: Get) -> None:
    answer = get("/article/1/versions?old=1&new=1")
    assert answer.one("h1").get_text() == "Lighthouse turns again after ten years of darkness"
    assert not answer.soup.select("ins, del")


def test_recent_changes_come_newest_first(get: Get) -> None:
    answer = get("/changed")
    seen = [str(time["datetime"]) for time in answer.soup.select(".entry time")]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7
    assert answer.one(".entry h2 del").get_text() == "years of darkness"


def test_new_headlines_alone(get: Get) -> None:
    every, headlines = get("/changed.json").json(), get("/changed.json?only=headlines").json()
    told = [change for change in every["changes"] if change["title"] != change["title_before"]]
    assert headlines["changes"] == told
    assert 0 < len(told) < len(every["changes"])
    page = get("/changed?only=headlines")
    assert len(page.soup.select("article.entry")) == len(told)
    assert page.one(".choices [aria-current]").get_text() == "New headlines"


@pytest.mark.parametrize("path", ["/nowhere", "/archive/nowhere", "/archive/articles/999"])
def test_where_nothing_is_a_page_of_ours_says_so(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status == 404
    assert answer.one("html")["lang"] == "en"
    assert answer.one("form.search")
    told = get(path + ".json")
    assert (told.status, told.json()["ok"]) == (404, False)


@pytest.mark.parametrize("path", ["/article/999", "/article/999/versions", "/article/999999999999999999"])
def test_what_is_not_there_is_404_in_words(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status == 404
    assert "There is no article 999" in answer.one("main").get_text()


@pytest.mark.parametrize(
    "path",
    [f"/article/{HOSTILE}", f"/article/{HOSTILE}/versions", "/search?q=hostile", "/changed", "/", "/sites",
     "/sites/hostile", "/status", "/compare?q=hostile&site=hostile", "/concordance?q=hostilebody",
     f"/article/{HOSTILE}/versions?view=side"],
)  # fmt: skip
def test_hostile_text_is_only_text(get: Get, path: str) -> None:
    answer = get(path)
    assert "window.hurt" in answer.text
    assert not answer.soup.select(
        "script:not([type='application/ld+json']), iframe, img, meta[http-equiv], [onerror], [onload]"
    )
    for link in answer.soup.select("[href], [action]"):
        assert re.match(r"/|#|https?://", str(link.get("href") or link["action"])), link


def test_plain_datasette_is_still_there(get: Get) -> None:
    assert get("/archive").one("h1").get_text(strip=True) == "archive"
    table = get("/archive/articles")
    assert table.one(".room-doors a")["href"] == "/"
    assert len(table.soup.select("tbody tr")) == 14
    told = get("/.json").json()  # 1.0 lists the databases; 0.65 has them by name
    assert [database["name"] for database in told.get("databases") or told.values()] == ["archive"]
    assert get("/archive.json?sql=select+1+as+one&_shape=array").json() == [{"one": 1}]


def test_greedy_sql_is_refused(get: Get) -> None:
    answer = get("/archive.json?sql=select+hex(zeroblob(200000000))")
    assert answer.status == 400
    assert "too big" in answer.text
    assert get("/archive.json?sql=select+length(hex(zeroblob(1000000)))").status == 200


def test_the_file_is_not_for_download(get: Get) -> None:
    assert get("/archive.db").status == 403


@pytest.mark.parametrize("path", ["/", "/search", "/article/1", "/article/1/versions", "/changed"])
def test_a_reader_who_may_not_see_the_database_sees_no_page(folder: Path, path: str) -> None:
    closed = Datasette([str(folder / "archive.db")], metadata={"databases": {"archive": {"allow": False}}})
    asyncio.run(closed.invoke_startup())
    assert asker(closed)(path).status == 403


def test_an_empty_archive_says_how_to_begin(tmp_path: Path) -> None:
    path = build(tmp_path, hostile=False)
    with closing(sqlite3.connect(path)) as connection:
        for table in ("revisions", "captures", "urls", "articles", "sites", "crawls"):
            connection.execute(f"delete from {table}")
        connection.commit()
    empty = datasette(tmp_path)
    asyncio.run(empty.invoke_startup())
    get = asker(empty)
    assert "newsarchive add" in get("/").one(".nothing").get_text()
    for page in ("/search", "/changed", "/archive/articles"):
        assert get(page).status == 200
    empty.get_database("archive").close()


def test_a_returned_article_is_set_beside_its_last_text(tmp_path: Path) -> None:
    versions = (
        Version("2026-01-01T00:00:00Z", "first", "Here", "", ("It was here.",)),
        Version("2026-01-02T00:00:00Z", "withdrawn", "", "", ()),
        Version("2026-01-03T00:00:00Z", "returned", "Here", "", ("It is here.",)),
    )
    path = build(tmp_path, hostile=False)
    number = add(path, Piece("courier", "returned", "", "2026-01-01T00:00:00Z", versions))
    live = datasette(tmp_path)
    asyncio.run(live.invoke_startup())
    shown = asker(live)(f"/article/{number}/versions")
    assert [mark.get_text() for mark in shown.soup.select(".prose :is(del, ins)")] == ["was", "is"]
    live.get_database("archive").close()


def test_a_datasette_without_an_archive_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("create table t (a)")
    other = Datasette([str(tmp_path / "other.db")])
    asyncio.run(other.invoke_startup())
    get = asker(other)
    assert get("/search").status == 404
    assert "nosniff" not in str(get("/").headers)
    assert not get("/").soup.select(".room-doors, link[href*='plain.css']")


def test_pages_under_another_base(folder: Path) -> None:
    moved = Datasette([str(folder / "archive.db")], settings={"base_url": "/news/"})
    asyncio.run(moved.invoke_startup())
    get = asker(moved)
    for page in ("/", "/search?q=lamp", "/archive"):
        answer = get(page)
        assert answer.status == 200
        for link in answer.soup.select('[href^="/"]'):
            assert str(link["href"]).startswith("/news/")
            assert "/news/news/" not in str(link["href"])


@pytest.mark.parametrize(
    "sql",
    [
        front_page.DIRECTORY,
        front_page.CONTENTS,
        front_page.LAST_CRAWL,
        front_page.NEWEST,
        LATEST_CHANGES,
        NEW_HEADLINES,
    ],
)
def test_pages_never_read_a_whole_table_of_articles(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        values = {"most": 5, "shown": 5}
        plan = [row[3] for row in connection.execute(f"explain query plan {sql}", values)]
    tables = re.compile(r"SCAN (a|articles|r|revisions|before|urls)$")  # without "USING INDEX" behind it
    assert not [step for step in plan if tables.match(step)], plan


def test_a_crawl_that_writes_is_seen_at_once(tmp_path: Path) -> None:
    path = build(tmp_path)
    live = datasette(tmp_path)
    asyncio.run(live.invoke_startup())
    get = asker(live)
    assert get("/search?q=zeppelin").one("h2#found").get_text() == "0 articles"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("begin immediate")
        writer.execute("update sites set last_crawl = '2026-11-21T00:00:00Z'")
        assert get("/").status == 200, "a reader waits for no writer"
        writer.rollback()
    text = only("2026-11-21T08:05:00Z", "A zeppelin at noon", "", "It was a zeppelin.")
    number = add(path, Piece("courier", "zeppelin", "", "2026-11-21T08:00:00Z", text))
    assert get("/search?q=zeppelin").one("h2#found").get_text() == "1 article"
    assert get("/").one(".newest h3").get_text() == "A zeppelin at noon"
    assert get(f"/article/{number}").status == 200
    live.get_database("archive").close()
