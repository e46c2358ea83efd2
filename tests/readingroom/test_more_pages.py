"""The article's whole story, the sites, the crawls, what programs are told: each page and its JSON."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from readingroom.pages import about, sites, status
from readingroom.pages.article import ELSEWHERE
from readingroom.serve import datasette
from tests.readingroom.archive import VALLEY, Piece, add, build, only
from tests.readingroom.conftest import Get, asker

JSON = [
    "/front.json", "/search.json", "/search.json?q=lamp", "/concordance.json?q=lamp", "/timeline.json?q=lamp",
    "/compare.json?q=lamp", "/changed.json", "/article/1.json", "/article/1/versions.json", "/sites.json",
    "/sites/courier.json", "/status.json", "/about.json",
]  # fmt: skip


@pytest.mark.parametrize("path", JSON)
def test_every_page_tells_itself_as_json(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["archive"] == "A news archive"
    assert "access-control-allow-origin" not in answer.headers


def test_pages_lead_to_their_json(get: Get) -> None:
    for page, told in (
        ("/", "/front.json"),
        ("/search?q=a&site=b", "/search.json?q=a&site=b"),
        ("/article/1", "/article/1.json"),
    ):
        assert [
            link["href"]
            for link in get(page).soup.select(".foot a")
            if link.get_text() == "This page as JSON"
        ] == [told]


def test_the_json_of_a_search_leads_through_all_of_it(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readingroom.pages.search.PAGE", 4)
    for order in ("best", "newest", "oldest"):
        seen = []
        path: str | None = f"/search.json?q=the&order={order}"
        while path:
            told = get(path).json()
            seen += [article["id"] for article in told["articles"]]
            path = told["next"] and told["next"].removeprefix("http://localhost")
        assert len(seen) == len(set(seen)) == told["count"] == 7


def test_an_article_tells_all(get: Get) -> None:
    told = get("/article/1.json").json()
    assert told["authors"] == ["Ines Harrow", "Tom Adeyemi"]
    assert told["text"].startswith("For the first time")
    assert [version["ordinal"] for version in told["versions"]] == [3, 2, 1]
    assert told["source"]["headers"] == [["Content-Type", "text/html; charset=utf-8"], ["Server", "invented"]]
    assert told["source"]["chain"] == ["https://courier.example/h/4417"]
    assert len(told["captures"]) == 3
    assert {block["reason"] for block in told["removed_blocks"]} == {
        "share",
        "newsletter",
        "related",
        "comments",
    }


def test_the_html_of_a_hostile_article_is_sanitised_in_json_too(get: Get) -> None:
    told = get("/article/13.json").json()
    assert "<script" not in told["html"]
    assert "<img" not in told["html"]


def test_headers_are_shown_as_received(get: Get) -> None:
    assert [item.get_text() for item in get("/article/1").soup.select(".headers dt")] == [
        "Content-Type",
        "Server",
    ]


def test_times_are_those_of_the_site_and_utc(get: Get) -> None:
    facts = get("/article/9").one(".article .facts").get_text(" ")
    assert "9 November 2026, 13:00 UTC+1" in facts
    assert "12:00 UTC" in facts
    assert "10 November 2026, 11:00 UTC+3" in get("/article/10").one(".article .facts").get_text(" ")


def test_pictures_are_fetched_only_when_asked_for(get: Get) -> None:
    page = get("/article/1")
    assert not page.soup.select("img")
    assert "img-src 'self';" in page.headers["content-security-policy"]
    asked = get("/article/1?pictures=1")
    assert asked.one("figure img")["src"] == "https://courier.example/img/lamp.jpg"
    assert asked.one("figure img")["referrerpolicy"] == "no-referrer"
    assert "img-src 'self' https://courier.example;" in asked.headers["content-security-policy"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://a.example; script-src *",
        "https://a b/",
        "https://[::1",
        "http://",
        "",
        "data:x",
    ],
)
def test_no_address_of_a_picture_writes_the_policy(tmp_path: Path, url: str) -> None:
    path = build(tmp_path, hostile=False)
    piece = Piece(
        "courier", "p", "", "2026-01-01", only("2026-01-01T00:00:00Z", "P", "", "P."), image=(url, "", "")
    )
    number = add(path, piece)
    live = datasette(tmp_path)
    asyncio.run(live.invoke_startup())
    policy = asker(live)(f"/article/{number}?pictures=1").headers["content-security-policy"]
    assert "img-src 'self';" in policy
    assert policy.count(";") == 5
    live.get_database("archive").close()


def test_the_same_story_elsewhere(tmp_path: Path) -> None:
    path = build(tmp_path, hostile=False)
    words = only("2026-01-01T00:00:00Z", "Same", "", "The same words in two papers.")
    first = add(path, Piece("courier", "same", "", "2026-01-01", words))
    second = add(path, Piece("talbote", "also", "", "2026-01-02", words), VALLEY)
    live = datasette(tmp_path)
    asyncio.run(live.invoke_startup())
    get = asker(live)
    [link] = get(f"/article/{first}").soup.select("[aria-labelledby=elsewhere] a")
    assert link["href"] == f"/article/{second}"
    assert [other["id"] for other in get(f"/article/{second}.json").json()["elsewhere"]] == [first]
    assert get("/article/1.json").json()["elsewhere"] == []
    live.get_database("archive").close()


def test_versions_side_by_side(get: Get) -> None:
    page = get("/article/1/versions?old=1&new=3&view=side")
    columns = page.soup.select(".beside .prose")
    assert len(columns) % 2 == 0
    assert not [mark for column in columns[0::2] for mark in column.select("ins")]
    assert not [mark for column in columns[1::2] for mark in column.select("del")]
    assert "ten winters" in columns[0].get_text().replace("\n", "")
    assert "eleven winters" in columns[1].get_text().replace("\n", "")
    told = get("/article/1/versions.json?old=1&new=3").json()["difference"]
    assert {"mark": "removed", "text": "ten "} in told["passages"][0]["paragraphs"][0]


# Sites and crawls.


def test_sites_are_listed_with_their_ledger(get: Get) -> None:
    told = {site["key"]: site for site in get("/sites.json").json()["sites"]}
    assert told["courier"]["articles"] == 7
    assert told["courier"]["ledger"] == {"article": 7, "duplicate": 2, "gone": 1}
    assert told["talbote"]["earliest"] == "2026-11-09T12:00:00Z"
    assert "The Saltmere Courier" in get("/sites").one("h2").get_text()


def test_a_site_shows_its_coverage_and_its_captures(get: Get) -> None:
    told = get("/sites/courier.json").json()
    assert told["articles"] == {"2026-09": 1, "2026-10": 1, "2026-11": 5}
    assert told["captures"]["2026-11-14"] == 2
    assert told["year"] == 2026
    page = get("/sites/courier")
    assert len(page.soup.select(".calendar table")) == 12
    square = page.one(".calendar td.level-1 a")
    assert square["href"] == "/sites/courier/2026-09-20"
    assert len(get(str(square["href"])).soup.select("tbody tr")) == 1
    assert get("/sites/nowhere").status == 404


def test_a_site_tells_its_gaps_health_and_licence(tmp_path: Path) -> None:
    path = build(tmp_path, hostile=False)
    add(path, Piece("courier", "old", "", "2026-06-01", only("2026-06-01T00:00:00Z", "Old", "", "Old.")))
    live = datasette(tmp_path)
    asyncio.run(live.invoke_startup())
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "update sites set health = 'silent', why = 'no article for a week', licence = 'CC BY' "
            "where key = 'courier'"
        )
        for day, listed, covered in (("2026-11-20", 12, 9), ("2026-11-19", 3, 1)):
            counted = dict.fromkeys(("seen", "fetched", "new", "changed", "refused", "failed", "walls"), 0)
            Database(db).table("health").insert(
                {"site": "courier", "day": day, **counted, "dated": 0, "signed": 0, "reasons": "{}",
                 "listed": listed, "covered": covered}
            )  # fmt: skip
    ask = asker(live)
    assert ask("/sites/courier.json").json()["gaps"] == ["2026-07", "2026-08"]
    told = {site["key"]: site for site in ask("/sites.json").json()["sites"]}["courier"]
    assert (told["months"], told["gaps"], told["listed"], told["covered"]) == (6, 2, 12, 9)
    page = " ".join(ask("/sites").one("main").get_text().split())
    for words in ("health: silent (no article for a week)", "licence: CC BY", "nothing from 2 months of 6",
                  "9 of 12 listed addresses fetched"):  # fmt: skip
        assert words in page
    shown = ask("/sites/courier").one("main").get_text()
    assert "silent (no article for a week)" in shown
    assert "Nothing from July 2026 to August 2026." in shown
    live.get_database("archive").close()


def test_a_calendar_has_every_day_once() -> None:
    year = sites.months(2024, {"2024-02-29": 12})
    days = [day for _, weeks in year for week in weeks for day in week if day]
    assert len(days) == 366
    assert [day.level for day in days if day.captures] == [2]
    assert days[59].date == "2024-02-29"


@pytest.mark.parametrize("year", ["1999", "99999", "x", ""])
def test_odd_years_fall_back(get: Get, year: str) -> None:
    assert get(f"/sites/courier.json?year={year}").json()["year"] == 2026


def test_crawls_and_the_ledger_are_told(get: Get, folder: Path) -> None:
    told = get("/status.json").json()
    assert told["crawls"][0]["archived"] == 12
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        assert (
            sum(row["addresses"] for row in told["ledger"])
            == connection.execute("select count(*) from urls").fetchone()[0]
        )
    assert "finished after 3 min 12 s" in get("/status").text


def test_lengths_and_sizes_in_words() -> None:
    assert status.lasted("2026-11-20T07:00:00Z", "2026-11-20T09:05:00Z") == "2 h 5 min"
    assert status.lasted("2026-11-20T07:00:00Z", None) == ""
    assert [status.size(count) for count in (0, 999, 1500, 48_211_000, 5 * 10**12)] == [
        "0 bytes", "999 bytes", "1.5 kB", "48.2 MB", "5.0 TB",
    ]  # fmt: skip


# For programs.


@pytest.mark.parametrize(("title", "sql"), about.EXAMPLES)
def test_the_examples_run(folder: Path, title: str, sql: str) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        assert connection.execute(sql).fetchall(), title


@pytest.mark.parametrize("path", [path for path, _ in about.ADDRESSES])
def test_the_addresses_answer(get: Get, path: str) -> None:
    assert get(path).status == 200


def test_about_names_every_table(get: Get) -> None:
    page = get("/about")
    assert "removed_blocks" in [code.get_text() for code in page.soup.select("summary code")]
    assert get("/about.json").json()["limits"] == {"sql_time_limit_ms": 2000, "max_returned_rows": 1000}


@pytest.mark.parametrize("sql", [ELSEWHERE, sites.CAPTURED, sites.CAPTURES, status.CRAWLS])
def test_these_go_by_index(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        values = {"id": 1, "site": "courier", "year": "2026"}
        plan = [row[3] for row in connection.execute(f"explain query plan {sql}", values)]
    assert not [
        step for step in plan if step in ("SCAN a", "SCAN revisions", "SCAN captures", "SCAN articles")
    ], plan
