"""Beliefs -> the blocks that are the body, and for each other block the reason why not.

Promises: pure. The choice is the one that maximises the expected word F1 of the page, so an unsure page is
not cut by a threshold made for sure ones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.article.cues import CLASS_BIT, HIDDEN_BIT, TAG_BIT, TEXT_BIT
from pipelines.article.features import Floats, Measured
from pipelines.article.tree import Page

Mask = npt.NDArray[np.bool_]


def best_choice(belief: Floats, words: Floats) -> tuple[Mask, float]:
    """The blocks to keep, and the word F1 to expect of keeping them.

    With blocks in falling order of belief, keeping the first k has an expected F1 of about
    2 * sum(belief * words of these) / (sum(words of these) + sum(belief * words of all)).
    """
    order = np.argsort(-belief, kind="stable")
    kept = np.cumsum(words[order], dtype=np.float64)
    right = np.cumsum((words * belief)[order], dtype=np.float64)
    score = 2 * right / (kept + right[-1] + 1e-9)
    best = int(score.argmax())
    chosen = np.zeros(len(belief), np.bool_)
    chosen[order[: best + 1]] = True
    return chosen, float(score[best])


_NEAR = 3
"""Blocks after a heading within which the body goes on, if it is the body's."""


def headings(page: Page, measured: Measured, chosen: Mask, reason: list[str]) -> list[int]:
    """The headings that doubt alone left out although the body stands before and right after them."""
    kept = np.flatnonzero(chosen)
    if not len(kept):
        return []
    inside = (n for n in range(int(kept[0]) + 1, int(kept[-1])) if not chosen[n])
    return [
        n
        for n in inside
        if measured.heading[n]
        and page.tag(page.holder[n]) in _HEADING_TAGS
        and reason[n] == "boilerplate"
        and measured.link_share[n] < 0.3
        and _goes_on(n, chosen, reason)
    ]


def _goes_on(heading: int, chosen: Mask, reason: list[str]) -> bool:
    """Whether the block after a heading is of the body; a time may stand between."""
    after = heading + 1
    while after < heading + _NEAR and reason[after] == "date" and not chosen[after]:
        after += 1
    return bool(chosen[after])


_HEADING_TAGS = frozenset(("h2", "h3", "h4"))

_REASONS = (
    ("consent", "", "", "consent"),
    ("paywall", "paywall", "", ""),
    ("comments", "comments", "", ""),
    ("newsletter", "newsletter", "", "newsletter"),
    ("share", "share", "", "share+follow"),
    ("advertisement", "ad", "", "ad"),
    ("caption", "caption", "figcaption", "credit"),
    ("author bio", "bio", "", ""),
    ("byline", "byline", "", ""),
    ("related", "related", "", "related"),
    ("copyright", "legal", "", "copyright"),
    ("navigation", "nav footer header toc tags", "nav footer header", "skip+toc+tags"),
    ("promo", "promo", "", "promo"),
    ("date", "date", "time", "clock"),
    ("comments", "", "", "comments"),
    ("teaser", "card list side", "aside", ""),
)
"""Reason, and the class, tag and text cues (the last for short blocks only) that give it; the first wins."""
_NAMES = np.array(["boilerplate", *(reason for reason, *_ in _REASONS), "hidden"], object)
_CUES = np.array(
    [(0, 0, 0)]
    + [
        (
            sum(CLASS_BIT[name] for name in classes.split()),
            sum(TAG_BIT[name] for name in tags.split()),
            sum(TEXT_BIT[name] for name in texts.split("+") if name),
        )
        for _, classes, tags, texts in _REASONS
    ]
    + [(0, HIDDEN_BIT, 0)],
    np.int64,
)[:, :, None]
"""Of each of `_NAMES`: its cues; of the first none, so that it is the name of what nothing fits."""

_SHORT = 30
"""Words up to which a block's own text tells why it was left out."""


def reasons(measured: Measured) -> list[str]:
    """For each block the reason it would be left out for."""
    short = measured.words <= _SHORT
    cues = np.stack((measured.above_classes, measured.above_tags, measured.cues * short))
    fits = (cues & _CUES).any(axis=1)
    names = _NAMES[fits.argmax(axis=0)]
    own_byline = (measured.holder_classes & CLASS_BIT["byline"]) != 0
    names[own_byline & short] = "byline"
    names[measured.title > 0.8] = "title"
    return list(names)
