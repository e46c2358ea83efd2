"""Eight thousand payloads in every field: no page, file or feed has anything active in it, whatever they try."""

# ruff: noqa: E501 - tables of hostile text

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from readingroom.serve import datasette
from tests.readingroom.conftest import Answer, Get, asker
from tests.readingroom.inertness import active
from tests.readingroom.payloads import PAYLOADS, TOGETHER, build, payloads

ARTICLES = PAYLOADS // TOGETHER
NUMBER = re.compile(r"#(\d+) ")
THEIRS = re.compile(r"evil\.example|\b(hurt|alert|confirm|prompt)[(`]\d")
"""What a script of Datasette's would have in it that a payload got into."""
OURS = "default-src 'none'"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("payloads"))


@pytest.fixture(scope="module")
def ask(hostile: Path) -> Iterator[Get]:
    served = datasette(hostile)
    asyncio.run(served.invoke_startup())
    yield asker(served)
    served.get_database("archive").close()


def inert(answer: Answer, path: str, status: int = 200) -> Answer:
    """The answer, when it is as it should be: an HTML page in which nothing acts, or no HTML."""
    assert answer.status == status, path
    assert answer.headers["x-content-type-options"] == "nosniff"
    kind, policy = answer.headers["content-type"], answer.headers["content-security-policy"]
    if "html" in kind:
        assert not active(answer.text, scripts=None if policy.startswith(OURS) else THEIRS), path
    return answer


def shown(answer: Answer) -> set[int]:
    """Numbers of the payloads that a reader can read in the page."""
    return {int(number) for number in NUMBER.findall(answer.soup.get_text())}


def test_the_payloads_are_what_they_are_said_to_be() -> None:
    every = payloads()
    assert len(set(every)) == len(every) == PAYLOADS
    acting = sum(bool(active(f"<p>{one}</p>")) for one in every)
    assert acting > PAYLOADS // 3  # as they stand, many of them act


def test_articles_and_their_versions(ask: Get) -> None:
    seen: set[int] = set()
    for number in range(1, ARTICLES + 1):
        page = inert(ask(f"/article/{number}"), str(number))
        assert page.headers["content-security-policy"].startswith(OURS)
        seen |= shown(page)
        inert(ask(f"/article/{number}/versions{('', '?view=side', '?old=2&new=2')[number % 3]}"), str(number))
    assert len(seen) > 0.95 * PAYLOADS


PAGES = [
    "/", "/sites", "/status", "/about", "/changed", "/search", "/search?q=common", "/search?q=hurt", "/concordance?q=common",
    "/concordance?q=evil&sort=left", "/timeline?q=common", "/compare?q=common&q=evil", "/article/1?pictures=1", "/capture/1",
    "/sites/evil-1/2026-03-01", "/archive", "/archive/articles", "/archive/articles?_size=400", "/archive/revisions?_size=100",
    "/archive/articles?_facet=section&_facet=access&_facet=language", "/archive/article_text", "/archive/articles_full",
    "/archive/captures?_size=400", "/archive/urls?_size=1000", "/archive/sites?_size=400", "/archive/tags?_size=1000",
    "/archive/authors?_size=1000", "/archive/removed_blocks?_size=1000", "/archive/images", "/archive/recently_changed", "/archive/sections",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page(ask: Get, path: str) -> None:
    inert(ask(path), path)


def test_sites_and_rows(ask: Get) -> None:
    assert len(shown(inert(ask("/sites"), "/sites"))) > 0.95 * PAYLOADS
    for number in range(0, ARTICLES, 25):
        inert(ask(f"/sites/evil-{number}"), str(number))
        inert(ask(f"/archive/articles/{number + 1}"), str(number))
        inert(ask(f"/archive/revisions/{number + 1}"), str(number))


@pytest.mark.parametrize("page", ["search", "concordance", "timeline", "compare"])
def test_what_is_asked_is_shown_and_does_nothing(ask: Get, page: str) -> None:
    for one in payloads()[len(page) :: 400]:
        fields = ("q", "site", "section", "author", "since", "sort", "order")
        path = f"/{page}?" + urlencode(dict.fromkeys(fields, one))
        inert(ask(path), path)


def test_sql_that_is_asked_is_shown_and_does_nothing(ask: Get) -> None:
    for one in payloads()[::150]:
        path = "/archive?" + urlencode({"sql": f"select '{one.replace(chr(39), '')}'"})
        answer = ask(
            path
        )  # SQL with a NUL in it is an error, which Datasette 1.0 shows as a page that was found
        inert(answer, path, 400 if "\x00" in one and answer.status != 200 else 200)


@pytest.mark.parametrize("place", ["/", "/archive/", "/sites/"])
def test_addresses_that_lead_nowhere_do_nothing(ask: Get, place: str) -> None:
    for one in payloads()[::100]:
        path = place + quote(one, safe="")
        answer = ask(path)
        inert(answer, path, answer.status)
        assert answer.status in (200, 302, 400, 404), path


def test_tables_and_columns_may_be_called_anything(ask: Get, hostile: Path) -> None:
    tables = [table["name"] for table in ask("/archive.json").json()["tables"]]
    odd = [name for name in tables if NUMBER.match(name)]
    assert len(odd) >= 18
    links = [link["href"] for link in ask("/archive").soup.select("h3 a")]
    for link in links:
        answer = inert(ask(str(link)), str(link))
    with closing(sqlite3.connect(hostile / "archive.db")) as connection:
        [count] = connection.execute(
            "select count(*) from sqlite_master where name glob '#*' and type = 'table'"
        ).fetchone()
    assert count == len(odd)
    assert answer.status == 200


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "bib", "ris", "csl.json"])
def test_files_are_no_pages(ask: Get, form: str) -> None:
    answer = ask(f"/search/articles.{form}?text=1")
    assert answer.status == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not answer.headers["content-type"].startswith(("text/html", "image/svg", "application/xhtml"))
    assert "attachment" in answer.headers["content-disposition"]
    assert f"#{PAYLOADS - 1}" in answer.text


def test_the_feed_is_xml_without_markup_of_theirs(ask: Get) -> None:
    answer = ask("/search/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.text)
    assert {element.tag.partition("}")[0] for element in root.iter()} == {"{http://www.w3.org/2005/Atom"}
    for element in root.iter():
        content = element.text or ""
        if element.get("type") == "html":
            assert not active(content)
        assert not (element.get("href") or "").lower().startswith(("javascript", "data"))


def test_json_of_pages_is_no_page(ask: Get) -> None:
    for path in (
        "/front.json",
        "/search.json",
        "/sites.json",
        "/article/1.json",
        "/article/1/versions.json",
        "/changed.json",
    ):
        answer = ask(path)
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.json()["archive"]


def test_a_pages_links_lead_to_the_web_or_here(ask: Get) -> None:
    for path in ("/article/1", "/sites", "/archive/urls?_size=100"):
        for link in BeautifulSoup(ask(path).text, "lxml").select("a[href]"):
            assert str(link["href"]).startswith(("/", "#", "http://", "https://")), link
