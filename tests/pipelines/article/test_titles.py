from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import titles
from pipelines.article.markup import Markup

URL = "https://www.harbourpost.example/town/bridge"


def read(html: str, url: str | None = URL) -> str | None:
    return titles.read(Markup(LexborHTMLParser(html), url))


def jsonld(**properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **properties})}</script>'


@pytest.mark.parametrize(
    "title",
    [
        "Bridge opens after all | Harbour Post",
        "Bridge opens after all - The Harbour Post",
        "Bridge opens after all – Harbour Post Online",
        "Harbour Post: Bridge opens after all",
        "Bridge opens after all | Town | Harbour Post",
        "Bridge opens after all · harbourpost.example",
    ],
)
def test_the_name_of_the_site_is_left_out(title: str) -> None:
    h1 = "<h1>Bridge opens after all</h1>" if "Town" in title else ""
    head = '<meta property="og:site_name" content="Harbour Post">'
    assert read(f"{head}<title>{title}</title>{h1}") == "Bridge opens after all"


def test_dashes_in_a_headline_are_kept() -> None:
    title = "Bridge opens - but only for bicycles"
    assert read(f'<title>{title} - Harbour Post</title><meta property="og:title" content="{title}">') == title


def test_what_is_printed_beats_what_a_search_engine_is_told() -> None:
    html = '<title>When the bridge opens</title><meta property="og:title" content="When the bridge opens">'
    assert read(html + "<h1>At last, the bridge opens</h1>") == "At last, the bridge opens"


def test_a_kicker_that_all_statements_have_stays() -> None:
    html = (
        jsonld(headline="Town hall: Bridge opens")
        + '<meta property="og:title" content="Town hall: Bridge opens">'
    )
    assert read(html + "<h1>Bridge opens</h1>") == "Town hall: Bridge opens"


def test_a_logo_in_an_h1_is_no_headline() -> None:
    html = '<title>Bridge opens</title><h1 class="logo"><svg><title>Post</title></svg>Harbour Post</h1>'
    html += "<h2>Bridge opens</h2>"
    assert read(html) == "Bridge opens"


def test_of_several_h1_the_one_that_the_markup_speaks_of() -> None:
    html = "<title>Bridge opens | Harbour Post</title><h1>Weather warning</h1><h1>Bridge opens</h1>"
    assert read(html) == "Bridge opens"


def test_a_headline_hidden_for_search_engines_gives_way_to_the_printed_one() -> None:
    html = jsonld(headline="At last, the bridge opens") + "<title>Bridge opening times</title>"
    html += '<h1 class="seo-title">Bridge opening times</h1><p class="x">At last, the bridge opens</p>'
    assert read(html) == "At last, the bridge opens"


def test_a_section_beside_the_headline_is_left_out() -> None:
    html = jsonld(headline="Bridge opens") + '<h1><a href="/town">Town | </a><span>Bridge opens</span></h1>'
    assert read(html) == "Bridge opens"


def test_a_count_in_the_heading_is_left_out() -> None:
    head = '<meta property="og:title" content="Bridge opens after all - Harbour Post">'
    assert read(head + "<h1><a>Bridge opens after all</a> <span>87</span></h1>") == "Bridge opens after all"


def test_a_kicker_in_the_heading_of_the_news_goes_where_og_title_has_none() -> None:
    head = jsonld(headline="Town hall: Bridge opens") + '<meta property="og:title" content="Bridge opens">'
    assert read(head + "<h1>Town hall: Bridge opens</h1>") == "Bridge opens"


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("Bridge opens after all | Opinion", "Bridge opens after all"),
        ("Bridge opens after all | Town | Patient Advice", "Bridge opens after all"),
        ("Budget | Bridge opens after all", "Budget | Bridge opens after all"),
    ],
)
def test_few_words_behind_a_bar_are_a_section(printed: str, expected: str) -> None:
    assert read(f"<h1>{printed}</h1>") == expected


def test_an_h1_that_is_the_rest_of_the_document_title_is_the_name_of_the_site() -> None:
    head = '<title>Lessons Afloat: Moor in wind</title><meta property="og:title" content="Moor in wind">'
    assert read(head + "<h1 class='title'>Lessons Afloat</h1>", None) == "Moor in wind"


def test_of_several_h1_the_one_that_says_most_of_what_the_markup_says() -> None:
    head = "<title>Why a slow boat needs a fast bridge</title>"
    html = head + "<h1>Boat</h1><h1>Why a slow boat needs a bridge</h1>"
    assert read(html) == "Why a slow boat needs a bridge"


def test_on_a_news_page_three_declarations_that_agree_beat_another_heading() -> None:
    told = "Is the bridge an illusion?"
    head = jsonld(headline=told) + f'<title>{told}</title><meta property="og:title" content="{told}">'
    assert read(head + "<h1>The hard trade of bridge building</h1>") == told
    assert read(head + f"<h1>{told} A visit</h1>") == f"{told} A visit"


@pytest.mark.parametrize(
    ("path", "classes", "expected"),
    [
        ("how-to-moor-a-boat", "", "How to moor a boat"),
        ("get-a-boat-berth-today", "", "Get a boat berth today"),
        ("how-to-moor-a-boat", "entry-title", "Get a boat berth today"),
    ],
)
def test_off_the_news_the_address_tells_headline_from_call(path: str, classes: str, expected: str) -> None:
    told = "How to moor a boat"
    head = f'<title>{told}</title><meta property="og:title" content="{told}">'
    html = f'{head}<h1 class="{classes}">Get a boat berth today</h1>'
    assert read(html, f"https://harbour.example/guides/{path}?a=b") == expected


def test_line_breaks_part_words_and_inline_tags_do_not() -> None:
    assert read("<h1>Bridge<br>opens <b>to</b>day</h1>") == "Bridge opens today"


def test_entities_and_soft_hyphens_are_undone() -> None:
    assert read(jsonld(headline="Fish &amp; chips&nbsp;ban\u00adned")) == "Fish & chips banned"


def test_the_document_title_alone_is_enough() -> None:
    assert read("<title>Bridge opens</title>") == "Bridge opens"


def test_a_page_without_any_has_none() -> None:
    assert read("<p>Text</p>") is None


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_texts_give_no_error(one: str, two: str, three: str) -> None:
    html = f"<title>{one}</title><h1>{two}</h1>" + jsonld(headline=three, name=one)
    title = read(html)
    assert title is None or title.strip() == title != ""
