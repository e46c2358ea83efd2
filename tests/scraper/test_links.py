"""Links of a page: where each stands, what the page says of itself, and what hostile pages do."""

from __future__ import annotations

import time
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.discovery.candidate import Candidate, Place, Role, absolute
from scraper.discovery.links import MOST_LINKS, read_links

URL = "https://gazette.example/news/"

PAGE = """<!doctype html><html lang="en"><head>
<link rel="canonical" href="/news"><link rel="amphtml" href="https://gazette.example/news/amp">
<link rel="alternate" type="application/rss+xml" title="All" href="/feed/">
<link rel="alternate" type="application/rss+xml; charset=utf-8" href="/feed2/">
<link rel="alternate" hreflang="de" href="/de/"><link rel="next" href="/news/page/2/">
</head><body>
<header><a href="/">Home</a><nav><a href="/sport/">Sport</a></nav></header>
<div role="navigation"><ul><li><a href="/local/">Local</a></li></ul></div>
<main><article><header><a href="/2026/07/06/fish">  Fish
   shop <b>burns</b></a></header><aside><a href="/related" rel="nofollow sponsored">R</a></aside></article>
<a href="/2026/07/06/fish#comments">again</a><a href="/picture"><img src="x.jpg" alt="A picture"></a>
<a href="/labelled" aria-label="Said aloud"></a></main>
<div><a href="story?id=7">Relative</a><a href="https://other.example/x">Other</a>
<a href="/feed/comments.rss">c</a>
<a rel="next" href="?page=3">Older</a></div>
<a href="javascript:alert(1)">j</a><a href="mailto:a@b.c">m</a><a href="data:text/html,x">d</a>
<a href="">e</a><a href="file:///etc/passwd">f</a><a href="#top">t</a><a name="anchor">n</a>
<a href="tel:1">t</a><a href="http://">h</a>
<footer><a href="/imprint">Imprint</a></footer></body></html>"""


def found(page: str = PAGE, url: str = URL) -> dict[str, Candidate]:
    return {
        c.url.removeprefix("https://gazette.example"): c for c in read_links(page.encode(), url).candidates
    }


def test_places() -> None:
    assert {url: c.place for url, c in found().items()} == {
        "/feed/": Place.HEAD,
        "/feed2/": Place.HEAD,
        "/de/": Place.HEAD,
        "/news/page/2/": Place.NEXT,
        "/": Place.HEADER,
        "/sport/": Place.NAV,
        "/local/": Place.NAV,
        "/2026/07/06/fish": Place.MAIN,
        "/related": Place.ASIDE,
        "/picture": Place.MAIN,
        "/labelled": Place.MAIN,
        "/news/story?id=7": Place.BODY,
        "https://other.example/x": Place.BODY,
        "/feed/comments.rss": Place.BODY,
        "/news/?page=3": Place.NEXT,
        "/imprint": Place.FOOTER,
    }


def test_roles_texts_and_rel() -> None:
    links = found()
    assert [url for url, c in links.items() if c.role is Role.FEED] == [
        "/feed/",
        "/feed2/",
        "/feed/comments.rss",
    ]
    assert [url for url, c in links.items() if c.role is Role.LISTING] == ["/news/page/2/", "/news/?page=3"]
    assert links["/2026/07/06/fish"].text == "Fish shop burns"
    assert (links["/picture"].text, links["/labelled"].text) == ("A picture", "Said aloud")
    assert links["/related"].rel == {"nofollow", "sponsored"}
    assert {c.found_on for c in links.values()} == {URL}
    assert links["/feed/"].title == "All"


def test_what_the_page_says_of_itself() -> None:
    assert read_links(PAGE.encode(), URL).amp == "https://gazette.example/news/amp"
    for claim, seen in (("/news", []), ("/news/?x=1", []), ("/story", ["https://gazette.example/story"])):
        page = read_links(f"<link rel=canonical href='{claim}'>".encode(), URL)
        assert [found.url for found in page.candidates] == seen


def test_base_and_a_parsed_tree() -> None:
    page = "<base href='https://cdn.example/dir/'><a href='a'>a</a>"
    assert [c.url for c in read_links(LexborHTMLParser(page), URL).candidates] == [
        "https://cdn.example/dir/a"
    ]
    page = "<base href='javascript:x'><a href='a'>a</a>"
    assert [c.url for c in read_links(page.encode(), URL).candidates] == ["https://gazette.example/news/a"]


def test_the_headline_counts_where_a_picture_or_read_more_links_to_the_same() -> None:
    page = b"<a href=/x><img src=/i></a><a href=/x>Fish shop burns down</a><a href=/x>Read more</a>"
    (only,) = read_links(page, URL).candidates
    assert only.text == "Fish shop burns down"


def test_the_number_is_bounded_and_the_cut_stated() -> None:
    page = read_links(b"".join(b"<a href=/%d>x</a>" % i for i in range(MOST_LINKS + 1)), URL)
    assert len(page.candidates) == MOST_LINKS
    assert page.cut == "more than 5,000 links: the rest was not read"


HOSTILE = {
    "deep": b"<div>" * 100_000 + b"<a href=/x>x</a>",
    "deep links": b"<div><a href=/x>x" * 20_000,
    "nested in one": b"<a href=/x>" + b"<b>" * 100_000,
    "long address": b"<a href=/" + b"x" * 2_000_000 + b">x</a>",
    "long text": b"<a href=/x>" + b"word " * 500_000 + b"</a>",
    "attributes": b"<a href=/x " + b" ".join(b"a%d" % i for i in range(100_000)) + b">",
    "not a page": bytes(range(256)) * 1000,
    "empty": b"",
    "nul": b"\0" * 100_000,
    "surrogates": b"<a href='/\xed\xa0\x80'>\xed\xa0\x80</a>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages_cost_little(kind: str) -> None:
    started = time.process_time()
    page = read_links(HOSTILE[kind], URL)
    assert time.process_time() - started < 4
    assert all(len(c.text) <= 300 and len(c.url) < 10_000 for c in page.candidates)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(), st.text().map(lambda t: f"<base href='{t}'><a href='{t}'>{t}</a>".encode())))
def test_any_bytes_are_a_page(body: bytes) -> None:
    for link in read_links(body, URL).candidates:
        assert urlsplit(link.url).scheme in ("http", "https")
        assert urlsplit(link.url).hostname


PIECES = st.lists(
    st.sampled_from([
        "http://", "https:", "/", "//", ".", "..", "?", "#", "a", "e.example", ":80", "\\", "%20", "é", "@",
        "[", "]", ";", "&", "javascript:", " ", "\n",
    ]),
    max_size=8,
)  # fmt: skip


@given(PIECES.map("".join), st.sampled_from([URL, "http://e.example", "https://e.example/a/b?c#d"]))
def test_the_quick_way_agrees_with_the_standard_one(href: str, base: str) -> None:
    url = absolute(base, href)
    if url is not None:
        assert "#" not in url
        assert urlsplit(url).scheme in ("http", "https")
        if not set(" \n") & set(href):
            assert url == urljoin(base, href.partition("#")[0])
