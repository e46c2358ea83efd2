"""What is taken out of the chosen blocks afterwards, by rule: title, standfirst, byline, promos, tails.

Promises: pure; only takes blocks away, never adds one, and says why for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.article import notations
from pipelines.article.choose import Mask
from pipelines.article.cues import CLASS_BIT, TAG_BIT, TEXT_BIT
from pipelines.article.features import Measured
from pipelines.article.fields import Fields
from pipelines.article.tree import Page
from pipelines.model import Access

_HEADINGS = sum(TAG_BIT[f"h{level}"] for level in range(1, 7))
_WORD = re.compile(r"\w+")
_PARAGRAPH = 20
"""Words from which a block that is no heading is a paragraph for sure."""
_UNPARTED = 6
"""The same in scripts without blanks, where a word is what nine signs amount to."""


@dataclass
class _Body:
    """A page and the blocks that are still kept."""

    page: Page
    measured: Measured
    fields: Fields
    kept: list[int]

    def is_heading(self, number: int) -> bool:
        return bool(self.measured.heading[number])

    def has(self, number: int, *cues: str) -> bool:
        return any(int(self.measured.cues[number]) & TEXT_BIT[cue] for cue in cues)

    def is_day(self, number: int) -> bool:
        """Whether a line names the day of publication, in whatever language and calendar."""
        published, found = self.fields.published, notations.parse(self.page.text[number])
        if published is None or found is None:
            return False
        return notations.day(found) == notations.day(published)

    def saying(self, signs: tuple[str, ...], pattern: re.Pattern[str]) -> list[int]:
        """The kept blocks, long ones aside, that hold one of the signs and match the pattern."""
        said = [sign for sign in signs if sign in self._lowered]
        if not said:
            return []
        text = self.page.text
        return [
            n
            for n in self._short()
            if any(sign in text[n].lower() for sign in said) and pattern.search(text[n])
        ]

    @cached_property
    def _lowered(self) -> str:
        """All short blocks that were kept when this was first asked for."""
        return "\n".join([self.page.text[n] for n in self._short()]).lower()

    def _short(self) -> list[int]:
        return [n for n in self.kept if self.measured.words[n] < _LONG]

    def paragraphs(self) -> list[int]:
        return [n for n in self.kept if self._is_long(n) and not self.is_heading(n)]

    def _is_long(self, number: int) -> bool:
        words = float(self.measured.words[number])
        if words >= _PARAGRAPH:
            return True
        return words >= _UNPARTED and 3 * len(self.page.text[number].split()) < words


Rule = Callable[[_Body], dict[int, str]]
"""The kept blocks that it takes out, and why."""


def trim(
    page: Page, measured: Measured, fields: Fields, chosen: Mask, rules: tuple[Rule, ...] | None = None
) -> dict[int, str]:
    """The chosen blocks that are no part of the body after all, and why; by all rules or these."""
    body = _Body(page, measured, fields, np.flatnonzero(chosen).tolist())
    words = measured.words
    most = float(words[body.kept].sum()) * _MOST
    removed: dict[int, str] = {}
    for rule in RULES if rules is None else rules:
        found = rule(body)
        if found and float(words[list(found)].sum()) <= most:
            removed |= found
            body.kept = [n for n in body.kept if n not in found]
    return removed


_MOST = 0.3
"""Share of the body's words that a rule may take out: one that finds more has misread the page."""


def _title(body: _Body) -> dict[int, str]:
    """The headline, which often heads the body's own container."""
    return {n: "title" for n in body.kept[:6] if body.measured.title[n] > 0.85}


def _standfirst(body: _Body) -> dict[int, str]:
    """The standfirst, where it is marked as one: a first paragraph that doubles as description stays."""
    standfirst = standfirst_block(body.page, body.measured, body.fields)
    return {standfirst: "standfirst"} if standfirst in body.kept[:4] and standfirst is not None else {}


def _furniture(body: _Body) -> dict[int, str]:
    """Date, byline and share lines between headline and first paragraph."""
    paragraphs = body.paragraphs()
    words = body.measured.words
    removed = {}
    for n in body.kept:
        if not paragraphs or n >= paragraphs[0]:
            break
        if words[n] > 14 or body.is_heading(n):
            continue
        told = body.has(n, "clock")
        if (words[n] <= 6 and (told or body.is_day(n))) or (told and body.has(n, "published", "ago")):
            removed[n] = "date"
        elif words[n] <= 10 and any(name in body.page.text[n] for name in body.fields.authors):
            removed[n] = "byline"
        elif words[n] <= 6 and body.has(n, "share", "follow", "comments", "read time"):
            removed[n] = "share"
    return removed


def _boxes(body: _Body) -> dict[int, str]:
    """Boxes within the body that their class names, and an aside or their own words and links, give away."""
    measured, removed = body.measured, {}
    for n in body.kept:
        if measured.words[n] >= _LONG:
            continue
        around = int(measured.above_classes[n])
        for reason, classes, texts in _BOXES if around else ():
            if around & classes and (
                int(measured.above_tags[n]) & TAG_BIT["aside"]
                or int(measured.cues[n]) & texts
                or measured.link_share[n] > 0.7
            ):
                removed[n] = reason
    return removed


_BOXES = tuple(
    (reason, CLASS_BIT[reason], TEXT_BIT[reason]) for reason in ("newsletter", "related", "comments", "share")
)


def _paywall(body: _Body) -> dict[int, str]:
    """The box that stands in place of the rest, on a page that says it is not free and serves a teaser."""
    if body.fields.access is not Access.PAYWALLED:
        return {}
    return {
        n: "paywall"
        for n in body.kept
        if int(body.measured.above_classes[n]) & CLASS_BIT["paywall"]
        and body.measured.words[n] < _LONG
        and body.has(n, "newsletter", "login")
    }


def _promos(body: _Body) -> dict[int, str]:
    """Lines within the body that only point elsewhere: "Read more: ...", a linked line in capitals."""
    words, linked, text = body.measured.words, body.measured.link_share, body.page.text
    pointing = [n for n in body.kept if words[n] < 30 and linked[n] > 0.7]
    return {
        n: "promo"
        for n in pointing
        if body.has(n, "related") or (linked[n] > 0.95 and words[n] > 3 and text[n].isupper())
    }


def _consent(body: _Body) -> dict[int, str]:
    """What stands in place of embedded content until a reader agrees to it being loaded."""
    return dict.fromkeys(body.saying(_EMBED_SIGNS, _EMBED), "consent")


_EMBED_SIGNS = ("extern", "drittplatt", "third party", "cookies", "javascript", "redaktionell")
_EMBED = re.compile(
    r"\bextern(?:e[rn]?|er) (?:redaktionelle[rn]? )?inhalte?\b"
    r"|\bempfohlene[rn]? (?:redaktionelle|externe)[rn]? inhalt"
    r"|\bdrittplattformen\b|\bthis (?:content|embed) is (?:hosted|provided) by a third party"
    r"|\b(?:accept|allow|enable|consent to) .{0,40}cookies .{0,40}(?:view|see|watch|load|continue)"
    r"|\bto (?:view|see|watch) this (?:content|video|embed).{0,80}(?:cookies|consent|javascript)"
    r"|\b(?:contenu|vidéo) .{0,60}(?:accept\w+|autoris\w+) .{0,40}cookies"
    r"|\b(?:contenido|vídeo) .{0,60}(?:acept\w+|permit\w+) .{0,40}cookies|\benable javascript\b",
    re.I,
)


def _captions(body: _Body) -> dict[int, str]:
    """Captions and credits of pictures, as the page marks them."""
    measured = body.measured
    return {
        n: "caption"
        for n in body.kept
        if measured.words[n] < _LONG
        and (
            int(measured.near_classes[n]) & CLASS_BIT["caption"]
            or int(measured.above_tags[n]) & TAG_BIT["figcaption"]
        )
    }


def _blobs(body: _Body) -> dict[int, str]:
    """What was meant for a script and stands in the text."""
    return {
        n: "boilerplate"
        for n in body.kept
        if body.page.text[n].startswith(('{"', '[{"', "<a href=", "<div "))
    }


_LONG = 90
"""Words from which a block is never taken for a caption, a disclosure or the like."""


def _disclosures(body: _Body) -> dict[int, str]:
    """What a publisher says of its commissions, its rights and its need of support."""
    return dict.fromkeys(body.saying(_DISCLOSURE_SIGNS, _DISCLOSURE), "boilerplate")


_DISCLOSURE_SIGNS = (
    *(
        "commission",
        "compensation",
        "share of",
        "portion of",
        "journalism",
        "reserved",
        "may not be",
        "apply",
    ),
    *("provision", "vorbehalten", "réservés", "reservados", "riservati"),
)
_DISCLOSURE = re.compile(
    r"\b(?:we|site|publication|newsroom)\b.{0,60} (?:may|might|could|can|will) (?:also )?"
    r"(?:receive|earn|get|collect) .{0,40}\b(?:compensation|commissions?|share of|portion of)"
    r"|\bearns? (?:an? )?(?:affiliate )?commissions?\b"
    r"|\bour journalism needs\b|\bsupport (?:our|independent|local) journalism\b|\ball rights reserved\b"
    r"|\bmay not be (?:published|reproduced|distributed|copied)\b|\bterms of (?:service|use) apply\b"
    r"|\baffiliate-links?\b.{0,200}\bprovision\b|\balle rechte vorbehalten\b|\btous droits réservés\b"
    r"|\b(?:todos los derechos|todos os direitos) reservados\b|\btutti i diritti riservati\b",
    re.I,
)


def _tail(body: _Body) -> dict[int, str]:
    """What follows the last paragraph and calls for something: to subscribe, follow, share, read on."""
    paragraphs = body.paragraphs()
    removed: dict[int, str] = {}
    for n in reversed(body.kept):
        if paragraphs and n <= paragraphs[-1]:
            break
        for cue, reason in _TAIL:
            if body.has(n, cue):
                removed[n] = reason
                break
        else:
            if not body.is_heading(n):
                break
            removed[n] = "boilerplate"
    return removed


_TAIL = (
    ("newsletter", "newsletter"),
    ("follow", "share"),
    ("share", "share"),
    ("comments", "comments"),
    ("related", "related"),
    ("copyright", "copyright"),
    ("tags", "navigation"),
    ("login", "paywall"),
)

RULES: tuple[Rule, ...] = (
    _title,
    _standfirst,
    _furniture,
    _boxes,
    _paywall,
    _consent,
    _captions,
    _blobs,
    _disclosures,
    _promos,
    _tail,
)


def standfirst_block(page: Page, measured: Measured, fields: Fields) -> int | None:
    """The block that is the standfirst, if one stands apart from the body's paragraphs."""
    wanted = _WORD.findall((fields.standfirst or "").casefold())
    if len(wanted) < 4:
        return None
    lengths = np.fromiter(map(len, page.text), np.int64, len(page.text))
    longest = max(wanted, key=len)
    for number in np.flatnonzero(np.abs(lengths - len(fields.standfirst or "")) < 40).tolist():
        text = page.text[number].casefold()
        if longest in text and _WORD.findall(text) == wanted:
            named = measured.holder_classes[number] | measured.above_classes[number]
            apart = bool(named & CLASS_BIT["standfirst"]) or bool(measured.above_tags[number] & _HEADINGS)
            return number if apart else None
    return None
