"""The headline as printed: a vote between what the page prints and what it tells machines.

Promises: a headline that stands on the page or in its markup, never one put together.
Never keeps the site's name, unless there is nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.markup import Markup, compact, folded, line, text_of

_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«~/<>]{1,3}\s+|\s{0,3}[|｜│ㅣ]\s{0,3}|\s{0,3}：\s{0,3}")
_LOOSE_SEPARATOR = re.compile(_SEPARATOR.pattern + r"|:\s+")
"""Also a colon, where what stands beside it is the site's name."""
SEEN = 3.0
SOLE = 7.0
"""Weight of an h1 without rival."""
_NOT_HEADLINE = re.compile(
    r"breadcrumb|logo|brand|site-?(?:name|title)|seo-?title|visually|sr-only|screen-reader|hidden|\bhide\b",
    re.I,
)
_HEADLINE = re.compile(r"headline|title|heading|titulo|titre|titel", re.I)
_MAX_WORDS = 60

_META = (
    ("og:title", 1.5),
    ("twitter:title", 0.5),
    ("headline", 1.0),
    ("dc.title", 0.7),
    ("parsely-title", 1.0),
    ("sailthru.title", 1.0),
    ("cxenseparse:title", 0.7),
    ("title", 0.3),
)


@dataclass
class _Vote:
    text: str
    weight: float = 0.0


def read(markup: Markup) -> str | None:
    """The headline of the page, or None where it has none."""
    names = markup.site_names
    votes: dict[str, _Vote] = {}
    declared = [(without_site(text, names), weight) for text, weight in _declared(markup)]
    for text, weight in declared:
        _cast(votes, text, weight)
    suffixed = _with_suffix(markup)
    known = [folded(text) for text, _ in declared + suffixed]
    printed = _printed(markup, known)
    for text, weight in printed:
        _cast(votes, _known_part(text, votes) or text, weight)
    for text, weight in suffixed:
        part = _known_part(text, votes) or without_site(text, names)
        _cast(votes, part, weight)
    if not any(weight > 1.0 for _, weight in printed):
        _count_seen(votes, markup)
    if not votes:
        return next((text for text in (markup.title, *markup.heading_texts) if text), None)
    return max(votes.values(), key=lambda vote: vote.weight).text


def _count_seen(votes: dict[str, _Vote], markup: Markup) -> None:
    """Add weight to the statements that are printed near the place of the headline, in whatever element."""
    for text in {folded(text) for text in markup.lines_after(40)}:
        if text in votes:
            votes[text].weight += SEEN


def without_site(text: str, names: frozenset[str]) -> str:
    """`text` without the parts at its ends that are the site's name."""
    for _ in range(4):
        cuts = list(_LOOSE_SEPARATOR.finditer(text))
        if not cuts:
            return text
        head, tail = text[: cuts[-1].start()], text[cuts[-1].end() :]
        start, rest = text[: cuts[0].start()], text[cuts[0].end() :]
        if _is_site(tail, names) and folded(head):
            text = head
        elif _is_site(start, names) and folded(rest):
            text = rest
        else:
            return text
    return text


def _is_site(part: str, names: frozenset[str]) -> bool:
    short = compact(part)
    if not short or len(part.split()) > 7:
        return False
    return any(
        short == name or (len(short) > 3 and short in name) or (len(name) > 3 and name in short)
        for name in names
    )


def _printed(markup: Markup, known: list[str]) -> list[tuple[str, float]]:
    """Headings that may be the headline, each once; `known` is what the markup says, folded.

    The only h1 that speaks of what the markup speaks of is what a reader sees as the headline, whatever a
    search engine is told: unless the markup has the same with a kicker before it.
    """
    found: dict[str, tuple[str, float]] = {}
    for node in markup.headings:
        text = text_of(node)
        key = folded(text)
        if (
            key
            and key not in found
            and len(text.split()) <= _MAX_WORDS
            and compact(text) not in markup.site_names
        ):
            fits = _fit(key, known) if known else 1.0
            found[key] = text, _heading_weight(node) * (1.0 if fits >= 0.3 else 0.3)
    whole = [key for key, (_, weight) in found.items() if weight > 1.5]
    if len(whole) == 1 and not any(other.endswith(whole[0]) and other != whole[0] for other in known):
        found[whole[0]] = found[whole[0]][0], SOLE
    elif len(whole) > 1:
        found.update({key: (found[key][0], found[key][1] * _fit(key, known)) for key in whole})
    for node in markup.itemprops.get("headline", ())[:3]:
        text = text_of(node)
        if text and compact(text) not in markup.site_names:
            found.setdefault(folded(text) + "#", (text, 1.0))
    return list(found.values())


def _heading_weight(node: LexborNode) -> float:
    attributes = node.attributes
    marks = f"{attributes.get('class')} {attributes.get('id')} {' '.join(attributes)}"
    if _NOT_HEADLINE.search(marks[:500]):
        return 0.4
    return 3.2 if _HEADLINE.search(marks[:500]) else 2.8


def _fit(key: str, known: list[str]) -> float:
    """The share of a heading's words that the best of the known statements has."""
    words = set(key.split()) if " " in key or key.isascii() else set(key)
    return max(
        (len(words & set(one.split() if " " in key or key.isascii() else one)) / len(words) for one in known),
        default=0.0,
    )


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


def _cast(votes: dict[str, _Vote], text: str, weight: float) -> None:
    key = folded(text)
    if not key:
        return
    votes.setdefault(key, _Vote(text)).weight += weight
