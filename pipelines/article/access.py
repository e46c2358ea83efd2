"""Who may read the page in full, as far as its markup says.

Promises: an answer for every page, from declarations alone. Never measures the body: a page that declares
nothing and serves a teaser is for others to notice.

Sources: schema.org isAccessibleForFree and hasPart (WebPageElement, cssSelector); article:content_tier.
"""

from __future__ import annotations

from selectolax.lexbor import SelectolaxError

from pipelines.article import jsonld
from pipelines.article.jsonld import Node
from pipelines.article.markup import Markup, start_of
from pipelines.model import Access

MAX_SELECTORS = 8
SERVED = 400
"""Characters in the parts that are not free from which on their text counts as served."""

_TIERS = {"locked": Access.PAYWALLED, "metered": Access.METERED, "free": Access.OPEN}


def read(markup: Markup) -> tuple[Access, tuple[str, ...]]:
    """Access, and the CSS selectors of the parts that are declared not free.

    Paywalled: declared not free, and the parts in question hold no text. Metered: the same, yet served.
    """
    selectors = tuple(_selectors(markup))
    tier = _TIERS.get((markup.first(("article:content_tier",)) or "").lower())
    closed = [
        node for node in markup.articles[:1] or [markup.page] if _is_false(node.get("isAccessibleForFree"))
    ]
    if not closed and tier is None:
        return Access.OPEN, selectors
    if not closed:
        return tier or Access.OPEN, selectors
    served = _length(markup, selectors) >= SERVED
    return (Access.METERED if served or tier is Access.METERED else Access.PAYWALLED), selectors


def _selectors(markup: Markup) -> list[str]:
    found: list[str] = []
    for node in (*markup.articles[:1], markup.page):
        for part in jsonld.objects(node.get("hasPart")):
            if _is_false(part.get("isAccessibleForFree")):
                found.extend(
                    text.strip() for text in jsonld.strings(part.get("cssSelector")) if 0 < len(text) < 200
                )
    return list(dict.fromkeys(found))[:MAX_SELECTORS]


def _is_false(value: Node | object) -> bool:
    text = jsonld.string(value) if isinstance(value, str | list | dict) else str(value)
    return (text or "").strip().lower() in (
        "false",
        "0",
        "no",
        "http://schema.org/false",
        "https://schema.org/false",
    )


def _length(markup: Markup, selectors: tuple[str, ...]) -> int:
    """Characters of text in the paragraphs of the selected parts.

    A selector with a pseudo-class selects nothing: ":has" and ":nth-last-child" look at all siblings of each.
    """
    length = 0
    for selector in selectors:
        if ":" in selector:
            continue
        try:
            parts = markup.tree.css(selector)[:20]
        except SelectolaxError:  # the page wrote a selector that cannot be read: it selects nothing
            continue
        length += sum(len(start_of(part, SERVED)) for part in parts)
    return length
