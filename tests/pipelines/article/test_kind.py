from __future__ import annotations

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import fields, kind
from pipelines.article.kind import BodyStats
from pipelines.article.tree import strip, walk
from pipelines.model import Kind

PROSE = BodyStats(words=620, paragraph_words=[60] * 10, headings=2, page_words=900, page_linked_words=120)
NOTHING = BodyStats(words=30, paragraph_words=[], page_words=700, page_linked_words=600)
TEXT = (
    "<p>" + "The council has opened the bridge over the harbour after four years of work on it. " * 4 + "</p>"
)


def classify(html: str, url: str, body: BodyStats) -> Kind:
    tree = LexborHTMLParser(html)
    found = fields.read(tree, url)
    return kind.classify(walk(strip(tree)), url, found, body)


def article(kind_of: str = "NewsArticle") -> str:
    node = {
        "@type": kind_of,
        "headline": "Bridge opens after four years",
        "author": {"name": "Anna Lee"},
        "datePublished": "2026-03-05",
    }
    head = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    head += '<meta property="og:type" content="article">'
    return f"{head}<h1>Bridge opens after four years</h1>{TEXT * 8}"


@pytest.mark.parametrize(
    ("kind_of", "url", "expected"),
    [
        ("NewsArticle", "https://post.example/town/bridge-opens-after-four-years", Kind.ARTICLE),
        ("BlogPosting", "https://post.example/blog/bridge-opens-after-four-years", Kind.ARTICLE),
        ("LiveBlogPosting", "https://post.example/town/bridge-opens-after-four-years", Kind.LIVE_BLOG),
        ("NewsArticle", "https://post.example/live-blog/bridge-opens-after-four-years", Kind.LIVE_BLOG),
        ("NewsArticle", "https://post.example/gallery/bridge-opens-after-four-years", Kind.GALLERY),
    ],
)
def test_kinds_of_article(kind_of: str, url: str, expected: Kind) -> None:
    assert classify(article(kind_of), url, PROSE) is expected


def test_a_front_page_is_a_listing() -> None:
    links = "".join(f'<h3><a href="/{n}">Headline number {n}</a></h3>' for n in range(60))
    assert classify(f"<title>Harbour Post</title>{links}", "https://post.example/", NOTHING) is Kind.LISTING


def test_a_section_that_greets_its_readers_is_a_listing() -> None:
    html = f"<title>News | Harbour Post</title><h1>News</h1>{TEXT * 2}<p>All stories are loading.</p>"
    greeting = BodyStats(words=100, paragraph_words=[48, 48], page_words=130, page_linked_words=10)
    assert classify(html, "https://post.example/news/", greeting) is Kind.LISTING
    assert classify(article(), "https://post.example/bridge", PROSE) is Kind.ARTICLE


def test_a_shop_is_something_else() -> None:
    html = """<script type="application/ld+json">{"@type": "Product", "name": "Lamp"}</script>
    <meta property="og:type" content="product"><h1>Lamp</h1><button>Add to cart</button>"""
    assert (
        classify(html, "https://shop.example/products/lamp", BodyStats(words=60, page_words=300))
        is Kind.OTHER
    )


def test_a_video_page_is_a_video() -> None:
    html = """<script type="application/ld+json">{"@type": "VideoObject", "name": "Bridge opens"}</script>
    <meta property="og:type" content="video.other"><h1>Bridge opens</h1>"""
    assert (
        classify(html, "https://post.example/video/bridge", BodyStats(words=20, page_words=90)) is Kind.VIDEO
    )


def test_an_empty_page_is_no_article() -> None:
    assert classify("", "https://post.example/x", BodyStats()) in (Kind.OTHER, Kind.LISTING)


def test_every_signal_has_a_weight() -> None:
    tree = LexborHTMLParser(article())
    url = "https://post.example/a"
    said = fields.read(tree, url)
    found = kind.signals(walk(strip(tree)), url, said, PROSE)
    assert set(found) | {"(always)"} == set(kind._weights())


def test_the_share_stays_between_nothing_and_all() -> None:
    assert 0 <= kind.article_share(dict.fromkeys(kind._weights(), -1e9)) <= 1
    assert 0 <= kind.article_share(dict.fromkeys(kind._weights(), 1e9)) <= 1
