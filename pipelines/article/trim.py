"""What is taken out of the chosen blocks afterwards, by rule: title, standfirst, byline, promos, tails.

Promises: pure; only takes blocks away, never adds one, and says why for each.
"""

from __future__ import annotations

import re

import numpy as np

from pipelines.article.choose import Mask
from pipelines.article.cues import CLASS_BIT, TAG_BIT
from pipelines.article.features import Measured
from pipelines.article.fields import Fields
from pipelines.article.tree import Page

_HEADINGS = sum(TAG_BIT[f"h{level}"] for level in range(1, 7))
_WORD = re.compile(r"\w+")


def trim(page: Page, measured: Measured, fields: Fields, chosen: Mask) -> dict[int, str]:
    """The chosen blocks that are no part of the body after all, and the reason for each."""
    kept = np.flatnonzero(chosen).tolist()
    removed: dict[int, str] = {}
    removed |= {number: "title" for number in kept[:6] if measured.title[number] > 0.85}
    standfirst = standfirst_block(page, measured, fields)
    if standfirst is not None and chosen[standfirst] and standfirst in kept[:4]:
        removed[standfirst] = "standfirst"
    return removed


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
