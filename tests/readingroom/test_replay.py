"""A capture as it was: what of the page is shown, what is left out and told, and which captures are shown at all."""

# ruff: noqa: E501 - tables of hostile text

from __future__ import annotations

import asyncio
import gzip
import io
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import WarcError
from pipelines.publish import publish
from pipelines.warc import open_segment
from readingroom.replay import POLICY, REACHES, SAID, inert, inert_text, quiet_style
from readingroom.serve import datasette
from tests.pipelines.pages import START
from tests.readingroom.captured import build
from tests.readingroom.conftest import Get, asker
from tests.readingroom.inertness import active

URL = "https://www.example.com/bridge"


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("captured"))


def asked(folder: Path) -> Iterator[Get]:
    served = datasette(folder)
    asyncio.run(served.invoke_startup())
    yield asker(served)
    served.get_database("archive").close()


@pytest.fixture(scope="module")
def ask(captured: Path) -> Iterator[Get]:
    yield from asked(captured)


def captures(folder: Path, where: str) -> list[int]:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return [row[0] for row in connection.execute(f"select id from captures where {where} order by id")]


@pytest.fixture(scope="module")
def first(captured: Path) -> int:
    return captures(captured, "url like '%/bridge'")[0]


# The page.


def test_the_page_is_there_and_nothing_in_it_acts(ask: Get, first: int) -> None:
    page = ask(f"/capture/{first}/page")
    assert page.headers["content-security-policy"] == POLICY
    assert page.one("h1").get_text() == "Bridge approved"
    assert page.one("#unscripted")
    assert str(page.one("#kept")["src"]).startswith("data:image/gif")
    assert not active(page.text, styles=True)
    assert "evil.example" not in page.one("style").get_text()
    for selector in (
        "base",
        "link",
        "iframe",
        "object",
        "embed",
        "video",
        "svg",
        "input",
        "[action]",
        "[srcset]",
        "[target]",
        "[ping]",
    ):
        assert not page.soup.select(selector), selector
    assert [meta.attrs for meta in page.soup.select("meta[http-equiv]")] == []


def test_its_own_styles_stay_or_go(ask: Get, first: int) -> None:
    assert "color: rgb(0, 0, 200)" in ask(f"/capture/{first}/page").one("style").get_text()
    bare = ask(f"/capture/{first}/page?styles=none")
    assert "rgb(0, 0, 200)" not in bare.text
    assert not bare.soup.select("[style], [class]")


def test_a_link_says_where_it_led(ask: Get, first: int) -> None:
    link = ask(f"/capture/{first}/page").one("a[title$='/onward']")
    assert (link["title"], link.get("href")) == ("https://www.example.com/onward", None)


def test_what_was_left_out_is_said_above_the_frame(ask: Get, first: int) -> None:
    page = ask(f"/capture/{first}")
    frame = page.one("iframe.replay")
    assert "sandbox" in frame.attrs
    assert (frame["src"], "".join(frame["sandbox"])) == (f"/capture/{first}/page", "")
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    told = ask(f"/capture/{first}.json").json()
    assert told["replayed"] is True
    assert set(told["left_out"]) == set(SAID)
    assert told["left_out"]["scripts"] == 3
    assert "3 scripts" in page.one(".notice").get_text()
    assert "1 redirect," in page.one(".notice").get_text()


def test_other_pages_allow_no_frame(ask: Get) -> None:
    assert "frame-src" not in ask("/article/1").headers["content-security-policy"]


def test_the_charset_is_that_of_the_page(ask: Get, captured: Path) -> None:
    number = captures(captured, "url like '%/phare'")[0]
    page = ask(f"/capture/{number}/page")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.one("h1").get_text() == "Le phare rallumé"
    assert "l’été" in page.text


def test_a_page_of_text() -> None:
    shown = inert_text("Phare <b>rallumé</b>".encode("latin-1"), "text/plain; charset=iso-8859-1")
    assert "<pre>Phare &lt;b&gt;rallumé&lt;/b&gt;</pre>" in shown.html


# Which captures.


def test_ways_lead_there(ask: Get, captured: Path, first: int) -> None:
    way = f"/capture/{first}"
    article = ask("/article/1")
    assert way in [link["href"] for link in article.soup.select(".versions a")]
    assert way in [link["href"] for link in article.soup.select("td a")]
    assert way in [link["href"] for link in ask("/article/1/versions?old=1&new=1").soup.select("a")]
    squares = [link["href"] for link in ask("/sites/example").soup.select(".calendar a")]
    assert squares == ["/sites/example/2026-03-01", "/sites/example/2026-03-02"]
    replayed = [
        link["href"] for link in ask(str(squares[0])).soup.select("a") if link.get_text() == "as it was"
    ]
    wanted = captures(captured, "verdict = 'article' and fetched < '2026-03-02'")
    assert replayed == [f"/capture/{number}" for number in wanted]
    assert (
        [row["replayed"] for row in ask(f"{squares[0]}.json").json()["captures"]].count(1) == len(wanted) == 2
    )


@pytest.mark.parametrize(
    "where", ["verdict = 'withheld'", "verdict = 'gone'", "url like '%section'", "id = 99999"]
)
def test_only_captures_of_articles_are_shown(ask: Get, captured: Path, where: str) -> None:
    for number in captures(captured, where) or [99999]:
        for path in ("", ".json", "/page", ".warc.gz"):
            answer = ask(f"/capture/{number}{path}")
            assert answer.status == 404, path
            assert "court has asked" not in answer.text


def test_a_304_has_no_page_and_says_so(ask: Get, captured: Path) -> None:
    number = captures(captured, "status = 304")[0]
    assert "nothing had changed" in ask(f"/capture/{number}").one(".notice").get_text()
    assert ask(f"/capture/{number}/page").status == 404


def test_a_day_without_captures(ask: Get) -> None:
    assert ask("/sites/example/2026-03-09").status == 404


def test_a_snapshot_without_captures_says_so(captured: Path, tmp_path: Path) -> None:
    publish(captured, tmp_path / "sealed", software="newsarchive test", now=START)
    for ask in asked(tmp_path / "sealed"):
        way = "/capture/1"
        assert "not part of this copy" in ask("/article/1").one("#provenance ~ dl").get_text()
        assert "as it was" not in ask("/article/1").text
        assert (
            ask(f"{way}.json").json()["why_not"]
            == "The captures are not part of this copy of the archive, only where they lie."
        )
        assert ask(f"{way}/page").status == ask(f"{way}.warc.gz").status == 404


def test_an_archivist_may_switch_it_off(captured: Path, tmp_path: Path) -> None:
    shutil.copytree(captured, tmp_path / "closed")
    with (tmp_path / "closed/metadata.yml").open("a", encoding="utf-8") as metadata:
        metadata.write("\nplugins:\n  readingroom:\n    replay: false\n")
    for ask in asked(tmp_path / "closed"):
        assert ask("/capture/1/page").status == 404
        assert "as it was" not in ask("/article/1").text


# The record.


def test_the_record_is_given_as_it_lies_there(ask: Get, captured: Path, first: int) -> None:
    served = datasette(captured)
    asyncio.run(served.invoke_startup())
    response = asyncio.run(served.client.get(f"/capture/{first}.warc.gz"))
    served.get_database("archive").close()
    assert response.headers["content-disposition"] == f'attachment; filename="capture-{first}.warc.gz"'
    [record] = list(ArchiveIterator(io.BytesIO(gzip.decompress(response.content)), verify_digests=True))
    assert record.headers["WARC-Target-URI"] == URL
    assert record.http_headers.status_code == 200


CHANGES = {
    "damaged": ("update captures set warc_offset = warc_offset + 1", "missing or damaged"),
    "another": ("update captures set url = url || '?x'", "of another page"),
    "digest": ("update captures set digest = 'sha1:ABC'", "of another page"),
    "outside": ("update captures set warc_file = '../' || warc_file", "no WARC file of an archive"),
    "absolute": ("update captures set warc_file = '/etc/passwd'", "no WARC file of an archive"),
    "gone": ("update captures set warc_file = 'warc/2001-01-01-0001.warc.gz'", "missing or damaged"),
    "large": ("update captures set length = 1000000000", "larger than"),
    "no number": ("update captures set warc_offset = 'x'", "no WARC file"),
    "no file": ("update captures set warc_file = null", "No record is kept"),
    "a picture": ("update captures set content_type = 'image/png; x'", "no page but image/png"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_cannot_be_read_is_said_without_a_path(
    captured: Path, tmp_path: Path, change: str, first: int
) -> None:
    statement, why = CHANGES[change]
    shutil.copytree(captured, tmp_path / "odd")
    with closing(sqlite3.connect(tmp_path / "odd/archive.db")) as connection:
        connection.execute(statement)
        connection.commit()
    for ask in asked(tmp_path / "odd"):
        answer = ask(f"/capture/{first}")
        assert why in answer.one(".notice").get_text()
        assert not answer.soup.select("iframe")
        assert str(tmp_path) not in answer.text
        assert ask(f"/capture/{first}/page").status == 404


def test_no_file_outside_of_the_archive_is_opened(tmp_path: Path) -> None:
    for file in ("../x.warc.gz", "/x.warc.gz", "warc/../../x"):
        with pytest.raises(WarcError, match="outside of the archive"):
            open_segment(tmp_path, file)


# Hostile pages.

PIECES = st.sampled_from([
    "<style>", "</style>", "<script>", "</script>", "<svg>", "<math>", "<table>", "<noscript>", "</noscript>", "<template>",
    "<img src=x onerror=hurt()>", '<a href="javascript:hurt()">', "<!--", "-->", "<![CDATA[", "]]>", "<title>", "</title>",
    "<textarea>", "<plaintext>", "<xmp>", "<iframe srcdoc='<script>hurt()</script>'>", "<p style='background:url(//e/x)'>",
    "url(", "@import '//e'", "\\75rl(//e)", "/*", "*/", '"', "'", "<body onload=hurt()>", "<base href=//e>", "<select>",
    "<meta http-equiv=refresh content=0>", "<frameset>", "<form action=//e>", "</p>", "</body>", "\x00", "é", "<annotation-xml>",
    "<b style=\"x:</style><script>hurt()</script>\">", "<img src='data:text/html,<script>hurt()</script>'>", "<foreignObject>",
])  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=12).map("".join), st.booleans())
def test_no_page_whatever_it_is_made_of_acts(page: str, styled: bool) -> None:
    shown = inert(page.encode("utf-8", "replace"), URL, None, styled=styled)
    assert not active(shown.html, styles=True)
    assert shown.html.count("</style>") == 1


@pytest.mark.parametrize(
    "css",
    [
        "a { background: url(//e/x) }", "a{background:URL( '//e/x' )}", "@import '//e/x';", "@IMPORT url(//e);",
        "a{background:u\\72l(//e)}", "a{background:\\55 RL(//e)}", "a{b:image-set('//e' 1x)}", "a{b:-webkit-image-set(url(//e) 1x)}",
        "a{b:url(//e", "a{b:url('//e", "/* x", "/**/@import/**/'//e'", "@font-face{src:url(//e)}", "a{b:src('//e')}", "a{cursor:url(//e),auto}",
        "@\\69mport '//e'", "a{b:url(data:text/html,x)}",
    ],
)  # fmt: skip
def test_no_style_fetches(css: str) -> None:
    kept = quiet_style(css, Counter())
    assert "//e" not in kept or not REACHES.search(kept), kept
    assert not list(REACHES.findall(kept.replace("url(data:,)", ""))), kept


def test_a_style_that_fetches_nothing_stays_as_it_is() -> None:
    lost: Counter[str] = Counter()
    css = "a::before { content: '\\201C' } b { background: url(data:image/png;base64,AAAA) no-repeat }"
    assert quiet_style(css, lost) == css
    assert not lost


@pytest.mark.parametrize(
    "page",
    [b"<div>" * 1_000_000, b"<p>x" * 2_000_000, b"<style>" + b"url(" * 500_000, b"<style>" + b"url('x url(\"y " * 100_000,
     b"<style>" + b"/*" * 500_000, b"<a href=/x>y" * 100_000, b"<noscript>" * 100_000, b"<svg>" * 100_000],
)  # fmt: skip
def test_a_page_of_any_size_comes_back_bounded(page: bytes) -> None:
    assert len(inert(page, URL, None).html) < 20_000_000
