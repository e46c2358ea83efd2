"""The standfirst: the sentence or two between headline and body, as printed.

Promises: text of the page or of its markup, never cut by us. Never the headline again, and not the beginning
of the body cut short, unless the page says nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.markup import Markup, folded, line, own_marks, start_of, text_of

MIN_WORDS = 4
MAX_CHARS = 1200

_CUT = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")
_MARKED = re.compile(
    r"standfirst|sub-?head|sub-?title|sub-?line|dek\b|deck|lede|l(?<=\bl)ead|chapo|vorspann|ingress"
    r"|sottotitolo|entradilla|bajada"
    r"|summary|excerpt|intro|teaser|abstract|synopsis|description|manchet|alternativeheadline|strapline"
)
_NAMED = re.compile(
    r"standfirst|sub-?head(?!er)|sub-?title|dek\b|d(?<=\bd)eck\b|l(?<=\bl)ede\b|chapo|vorspann|ingress"
    r"|strapline|manchet|sottotitolo|entradilla|bajada|i(?<=\bi)ntro\b"
    r"|article[-_]+(intro|lead|summary|description)\b"
)
"""Where a word begins is asked behind its first letter: what begins with an assertion is tried everywhere."""
_WORD = re.compile(r"\w+")
_LETTERS = 12
_STANDFIRST_TAGS = frozenset({"p", "h2", "h3", "h4", "div"})
_CLOSE = 40
"""Nodes after the headline among which an undeclared standfirst may stand."""
_MAX_WORDS = 80
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
    if printed := _printed(markup, declared) or _undeclared(markup, title):
        return printed
    if not declared:
        return None
    body = _paragraphs_like(markup, declared)
    whole = [text for text in declared if not _CUT.search(text) and not _begins(body, text)]
    cut = [text for text in declared if folded(text) not in body]
    return next(iter(whole or cut), None)


def _paragraphs_like(markup: Markup, declared: list[str]) -> list[str]:
    """The first long paragraphs of the page that begin with the same letters as a text declared; folded."""
    starts = tuple({_start(text) for text in declared} - {""})
    raws = ((node, start_of(node, 200)) for node in markup.tree.tags("p")[:40])
    alike = (node for node, raw in raws if len(raw) > 60 and _start(raw).startswith(starts))
    return [folded(text_of(node, MAX_CHARS)) for node in alike]


def _start(text: str) -> str:
    """The first letters of a text, whatever stands between them."""
    start = "".join(text.split(None, _LETTERS)[:_LETTERS])[:60]
    return "".join(_WORD.findall(start))[:_LETTERS].casefold()


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
    """The text close to the headline that prints what the markup declares, but for paragraphs of the body."""
    wanted = [folded(_CUT.sub("", text)) for text in declared]
    starts = tuple({text[:8].lower() for text in declared})
    for node, raw in markup.near_texts if starts else ():
        if not _starts(raw, starts):
            continue
        around = node.parent
        for _ in range(4):
            if around is None or around.tag in ("body", "article", "main"):
                break
            text = text_of(around, MAX_CHARS)
            if not _is_body(around) and _says(
                folded(text), wanted, whole=not _MARKED.search(own_marks(around).lower())
            ):
                return text
            if not _starts(text, starts):
                break
            around = around.parent
    return None


def _starts(text: str, starts: tuple[str, ...]) -> bool:
    """Whether a text begins in one of the ways given; its first word may be set apart as an element."""
    start = text[:60].lstrip().lower()[:8]
    return len(start.strip()) > 1 and any(one.startswith(start) for one in starts)


def _undeclared(markup: Markup, title: str | None) -> str | None:
    """What stands under the headline and is marked as its standfirst, though nothing declares it."""
    for node, tag, _ in markup.near[:_CLOSE]:
        if tag not in _STANDFIRST_TAGS or not _is_named(own_marks(node)):
            continue
        text = text_of(node, MAX_CHARS)
        words = len(text.split())
        if MIN_WORDS <= words <= _MAX_WORDS and _fits(text, title) and not _CUT.search(text):
            return text
    return None


@lru_cache(maxsize=4096)
def _is_named(own: str) -> bool:
    """Whether an element's tag, class, id and roles call it a standfirst."""
    return _NAMED.search(own.lower()) is not None


def _says(plain: str, wanted: list[str], *, whole: bool) -> bool:
    """Whether a text is one of the wanted ones or, where `whole` is not asked for, begins with one."""
    return any(plain == one or (not whole and len(one) > 40 and plain.startswith(one)) for one in wanted)


def _is_body(node: LexborNode) -> bool:
    """Whether an element is one of several plain paragraphs beside each other."""
    if node.tag != "p" or _MARKED.search(own_marks(node).lower()) or node.parent is None:
        return False
    return sum(other.tag == "p" for other in node.parent.iter()) > 2


def _begins(body: list[str], text: str) -> bool:
    """Whether a paragraph of the body is `text`, or begins with it."""
    start = folded(text)[:80]
    return any(plain.startswith(start) for plain in body)
