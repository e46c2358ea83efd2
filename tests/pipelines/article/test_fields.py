from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import fields, kind
from pipelines.article.tree import strip, walk
from pipelines.model import Access, Image
from tests.growth import costs_less, grows_linearly

URL = "https://harbourpost.example/town/bridge"


def read(html: str, url: str | None = URL) -> fields.Fields:
    return fields.read(LexborHTMLParser(html), url)


def jsonld(**properties: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **properties})}</script>'


def test_a_whole_page() -> None:
    html = (
        '<html lang="en-GB"><head><link rel="canonical" href="/town/bridge?x=1">'
        + jsonld(
            headline="Bridge opens",
            description="After four years of work the boats may rest.",
            author={"@type": "Person", "name": "Anna Lee"},
            datePublished="2026-03-05T10:00:00Z",
            articleSection="Town",
            keywords="bridge, boats, council",
            image={"@type": "ImageObject", "url": "/img/bridge-2026.jpg"},
            articleBody="The bridge is open. " * 20,
        )
        + '</head><body><h1>Bridge opens</h1><p class="dek">After four years of work the boats may rest.</p>'
        '<figure><img src="/img/bridge-2026-800x600.jpg">'
        "<figcaption>The new bridge. (Photo: Bo Chen)</figcaption></figure></body></html>"
    )
    assert read(html) == fields.Fields(
        title="Bridge opens",
        standfirst="After four years of work the boats may rest.",
        authors=("Anna Lee",),
        published=datetime(2026, 3, 5, 10, tzinfo=UTC),
        section="Town",
        tags=("bridge", "boats", "council"),
        language="en-GB",
        image=Image("https://harbourpost.example/img/bridge-2026.jpg", "The new bridge.", "Bo Chen"),
        canonical_url="https://harbourpost.example/town/bridge?x=1",
        article_body=("The bridge is open. " * 20).strip(),
        hints=fields.Hints(frozenset({"newsarticle"}), None, declares_author=True, declares_published=True),
    )


def test_an_empty_page_has_no_fields() -> None:
    assert read("", None) == fields.Fields()


@pytest.mark.parametrize(
    ("html", "access"),
    [
        (jsonld(headline="x"), Access.OPEN),
        (jsonld(headline="x", isAccessibleForFree=True), Access.OPEN),
        (jsonld(headline="x", isAccessibleForFree="False"), Access.PAYWALLED),
        ('<meta property="article:content_tier" content="metered">', Access.METERED),
        ('<meta property="article:content_tier" content="locked">', Access.PAYWALLED),
    ],
)
def test_access_as_declared(html: str, access: Access) -> None:
    assert read(html).access is access


def test_a_closed_part_that_was_served_is_metered() -> None:
    html = jsonld(
        headline="x",
        isAccessibleForFree=False,
        hasPart={"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".premium"},
    )
    assert read(html + '<div class="premium">Teaser</div>').access is Access.PAYWALLED
    served = read(html + f'<div class="premium">{"Text. " * 100}</div>')
    assert served.access is Access.METERED
    assert served.paywall_selectors == (".premium",)


def test_a_selector_that_cannot_be_read_selects_nothing() -> None:
    part = {"isAccessibleForFree": False, "cssSelector": "::[{"}
    assert read(jsonld(headline="x", isAccessibleForFree=False, hasPart=part)).access is Access.PAYWALLED


@pytest.mark.parametrize(
    "address", ["http://[bad", "javascript:alert(1)", "data:text/html,x", "", "mailto:a@b.example"]
)
def test_only_web_addresses_are_canonical(address: str) -> None:
    assert read(f'<link rel="canonical" href="{address}">', None).canonical_url is None


def test_breadcrumbs_tell_the_section() -> None:
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [{"name": "Home"}, {"item": {"name": "Town"}}, {"name": "Bridge opens"}],
    }
    assert read(f'<script type="application/ld+json">{json.dumps(crumbs)}</script>').section == "Town"


BODY = "The bridge over the harbour opened on Monday morning, and a thousand people came to see it."


def test_a_standfirst_is_given_as_printed() -> None:
    html = '<meta name="description" content="After four years of work at last the boats may...">'
    html += '<h1>x</h1><div class="dek">After four years of work at last the boats may <b>rest</b>.</div>'
    assert read(html).standfirst == "After four years of work at last the boats may rest."


def test_the_beginning_of_the_body_is_no_standfirst_where_there_is_another() -> None:
    html = f'<meta property="og:description" content="{BODY[:70]}...">'
    html += f'<meta name="description" content="Boats may rest at last."><h1>x</h1><p>{BODY}</p>'
    assert read(html).standfirst == "Boats may rest at last."


def test_a_cut_beginning_of_the_body_is_used_where_there_is_nothing_else() -> None:
    html = f'<meta name="description" content="{BODY[:50]}…"><h1>x</h1>' + f"<p>{BODY}</p>" * 3
    assert read(html).standfirst == f"{BODY[:50]}…"


def test_a_whole_paragraph_of_the_body_is_no_standfirst() -> None:
    html = f'<meta name="description" content="{BODY}"><h1>x</h1>' + f"<p>{BODY}</p>" * 3
    assert read(html).standfirst is None


def test_a_logo_is_no_lead_image() -> None:
    html = '<meta property="og:image" content="/logo.png"><meta name="twitter:image" content="/bridge.jpg">'
    image = read(html).image
    assert image is not None
    assert image.url == "https://harbourpost.example/bridge.jpg"


HOSTILE = {
    "deep json": '<script type="application/ld+json">' + "[" * 100_000 + "</script>",
    "odd values": jsonld(
        headline=5, author=[1, None, [["x"]]], datePublished=2024, keywords={"a": 1}, image=[[[1]]]
    ),
    "surrogates": jsonld(headline="\ud800a", author="\udfff", description="\x00"),
    "self reference": jsonld(**{"@id": "x", "author": {"@id": "x"}}),
    "many metas": '<meta name="author" content="By A, B and C">' * 20_000,
    "long meta": f'<meta name="author" content="{"by " * 100_000}">',
    "long date": f'<meta name="date" content="{"1" * 300_000}">',
    "long title": f"<title>{' - '.join(['x'] * 30_000)}</title>",
    "bars": f"<title>{' |' * 60_000}</title><h1>x</h1>",
    "many times": "<h1>x</h1>" + '<time class="date" datetime="2024-01-01">x</time>' * 20_000,
    "deep tree": "<h1>x</h1>" + '<div class="author date">' * 8_000 + "By Jane Doe",
    "many attributes": f"<h1 {' '.join(f'a{n}=b' for n in range(50_000))}>x</h1>",
    "digits": f'<h1>x</h1><p class="date">{"1." * 50_000}</p><p>{"2024-" * 50_000}</p>',
    "bylines": f'<h1>x</h1><p class="byline">{"By " * 50_000}</p>',
    "scripts": "<script>" + '"published_at": "' * 50_000 + "</script>",
    "paragraphs": "<p>" + ("word " * 30 + "</p><p>") * 10_000,
}


@cache
def parsed(html: str) -> LexborHTMLParser:
    """The tree of a page that takes long to parse; for copies only."""
    return LexborHTMLParser(html)


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("url", [URL, "http://[bad", None])
def test_hostile_pages_are_read_in_bounded_time(html: str, url: str | None) -> None:
    def read_all(tree: LexborHTMLParser) -> None:
        found = fields.read(tree, url)
        kind.classify(walk(strip(tree)), url, found, kind.BodyStats())

    assert costs_less(1, read_all, parsed(html).clone())


def test_time_grows_with_the_page_and_not_faster() -> None:
    block = '<div class="meta"><p>Some text of 2024</p><a href="/a">b</a></div>'

    def make(count: int) -> LexborHTMLParser:
        return LexborHTMLParser(jsonld(headline="x") + "<h1>x</h1>" + block * count)

    assert grows_linearly(lambda tree: fields.read(tree, URL), make, 2_000)
