"""Links: a page's html -> candidate URLs, with anchor text and the place on the page where each stands.

Also what the page says about itself: its address, copies for AMP and phones, feeds, the next page.
Bounded, linear in the page, never raises on any bytes, never fetches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.article import guard
from pipelines.article.decode import decode
from pipelines.article.markup import first_nodes, start_of
from pipelines.identify import is_variant
from scraper.discovery.candidate import Candidate, Place, Role, absolute

MOST_LINKS = 5_000
_HIGHEST = 60
"""Ancestors that are looked at to find the landmark around a link."""

_LANDMARKS = {
    "nav": Place.NAV, "footer": Place.FOOTER, "aside": Place.ASIDE, "header": Place.HEADER,
    "main": Place.MAIN, "article": Place.MAIN, "body": Place.BODY, "html": Place.BODY,
}  # fmt: skip
_ARIA = {
    "navigation": Place.NAV, "menu": Place.NAV, "menubar": Place.NAV, "contentinfo": Place.FOOTER,
    "complementary": Place.ASIDE, "banner": Place.HEADER, "main": Place.MAIN, "article": Place.MAIN,
}  # fmt: skip
_FEED_TYPES = frozenset({
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
})  # fmt: skip
_FEED_PATH = re.compile(
    r"/(?:rss|feed|atom|rdf)/?$|/(?:rss|feed|atom|index)\.(?:xml|rss|rdf|atom)$|/feed\.json$|\.(?:rss|atom|rdf)$",
    re.IGNORECASE,
)
_PHONES = re.compile(r"handheld|max-(?:device-)?width", re.IGNORECASE)
_LONGEST_TEXT = 300
"""Characters of a link's words that are kept."""
_WORDY = 60
"""Characters of a link's words that tell enough."""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Everything that one page links to, each address once, in document order."""

    candidates: list[Candidate]
    """Pages and listings, and feeds that are linked or announced."""
    amp: str | None = None
    """The page's AMP copy (rel=amphtml)."""
    mobile: str | None = None
    """The page's copy for phones (rel=alternate with a media query)."""
    cut: str | None = None
    """What was left unread and why, or None when all was read."""


def parse(html: bytes, content_type: str | None = None) -> LexborHTMLParser:
    """The page as a tree, with what would cost the parser more than linear time taken out before."""
    return LexborHTMLParser(guard.tame(decode(html, content_type).markup)[0])


def read_links(html: bytes | LexborHTMLParser, url: str, content_type: str | None = None) -> PageLinks:
    """The links of a page that was fetched from `url`, given as bytes or already parsed."""
    tree = html if isinstance(html, LexborHTMLParser) else parse(html, content_type)
    base = _base(tree, url)
    found: dict[str, Candidate] = {}
    alone = {"amphtml": "", "mobile": ""}
    for node in tree.css("link[href]")[:MOST_LINKS]:
        rel = _rel(node)
        address = absolute(base, node.attributes.get("href") or "")
        if address is None:
            continue
        said = rel | {"mobile"} if _is_for_phones(node, rel) else rel
        for name in alone.keys() & said:
            alone[name] = alone[name] or address
        announced = _announced(node, rel, address, url)
        if announced:
            found.setdefault(address, announced)
    anchors = tree.css("a[href]")
    _collect(anchors[:MOST_LINKS], base, url, found)
    cut = f"more than {MOST_LINKS:,} links: the rest was not read" if len(anchors) > MOST_LINKS else None
    return PageLinks(list(found.values()), alone["amphtml"] or None, alone["mobile"] or None, cut)


def _collect(anchors: list[LexborNode], base: str, url: str, found: dict[str, Candidate]) -> None:
    places: dict[int, Place] = {}
    for node in anchors:
        address = absolute(base, node.attributes.get("href") or "")
        if address is None or address == url:
            continue
        if known := found.get(address):
            text = _text(node) if len(known.text) < _WORDY and known.place is not Place.HEAD else ""
            if len(text) > len(known.text):  # a picture, or "read more", beside the headline
                found[address] = replace(known, text=text)
            continue
        rel = _rel(node)
        place = Place.NEXT if "next" in rel else _place(node, places)
        role = Role.LISTING if place is Place.NEXT else Role.PAGE
        if _is_feed(node) or _FEED_PATH.search(address.partition("?")[0]):
            role = Role.FEED
        found[address] = Candidate(address, role, url, place, text=_text(node), rel=rel)


def _announced(node: LexborNode, rel: frozenset[str], address: str, url: str) -> Candidate | None:
    """The candidate that a <link> element makes: a feed, the next page of a listing, another edition, or what
    the page calls its own address where that is quite another: a claim, to be seen."""
    if "alternate" in rel and _is_feed(node):
        title = node.attributes.get("title")
        return Candidate(address, Role.FEED, url, Place.HEAD, title=title or None, rel=rel)
    if "next" in rel:
        return Candidate(address, Role.LISTING, url, Place.NEXT, rel=rel)
    if "canonical" in rel and not is_variant(url, address):
        return Candidate(address, Role.PAGE, url, Place.HEAD, rel=rel)
    language = (node.attributes.get("hreflang") or "").strip().lower()
    if "alternate" in rel and language not in ("", "x-default") and address != url:
        return Candidate(address, Role.PAGE, url, Place.HEAD, language=language[:35], rel=rel)
    return None


def _is_for_phones(node: LexborNode, rel: frozenset[str]) -> bool:
    return "alternate" in rel and _PHONES.search((node.attributes.get("media") or "")[:500]) is not None


def _is_feed(node: LexborNode) -> bool:
    return (node.attributes.get("type") or "").partition(";")[0].strip().lower() in _FEED_TYPES


def _place(node: LexborNode, known: dict[int, Place]) -> Place:
    """The nearest landmark around `node`.

    Results are kept by ancestor, so that the links of one list climb the tree once.
    """
    climbed: list[int] = []
    place = Place.BODY
    for ancestor in _above(node):
        landmark = known.get(ancestor.mem_id) or _landmark(ancestor)
        if landmark:
            place = landmark
            break
        climbed.append(ancestor.mem_id)
    known.update(dict.fromkeys(climbed, place))
    return place


def _landmark(node: LexborNode) -> Place | None:
    """What part of a page an element is; the header of an article is part of the article (HTML-AAM)."""
    place = _ARIA.get(node.attributes.get("role") or "") or _LANDMARKS.get(node.tag or "")
    if place is Place.HEADER and any(above.tag in ("article", "main") for above in _above(node)):
        return Place.MAIN
    return place


def _above(node: LexborNode) -> Iterator[LexborNode]:
    ancestor = node.parent
    for _ in range(_HIGHEST):
        if ancestor is None:
            return
        yield ancestor
        ancestor = ancestor.parent


def _text(node: LexborNode) -> str:
    """The anchor's text; where it has none, the words that a screen reader would say."""
    text = " ".join(start_of(node, 10 * _LONGEST_TEXT, " ").split())
    if not text:
        image = next((inner for inner in first_nodes(node) if inner.tag == "img" and _alt(inner)), None)
        spoken = node.attributes.get("aria-label") or node.attributes.get("title")
        text = " ".join((spoken or (_alt(image) if image else "")).split())
    return text[:_LONGEST_TEXT]


def _alt(image: LexborNode) -> str:
    return image.attributes.get("alt") or ""


def _rel(node: LexborNode) -> frozenset[str]:
    return frozenset((node.attributes.get("rel") or "").lower().split())


def _base(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    return (absolute(url, node.attributes.get("href") or "") or url) if node else url
