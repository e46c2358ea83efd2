"""The headline as printed: a vote between what the page prints and what it tells machines.

Promises: a headline that stands on the page or in its markup, never one put together.
Never keeps the site's name, unless there is nothing else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.markup import Markup, compact, folded, line, text_of

_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«~/<>]{1,3}\s+|\s{0,3}[|｜│ㅣ]\s{0,3}|\s{0,3}：\s{0,3}")
_NOT_HEADLINE = re.compile(r"breadcrumb|logo|brand|site-?(?:name|title)|seo-?title|visually|sr-only|screen-reader|hidden|\bhide\b", re.I)
_HEADLINE = re.compile(r"headline|title|heading|titulo|titre|titel", re.I)
_MAX_WORDS = 60

_META = (("og:title", 1.5), ("twitter:title", 0.5), ("headline", 1.0), ("dc.title", 0.7), ("parsely-title", 1.0),
         ("sailthru.title", 1.0), ("cxenseparse:title", 0.7), ("title", 0.3))  # fmt: skip


@dataclass
class _Vote:
    text: str
    weight: float = 0.0
    printed: bool = False


def read(markup: Markup) -> str | None:
    """The headline of the page, or None where it has none."""
    names = markup.site_names
    votes: dict[str, _Vote] = {}
    for text, weight in _printed(markup, names):
        _cast(votes, text, weight, printed=True)
    for text, weight in _declared(markup):
        _cast(votes, without_site(text, names), weight)
    for text, weight in _with_suffix(markup):
        _cast(votes, _known_part(text, votes) or without_site(text, names), weight)
    if not votes:
        return next((text for text in (markup.title, *markup.heading_texts) if text), None)
    return max(votes.values(), key=lambda vote: vote.weight).text


def without_site(text: str, names: frozenset[str]) -> str:
    """`text` without the parts at its ends that are the site's name."""
    while True:
        cuts = list(_SEPARATOR.finditer(text))
        if not cuts:
            return text
        head, tail = text[: cuts[-1].start()], text[cuts[-1].end() :]
        if _is_site(tail, names) and folded(head):
            text = head
            continue
        head, tail = text[: cuts[0].start()], text[cuts[0].end() :]
        if not (_is_site(head, names) and folded(tail)):
            return text
        text = tail


def _is_site(part: str, names: frozenset[str]) -> bool:
    short = compact(part)
    if not short or len(part.split()) > 7:
        return False
    return any(short == name or (len(short) > 3 and short in name) or (len(name) > 3 and name in short) for name in names)


def _printed(markup: Markup, names: frozenset[str]) -> list[tuple[str, float]]:
    """Headings that may be the headline."""
    found = []
    for node in markup.headings:
        text = text_of(node)
        if not text or len(text.split()) > _MAX_WORDS or compact(text) in names:
            continue
        found.append((text, _heading_weight(node) if len(found) == 0 else _heading_weight(node) - 1.2))
    for node in markup.tree.css('[itemprop~="headline" i]')[:3]:
        text = text_of(node)
        if text and node.tag != "meta" and compact(text) not in names:
            found.append((text, 1.0))
    return found


def _heading_weight(node: LexborNode) -> float:
    attributes = node.attributes
    marks = f"{attributes.get('class')} {attributes.get('id')} {' '.join(attributes)}"
    if _NOT_HEADLINE.search(marks[:500]):
        return 0.4
    return 3.2 if _HEADLINE.search(marks[:500]) else 2.8


def _declared(markup: Markup) -> list[tuple[str, float]]:
    found = []
    if markup.articles:
        node = markup.articles[0]
        for key, weight in (("headline", 2.2), ("name", 0.6), ("alternativeHeadline", 0.5)):
            text = line(jsonld.string(node.get(key)))
            if text:
                found.append((text, weight))
    return found


def _with_suffix(markup: Markup) -> list[tuple[str, float]]:
    """Statements that often carry the site's name or a section after the headline."""
    found = [(text, weight) for name, weight in _META if (text := markup.first((name,)))]
    if markup.title:
        found.append((markup.title, 1.0))
    return found


def _known_part(text: str, votes: dict[str, _Vote]) -> str | None:
    """The printed or declared headline that `text` is, with something before or after."""
    cuts = list(_SEPARATOR.finditer(text))
    parts = [text, *(text[: cut.start()] for cut in cuts), *(text[cut.end() :] for cut in cuts)]
    return next((part for part in parts[:20] if folded(part) in votes), None)


def _cast(votes: dict[str, _Vote], text: str, weight: float, *, printed: bool = False) -> None:
    key = folded(text)
    if not key:
        return
    vote = votes.setdefault(key, _Vote(text, printed=printed))
    vote.weight += weight
