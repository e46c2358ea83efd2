"""No page makes the cleaner raise, take long or take much memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import extract
from pipelines.article import Parsed, fields, parse
from tests.growth import costs_less, grows_linearly
from tests.pipelines.article.pages import PARAGRAPHS, page

HOSTILE: dict[str, Callable[[], bytes]] = {
    "deep": lambda: b"<div>" * 100_000 + b"x",
    "deep and closed": lambda: b"<div>" * 50_000 + b"x" + b"</div>" * 50_000,
    "tables in tables": lambda: b"<table><tr><td>" * 30_000 + b"x",
    "lists in lists": lambda: b"<ul><li>x" * 30_000,
    "a million attributes": lambda: b"<p " + b" ".join(b"a%d=1" % n for n in range(1_000_000)) + b">x",
    "50 MB": lambda: b"<p>" + b"text of the paragraph. " * 2_200_000,
    "many paragraphs": lambda: b"<p>some words, and more of them here.</p>" * 500_000,
    "a run of references": lambda: b"&" * 3_000_000,
    "a run of signs": lambda: b"<" * 3_000_000,
    "many comments": lambda: b"<!--" * 1_000_000,
    "a long word": lambda: b"<p>" + b"a" * 8_000_000,
    "digits and points": lambda: b"<p>" + b"1." * 4_000_000,
    "a selector of siblings": lambda: (
        b'<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false,'
        b'"hasPart":[{"isAccessibleForFree":false,"cssSelector":"p:has(~ x)"}]}</script>'
        + b"<p>x</p>"
        * 40_000
    ),
    "menus in menus": lambda: b"<nav>" * 100 + b"some text of the page, " * 250_000,
    "many formats": lambda: b"<p><b><big><i>" + b"<p>x" * 118_000,
    "brackets in JSON": lambda: b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>x",
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_page_takes_two_seconds(make: Callable[[], bytes]) -> None:
    assert costs_less(2, lambda html: extract(html, "https://harbour.example/a"), make())


def test_a_page_that_was_cut_is_not_trusted() -> None:
    assert extract(page() + b"<p>and so on, and so on.</p>" * 400_000).confidence <= 0.2


def test_time_is_linear_in_the_page() -> None:
    assert grows_linearly(extract, lambda times: page(paragraphs=PARAGRAPHS * times), 100)


NESTED: dict[str, tuple[bytes, bytes]] = {
    "standfirsts": (b"<div class=standfirst>", b"some words of the page, " * 3_200),
    "figures": (b"<figure>", b"<i></i>" * 2_400),
}


@pytest.mark.parametrize(("around", "within"), NESTED.values(), ids=NESTED.keys())
def test_what_nests_is_not_read_again_for_each_level(around: bytes, within: bytes) -> None:
    def nested(times: int) -> Parsed | None:
        return parse(b"<title>Words of a title</title><h1>Words</h1>" + around * times + within * times)

    def read(parsed: Parsed | None) -> None:
        assert parsed is not None
        fields.read(parsed.tree, None)

    assert grows_linearly(read, nested, 4)


def test_numbers_without_end_name_no_character() -> None:
    endless = b"&#" + b"1" * 5_000
    body = b'{"@type":"NewsArticle","articleBody":"%b %b"}' % (b"Some words of it. " * 40, endless)
    for said in (body, b"{&quot;" + endless):
        html = b'<script type="application/ld+json">%b</script>' % said
        assert extract(html + b"<p>%b</p>" % endless).kind


def test_nuls_and_lone_surrogates_do_not_reach_the_text() -> None:
    html = page("<p>A\0B, and so they said: a&#xD800;b, which nobody in the whole town had expected.</p>")
    found = extract(html.replace(b"which", b"\xed\xa0\x80which"))
    found.text.encode("utf-8")
    found.html.encode("utf-8")
    assert "\0" not in found.text


PIECES = (
    *(
        "<p>",
        "</p>",
        "<div class=comments>",
        "<div hidden>",
        "</div>",
        "<a href=x>",
        "</a>",
        "<br>",
        "<table>",
    ),
    *(
        "<td>",
        "<ul><li>",
        "<h2>",
        "<figure><img src=x>",
        "<figcaption>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
    ),
    *(
        "Some words of a sentence, and more of them. ",
        "Share",
        "文章の本文です。",
        "<svg>",
        "<template>",
        '"',
        "<",
        "\0",
    ),
)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@settings(max_examples=150, deadline=None)
@given(MARKUP)
def test_any_markup_gives_an_extraction(markup: str) -> None:
    found = extract(markup.encode())
    assert 0 <= found.confidence <= 1
    assert "<script" not in found.html


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_give_an_extraction(html: bytes) -> None:
    found = extract(html)
    found.text.encode("utf-8")
    assert 0 <= found.confidence <= 1
