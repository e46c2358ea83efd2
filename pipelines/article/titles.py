"""The headline as printed: a vote between what the page prints and what it tells machines.

Promises: a headline that stands on the page or in its markup, never one put together.
Never keeps the site's name, unless there is nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.markup import Markup, compact, folded, line, text_of, texts_of

_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«~/<>]{1,3}\s+|\s{0,3}[|｜│ㅣ]\s{0,3}|\s{0,3}：\s{0,3}")
_LOOSE_SEPARATOR = re.compile(_SEPARATOR.pattern + r"|:\s+")
"""Also a colon, where what stands beside it is the site's name."""
_MARK = re.compile(r"[|\-–—·•:»«~/<>｜│ㅣ：]")
"""What every separator has."""
SEEN = 3.0
SOLE = 7.0
"""Weight of an h1 without rival."""
_NOT_HEADLINE = re.compile(
    r"breadcrumb|logo|brand|site-?(?:name|title)|seo-?title|visually|sr-only|screen-reader|hidden|h(?<=\bh)ide\b"
)
_HEADLINE = re.compile(r"headline|title|heading|titulo|titre|titel")
_MAX_WORDS = 60
_MIN_CHARS = 15
"""A part of a statement that is shorter is a kicker rather than a headline."""
_PLAIN = 2.8
"""Weight of an h1 that nothing marks as the headline."""
_BAR = re.compile(r"\s+[|｜│]\s+")
_LETTERS = re.compile(r"[^\W\d_]+")
_ENDINGS = frozenset(("html", "htm", "php"))

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
    suffixed = [(text, without_site(text, names), weight) for text, weight in _with_suffix(markup)]
    known = [folded(text) for text, *_ in (*declared, *suffixed)]
    printed = _printed(markup, known, {*known, *(folded(bare) for _, bare, _ in suffixed)})
    for text, weight in printed:
        _cast(votes, _known_part(text, votes) or text, weight)
    for text, bare, weight in suffixed:
        part = _known_part(text, votes) or bare
        _cast(votes, _without_tail(part, votes) or part, weight)
    if not any(weight > 1.0 for _, weight in printed):
        _count_seen(votes, markup)
    if not votes:
        return next((text for text in (markup.title, *markup.heading_texts) if text), None)
    best = max(votes.values(), key=lambda vote: vote.weight).text
    return _unprinted(markup, best) or _before_bar(best)


def _count_seen(votes: dict[str, _Vote], markup: Markup) -> None:
    """Add weight to the statements that are printed near the place of the headline, in whatever element."""
    for text in {folded(text) for text in markup.lines_after(40)}:
        if text in votes:
            votes[text].weight += SEEN


def _unprinted(markup: Markup, best: str) -> str | None:
    """What markup agrees on as the headline, where the heading that was found is likely another text.

    On a news page that is what og:title, the document's title and JSON-LD all say, as editors filled them. On
    others, where search engines are told much, only what the words of the page's address speak for.
    """
    wanted = markup.first(("og:title",))
    told = _before_bar(without_site(wanted, markup.site_names)) if wanted else ""
    key, heading = folded(told), folded(best)
    if not key or key == heading or key != folded(_before_bar(without_site(markup.title, markup.site_names))):
        return None
    echoes = {folded(without_site(text, markup.site_names)) for text in _echoes(markup)}
    if markup.is_news:
        return told if key in echoes and not (heading.startswith(key) or heading.endswith(key)) else None
    if heading in echoes or not _is_plain_heading(markup, heading):
        return None
    return told if _suits_address(markup.url, key, heading) else None


def _echoes(markup: Markup) -> list[str]:
    """The headline as JSON-LD has it, and on pages that are no news as link previews have it."""
    said = line(jsonld.string(markup.articles[0].get("headline"))) if markup.articles else ""
    return [said] if markup.is_news else [said, markup.first(("twitter:title",)) or ""]


def _is_plain_heading(markup: Markup, heading: str) -> bool:
    """Whether this is an h1 that nothing marks as the headline."""
    same = (node for node in markup.headings if folded(text_of(node)) == heading)
    return any(_heading_weight(node) == _PLAIN for node in same)


def _suits_address(url: str | None, told: str, heading: str) -> bool:
    """Whether the address has more words of `told`; or no fewer, and the heading speaks of other things."""
    paths = (url or "").lower().partition("?")[0].split("/")[3:]
    spoken: list[list[str]] = [[], *(_LETTERS.findall(part) for part in paths[:20])]
    longest = max(spoken, key=len)
    slug = set(longest) - _ENDINGS
    ours, others = set(told.split()), set(heading.split())
    ahead = len(slug & ours) - len(slug & others)
    alike = len(ours & others) / len(ours | others)
    return ahead > 0.1 * len(slug) or (ahead >= 0 and alike < 0.3)


def _before_bar(text: str) -> str:
    """`text` without a few words behind a bar at its end: a section, a topic."""
    for cut in reversed(list(_BAR.finditer(text))):
        if cut.start() < _MIN_CHARS or len(text[cut.end() :].split()) > 4:
            break
        text = text[: cut.start()]
    return text


def _without_tail(text: str, votes: dict[str, _Vote]) -> str | None:
    """The headline that `text` is with one or two words after it."""
    key = folded(text)
    shorter = (
        vote.text
        for short, vote in votes.items()
        if len(short) > _MIN_CHARS and key.startswith(f"{short} ") and key.count(" ", len(short)) <= 2
    )
    return next(shorter, None)


@lru_cache(maxsize=512)
def without_site(text: str, names: frozenset[str]) -> str:
    """`text` without the parts at its ends that are the site's name."""
    for _ in range(4):
        cuts = list(_LOOSE_SEPARATOR.finditer(text)) if _MARK.search(text) else []
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


def _printed(markup: Markup, known: list[str], bare: set[str]) -> list[tuple[str, float]]:
    """Headings that may be the headline, each once.

    known: what the markup says, folded. bare: the same, and without the site's name.

    The only h1 that speaks of what the markup speaks of is what a reader sees as the headline, whatever a
    search engine is told: unless the markup has the same with a kicker before it.
    """
    found: dict[str, tuple[str, float]] = {}
    for node in markup.headings:
        text = _heading_text(node, bare)
        key = folded(text)
        if key and key not in found and len(text.split()) <= _MAX_WORDS and not _is_masthead(text, markup):
            fits = not known or _likeness(key, known)[0] >= 0.3
            found[key] = text, _heading_weight(node) * (1.0 if fits else 0.3)
    whole = [key for key, (_, weight) in found.items() if weight > 1.5]
    if len(whole) == 1 and not any(other.endswith(whole[0]) and other != whole[0] for other in known):
        found[whole[0]] = _after_kicker(found[whole[0]][0], markup), SOLE
    elif len(whole) > 1:
        found.update({key: (found[key][0], found[key][1] * _likeness(key, known)[1]) for key in whole})
    for node in markup.itemprops.get("headline", ())[:3]:
        text = text_of(node)
        if text and compact(text) not in markup.site_names:
            found.setdefault(folded(text) + "#", (text, 1.0))
    return list(found.values())


def _heading_text(node: LexborNode, bare: set[str]) -> str:
    """What a heading says, without a kicker or a count that stands in it as an element of its own."""
    text = text_of(node)
    if folded(text) in bare:
        return text
    pieces = (piece for piece in texts_of(node, 12) if len(piece) > _MIN_CHARS and folded(piece) in bare)
    return next(pieces, text)


def _after_kicker(text: str, markup: Markup) -> str:
    """A heading of the news without a kicker and colon, where og:title is the rest."""
    _kicker, colon, rest = text.partition(": ")
    told = markup.first(("og:title",)) if colon and markup.is_news else None
    return rest if told and folded(told) == folded(rest) else text


def _is_masthead(text: str, markup: Markup) -> bool:
    """Whether a heading is the site's name: it is known as such, or stands beside og:title in the title."""
    if compact(text) in markup.site_names:
        return True
    key, told = folded(text), folded(markup.first(("og:title",)) or "")
    beside = bool(told) and folded(markup.title) in (f"{key} {told}", f"{told} {key}")
    return beside and compact(told) not in markup.site_names


def _heading_weight(node: LexborNode) -> float:
    attributes = node.attributes
    marks = f"{attributes.get('class')} {attributes.get('id')} {' '.join(attributes)}"[:500].lower()
    if _NOT_HEADLINE.search(marks):
        return 0.4
    return 3.2 if _HEADLINE.search(marks) else _PLAIN


def _likeness(key: str, known: list[str]) -> tuple[float, float]:
    """How much of a heading, and of the longer of the two, it has in common with the best known statement."""
    parted = " " in key or key.isascii()
    words = set(key.split() if parted else key)
    others = [set(one.split() if parted else one) for one in known]
    return (
        max((len(words & other) / len(words) for other in others), default=0.0),
        max((len(words & other) / max(len(words), len(other)) for other in others), default=0.0),
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
    return sorted(found, key=lambda one: len(one[0]))


def _known_part(text: str, votes: dict[str, _Vote]) -> str | None:
    """The printed or declared headline that `text` is, with something before or after."""
    cuts = list(_SEPARATOR.finditer(text)) if _MARK.search(text) else []
    parts = [text, *(text[: cut.start()] for cut in cuts), *(text[cut.end() :] for cut in cuts)]
    return next((part for part in parts[:20] if folded(part) in votes), None)


def _cast(votes: dict[str, _Vote], text: str, weight: float) -> None:
    key = folded(text)
    if not key:
        return
    votes.setdefault(key, _Vote(text)).weight += weight
