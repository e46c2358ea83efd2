"""The standfirst: the sentence or two between headline and body, as printed.

Promises: text of the page or of its markup, never cut by us. Never the headline again, and not the beginning
of the body cut short, unless the page says nothing else.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.markup import Markup, folded, line, text_of

MIN_WORDS = 4
MAX_CHARS = 1200

_CUT = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")
_META = (
    "og:description",
    "description",
    "twitter:description",
    "dc.description",
    "sailthru.description",
    "cxenseparse:description",
)


def read(markup: Markup, title: str | None) -> str | None:
    """The standfirst of the page titled `title`, or None."""
    declared = [text for text in _declared(markup) if _fits(text, title)]
    printed = _printed(markup, declared)
    if printed:
        return printed
    whole = [text for text in declared if not _CUT.search(text) and not _begins_body(markup, text)]
    return next(iter(whole or declared), None)


def _declared(markup: Markup) -> list[str]:
    said = [
        line(jsonld.string(node.get("description")), MAX_CHARS)
        for node in (*markup.articles[:1], markup.page)
    ]
    said.extend(markup.every(_META))
    return [text for text in dict.fromkeys(said) if text]


def _fits(text: str, title: str | None) -> bool:
    return (
        len(text.split()) >= MIN_WORDS or (not text.isascii() and len(text) > 12)
        if folded(text) != folded(title or "")
        else False
    )


def _printed(markup: Markup, declared: list[str]) -> str | None:
    """The text close to the headline that prints what the markup declares."""
    wanted = [folded(_CUT.sub("", text)) for text in declared]
    starts = tuple({text[:8].lower() for text in declared})
    for node in markup.near if starts else ():
        if not node.is_text_node or not _begins(node, starts):
            continue
        around = node.parent
        for _ in range(4):
            text = text_of(around, MAX_CHARS) if around is not None else ""
            plain = folded(text)
            if any(
                plain == one or (len(one) > 40 and plain.startswith(one) and len(text) < MAX_CHARS)
                for one in wanted
            ):
                return text
            around = around.parent if around is not None else None
    return None


def _begins(node: LexborNode, starts: tuple[str, ...]) -> bool:
    return (node.text_content or "").lstrip()[:40].lower().startswith(starts)


def _begins_body(markup: Markup, text: str) -> bool:
    """Whether a paragraph begins with `text` and goes on."""
    whole = folded(text)
    for node in markup.tree.css("p")[:60]:
        if node.text()[:400].lstrip().lower().startswith(text[:8].lower()):
            plain = folded(text_of(node, MAX_CHARS))
            if plain.startswith(whole[:80]) and len(plain) > len(whole) + 20:
                return True
    return False
