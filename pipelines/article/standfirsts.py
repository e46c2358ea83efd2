"""The standfirst: the sentence or two between headline and body, as printed.

Promises: text of the page or of its markup, never cut by us. Never the headline again, and not the beginning of the
body cut short, unless the page says nothing else.
"""

from __future__ import annotations

import re

from pipelines.article import jsonld
from pipelines.article.markup import Markup, folded, line, text_of

MIN_WORDS = 4
MAX_CHARS = 1200

_PRINTED = (
    '[class*="standfirst" i], [class*="subhead" i], [class*="sub-head" i], [class*="subtitle" i], [class*="sub-title" i], [class*="dek" i],'
    ' [class*="deck" i], [class*="lede" i], [class*="chapo" i], [class*="vorspann" i], [class*="ingress" i], [class*="sottotitolo" i],'
    ' [class*="entradilla" i], [class*="bajada" i], [class*="summary" i], [class*="excerpt" i], [class*="intro" i], [class*="lead" i],'
    ' [class*="teaser" i], [class*="abstract" i], [class*="synopsis" i], [class*="description" i], [class*="underline" i], [class*="manchet" i],'
    ' [itemprop~="description" i], [itemprop~="alternativeHeadline" i], h1 + h2, h1 + p, header h2, header p'
)
_CUT = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")
_META = ("og:description", "description", "twitter:description", "dc.description", "sailthru.description", "cxenseparse:description")


def read(markup: Markup, title: str | None) -> str | None:
    """The standfirst of the page titled `title`, or None."""
    declared = [text for text in _declared(markup) if _fits(text, title)]
    printed = _printed(markup, declared)
    if printed:
        return printed
    whole = [text for text in declared if not _CUT.search(text) and not _begins_body(markup, text)]
    return next(iter(whole or declared), None)


def _declared(markup: Markup) -> list[str]:
    said = [line(jsonld.string(node.get("description")), MAX_CHARS) for node in (*markup.articles[:1], markup.page)]
    said.extend(markup.every(_META))
    return [text for text in dict.fromkeys(said) if text]


def _fits(text: str, title: str | None) -> bool:
    return MIN_WORDS <= len(text.split()) or (not text.isascii() and len(text) > 12) if folded(text) != folded(title or "") else False


def _printed(markup: Markup, declared: list[str]) -> str | None:
    """The marked element that prints what the markup declares."""
    wanted = [folded(_CUT.sub("", text)) for text in declared]
    if not wanted:
        return None
    for node in markup.tree.css(_PRINTED)[:80]:
        text = text_of(node, MAX_CHARS)
        plain = folded(text)
        if len(text) < MAX_CHARS and len(plain) > 20 and any(plain == one or (len(one) > 40 and plain.startswith(one)) for one in wanted):
            return text
    return None


def _begins_body(markup: Markup, text: str) -> bool:
    """Whether a paragraph begins with `text` and goes on."""
    start = folded(text)[:80]
    for node in markup.tree.css("p")[:60]:
        plain = folded(text_of(node, 600))
        if plain.startswith(start) and len(plain) > len(folded(text)) + 20:
            return True
    return False
