"""Datasette's standard plugins beside the reading room: each does its work, and none weakens the pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from readingroom.serve import datasette
from tests.readingroom.archive import METADATA, build
from tests.readingroom.conftest import Get, asker

CHOSEN = ("atom", "block_robots", "copyable", "cors", "vega")
pytestmark = pytest.mark.skipif(
    not all(find_spec(f"datasette_{name}") for name in CHOSEN),
    reason="not all plugins are here: pip install '.[plugins]'",
)
FEED = """
select url as atom_id, title as atom_title, last_seen as atom_updated, url as atom_link from articles
where site = 'courier'
"""


@pytest.fixture(scope="module")
def open_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An archive whose metadata.yml uses the plugins' settings, as its comments say."""
    folder = tmp_path_factory.mktemp("plugins")
    build(folder)
    said = METADATA.read_text(encoding="utf-8")
    told = said.partition("# plugins:\n")[2].partition("\n\n")[0]
    plugins = "plugins:\n" + told.replace("#   ", "  ")
    (folder / "metadata.yml").write_text(f"{plugins}\n{said}", encoding="utf-8")
    served = datasette(folder)
    asyncio.run(served.invoke_startup())
    yield served
    served.get_database("archive").close()


def test_robots_are_asked_to_stay_out(get: Get) -> None:
    assert get("/robots.txt").text.split("\n") == ["User-agent: *", "Disallow: /"]


def test_metadata_lets_robots_read_the_pages(open_to: Any) -> None:
    assert asker(open_to)("/robots.txt").text.split("\n") == ["User-agent: *", "Disallow: /archive"]


def test_sql_becomes_a_feed(get: Get) -> None:
    feed = ElementTree.fromstring(get(f"/archive.atom?sql={quote(FEED)}").text)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 7


def test_rows_are_there_to_paste(get: Get) -> None:
    answer = get("/archive/articles.copyable?_table_format=github&_raw=1")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.text.startswith("|   id | key")


def test_only_sites_that_are_named_may_ask_from_their_pages(open_to: Any) -> None:
    def allowed(origin: str) -> str | None:
        answer = asyncio.run(open_to.client.get("/front.json", headers={"Origin": origin}))
        found: str | None = answer.headers.get("access-control-allow-origin")
        return found

    assert allowed("https://observablehq.com") == "https://observablehq.com"
    assert allowed("https://evil.example") is None


def test_charts_are_drawn_on_plain_pages_alone(get: Get) -> None:
    assert get("/archive/articles").soup.select("script[src*=datasette_vega]")
    for path in ("/", "/search?q=the", "/article/1", "/article/13", "/timeline?q=the"):
        answer = get(path)
        for script in answer.soup.select("script"):
            assert json.loads(script.text)["@type"] == "NewsArticle"
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_archives_path_is_not_told(get: Get, folder: Path) -> None:
    for path in ("/robots.txt", "/archive/articles.copyable", "/-/plugins.json"):
        assert str(folder) not in get(path).text
