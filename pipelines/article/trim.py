"""What is taken out of the chosen blocks afterwards, by rule: title, standfirst, byline, promos, tails.

Promises: pure; only takes blocks away, never adds one, and says why for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.article.choose import Mask
from pipelines.article.cues import CLASS_BIT, TAG_BIT, TEXT_BIT
from pipelines.article.features import Measured
from pipelines.article.fields import Fields
from pipelines.article.tree import Page

_HEADINGS = sum(TAG_BIT[f"h{level}"] for level in range(1, 7))
_WORD = re.compile(r"\w+")
_PARAGRAPH = 20
"""Words from which a block that is no heading is a paragraph for sure."""


@dataclass(frozen=True, slots=True)
class _Body:
    """A page and the blocks that are still kept."""

    page: Page
    measured: Measured
    fields: Fields
    kept: list[int]

    def is_heading(self, number: int) -> bool:
        return self.page.tag[self.page.holder[number]] in _HEADING_TAGS

    def has(self, number: int, *cues: str) -> bool:
        return any(int(self.measured.cues[number]) & TEXT_BIT[cue] for cue in cues)

    def paragraphs(self) -> list[int]:
        words = self.measured.words
        return [n for n in self.kept if words[n] >= _PARAGRAPH and not self.is_heading(n)]


_HEADING_TAGS = frozenset(f"h{level}" for level in range(1, 7))


def trim(page: Page, measured: Measured, fields: Fields, chosen: Mask) -> dict[int, str]:
    """The chosen blocks that are no part of the body after all, and the reason for each."""
    kept = np.flatnonzero(chosen).tolist()
    removed: dict[int, str] = {}
    for rule in RULES:
        removed |= rule(_Body(page, measured, fields, [n for n in kept if n not in removed]))
    return removed


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
        if body.has(n, "clock") and (words[n] <= 6 or body.has(n, "published", "ago")):
            removed[n] = "date"
        elif words[n] <= 10 and any(name in body.page.text[n] for name in body.fields.authors):
            removed[n] = "byline"
        elif words[n] <= 6 and body.has(n, "share", "follow", "comments", "read time"):
            removed[n] = "share"
    return removed


def _promos(body: _Body) -> dict[int, str]:
    """Lines within the body that only point elsewhere: "Read more: ...", a linked line in capitals."""
    measured, text = body.measured, body.page.text
    return {
        n: "promo"
        for n in body.kept
        if measured.words[n] < 30
        and measured.link_share[n] > 0.7
        and (body.has(n, "related") or (measured.link_share[n] > 0.95 and measured.words[n] > 3 and text[n].isupper()))
    }


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

RULES: tuple[Callable[[_Body], dict[int, str]], ...] = (_title, _standfirst, _furniture, _promos, _tail)


def standfirst_block(page: Page, measured: Measured, fields: Fields) -> int | None:
    """The block that is the standfirst, if one stands apart from the body's paragraphs."""
    wanted = _WORD.findall((fields.standfirst or "").casefold())
    if len(wanted) < 4:
        return None
    for number, text in enumerate(page.text):
        if abs(len(text) - len(fields.standfirst or "")) < 40 and _WORD.findall(text.casefold()) == wanted:
            named = measured.holder_classes[number] | measured.above_classes[number]
            apart = bool(named & CLASS_BIT["standfirst"]) or bool(measured.above_tags[number] & _HEADINGS)
            return number if apart else None
    return None
