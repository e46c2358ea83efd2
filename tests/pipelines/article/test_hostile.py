"""No page makes the cleaner raise, take long or take much memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import extract
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
    "brackets in JSON": lambda: b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>x",
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_page_takes_two_seconds(make: Callable[[], bytes]) -> None:
    html = make()
    began = time.process_time()
    extract(html, "https://harbour.example/a")
    assert time.process_time() - began < 2


def test_a_page_that_was_cut_is_not_trusted() -> None:
    assert extract(page() + b"<p>and so on, and so on.</p>" * 400_000).confidence <= 0.2


def test_time_is_linear_in_the_page() -> None:
    spent = []
    for times in (40, 80, 160):
        html = page(paragraphs=PARAGRAPHS * times)
        began = time.process_time()
        for _ in range(3):
            extract(html)
        spent.append(time.process_time() - began)
    assert spent[2] / spent[1] < 3
    assert spent[1] / spent[0] < 3


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
