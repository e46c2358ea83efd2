"""Kept blocks -> text and sanitised HTML.

Promises: `html` is the only function of the project that makes HTML that is stored or shown, and what it
gives has passed nh3: no script, style, event handler, form or frame, links to http, https and mailto alone.
Shows kept blocks, and the pictures that stand among them with their captions; nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from urllib.parse import urljoin

import nh3
import numpy as np

from pipelines.article.tree import INLINE, Ints, Page, nearest

_NESTING = frozenset(
    [
        "ul",
        "ol",
        "li",
        "blockquote",
        "table",
        "tr",
        "td",
        "th",
        "dl",
        "dt",
        "dd",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
    ]
)
"""Block-level tags that the html keeps."""
_LEAVES = frozenset(["p", "li", "td", "th", "dt", "dd", "pre", "h1", "h2", "h3", "h4", "h5", "h6"])
"""Tags that may hold text directly; a block that stands in none becomes a paragraph."""
_SHOWN = {"b": "strong", "i": "em", "h1": "h2"}
_INLINE_SHOWN = frozenset(
    ["a", "b", "strong", "i", "em", "sub", "sup", "q", "cite", "s", "del", "ins", "code"]
)
"""Tags within a block's text that the html keeps."""
_TAGS = frozenset(
    [
        "p",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "table",
        "tr",
        "td",
        "th",
        "tbody",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "img",
        "a",
        "strong",
        "em",
        "sub",
        "sup",
        "q",
        "cite",
        "s",
        "del",
        "ins",
        "br",
    ]
)
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_HREF = re.compile(r'\shref="([^"]*)"')
_CREDIT = re.compile(r'\sclass="[^"]*(?:credit|copyright)', re.IGNORECASE)
"""In a tag within a caption."""
_MAX_HTML = 2_000_000
"""Characters after which the html ends; the text does not."""
_LONG, _PIECE, _MAX_TEXT = 50_000, 3_000, 300_000
"""Characters of a block from which it comes in pieces, of such a piece, and of all pieces together."""
_DEEPEST = 12
"""Levels of lists, quotes and tables that are kept."""


def text(page: Page, kept: Sequence[int]) -> str:
    """The kept blocks' text, one blank line between."""
    return "\n\n".join(page.text[number] for number in kept)


def html(page: Page, kept: Sequence[int], url: str | None) -> str:
    """The kept blocks as sanitised HTML, with links and pictures by absolute address."""
    out: list[str] = []
    opened: list[int] = []
    size = 0
    figures = _figures(page, kept, url)
    inline = _Inline(page, url)
    paths: dict[int, list[int]] = {}
    nests = np.array([tag in _NESTING for tag, _ in page.makes], np.bool_)[page.make]
    nested = nearest(nests, page.parent)
    holders, around = nested[page.holder].tolist(), nested[np.maximum(page.parent, 0)]
    for number in kept:
        holder = holders[number]
        path = paths.get(holder)
        if path is None:
            path = paths[holder] = _path(holder, around)
        shared = _common(page, opened, path)
        if figures and figures[0][0] <= number:
            shared = 0
        out.extend(f"</{_name(page, element)}>" for element in reversed(opened[shared:]))
        while figures and figures[0][0] <= number:
            out.append(figures.pop(0)[1])
        out.extend(f"<{_name(page, element)}>" for element in path[shared:])
        opened = path
        inner = inline.markup(number) if len(page.text[number]) < _LONG else _pieces(page.text[number])
        out.append(inner if path and page.tag(path[-1]) in _LEAVES else f"<p>{inner}</p>")
        size += len(inner)
        if size > _MAX_HTML:
            break
    out.extend(f"</{_name(page, element)}>" for element in reversed(opened))
    return sanitised("".join(out))


def sanitised(markup: str) -> str:
    """Any HTML, made safe to store and to show."""
    return _CLEANER.clean(markup)


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener nofollow",
    strip_comments=True,
)


def _pieces(text: str) -> str:
    """An endless block in pieces: the sanitiser takes the square of a run of character references in time."""
    return "<br>".join(
        escape(text[at : at + _PIECE], quote=False) for at in range(0, min(len(text), _MAX_TEXT), _PIECE)
    )


def _name(page: Page, element: int) -> str:
    tag = page.tag(element)
    return _SHOWN.get(tag, tag)


def _path(holder: int, around: Ints) -> list[int]:
    """The elements around a block that the html keeps, outermost first.

    around: of each element, the nearest one of these around it.
    """
    path: list[int] = []
    while holder > 0 and len(path) < _DEEPEST:
        path.append(holder)
        holder = int(around[holder])
    return path[::-1]


def _common(page: Page, opened: list[int], path: list[int]) -> int:
    """How many outer elements stay open; a second block in the same paragraph or cell starts it anew."""
    shared = 0
    while shared < min(len(opened), len(path)) and opened[shared] == path[shared]:
        shared += 1
    again = 0 < shared == len(path) and page.tag(path[-1]) in _LEAVES
    return shared - 1 if again else shared


class _Inline:
    """Blocks' text with its links and emphasis, out of the page's own markup."""

    def __init__(self, page: Page, url: str | None) -> None:
        self.page, self.url = page, url
        self._shown: dict[str, str] = {}

    def markup(self, number: int) -> str:
        """One block: every tag that it opens is closed within it."""
        strings = self.page.strings
        start, stop = self.page.spans[number]
        while start and not strings[2 * start - 2].strip() and self._is_inline(strings[2 * start - 1]):
            start -= 1
        out = [strings[2 * start]]
        opened: list[str] = []
        for place in range(2 * start + 1, 2 * stop, 2):
            self._add(strings[place], out, opened)
            out.append(strings[place + 1])
        out.extend(f"</{tag}>" for tag in reversed(opened))
        joined = "".join(out)
        return joined if self.page.tag(self.page.holder[number]) == "pre" else " ".join(joined.split())

    @staticmethod
    def _is_inline(tag: str) -> bool:
        return tag.partition(" ")[0] in INLINE

    def _add(self, tag: str, out: list[str], opened: list[str]) -> None:
        """A tag as it is shown, if it is; the end of what no block opened is not."""
        shown = self._shown.get(tag)
        if shown is None:
            name = tag.partition(" ")[0]
            plain = _SHOWN.get(name.lstrip("/"), name.lstrip("/"))
            shown = plain if name.lstrip("/") in _INLINE_SHOWN else ""
            self._shown[tag] = shown
        if not shown:
            return
        if not tag.startswith("/"):
            opened.append(shown)
            out.append(self._link(tag) if shown == "a" else f"<{shown}>")
        elif shown in opened:
            while (last := opened.pop()) != shown:
                out.append(f"</{last}>")
            out.append(f"</{shown}>")

    def _link(self, tag: str) -> str:
        found = _HREF.search(tag)
        address = _absolute(unescape(found[1]), self.url) if found else None
        return f'<a href="{escape(address)}">' if address else "<a>"


def _figures(page: Page, kept: Sequence[int], url: str | None) -> list[tuple[int, str]]:
    """(the block that it stands before, html) of each figure among the kept blocks, in order."""
    found: list[tuple[int, str]] = []
    shown: set[int] = set()
    for image, before in page.images:
        if not kept or not kept[0] < before <= kept[-1] + 1:
            continue
        figure = _figure_of(page, image)
        if figure is None or figure in shown:
            continue
        around = range(page.first[page.parent[figure]], page.end[page.parent[figure]])
        source = _source(page, image, url)
        if source and any(number in around for number in kept):
            shown.add(figure)
            found.append((before, _figure(page, figure, image, source)))
    return found


def _figure_of(page: Page, image: int) -> int | None:
    """The figure that an image stands in, a few levels up at most."""
    element = image
    for _ in range(6):
        element = int(page.parent[element])
        if element <= 0:
            return None
        if page.tag(element) == "figure":
            return element
    return None


def _figure(page: Page, figure: int, image: int, source: str) -> str:
    alternative = page.attributes(image).get("alt") or ""
    lines = [_caption(page, number) for number in range(page.first[figure], page.end[figure])]
    caption = f"<figcaption>{'<br> '.join(lines)}</figcaption>" if lines else ""
    return f'<figure><img src="{escape(source)}" alt="{escape(alternative)}">{caption}</figure>'


def _caption(page: Page, number: int) -> str:
    """A block of a caption without its tags; whose picture it is, where the page marks that, on a line of its
    own."""
    start, stop = page.spans[number]
    out = [page.strings[2 * start]]
    for place in range(2 * start + 1, 2 * stop, 2):
        # The space is for readers of the text alone, which has no line break.
        out += ["<br> "] * bool(_CREDIT.search(page.strings[place])) + [page.strings[place + 1]]
    return " ".join("".join(out).split())


def _source(page: Page, image: int, url: str | None) -> str | None:
    """An image's address: of those that scripts load late, too."""
    attributes = page.attributes(image)
    for name in ("src", "data-src", "data-original", "data-lazy-src"):
        address = attributes.get(name)
        if address and not address.startswith("data:"):
            return _absolute(address, url)
    return None


def _absolute(address: str | None, url: str | None) -> str | None:
    """An address made absolute; None when there is none, or none that can be read."""
    if not address or len(address) > 2_000:
        return None
    address = address.strip()
    if address.startswith(("https://", "http://")):
        return address
    try:
        return urljoin(url or "", address)
    except ValueError:
        return None
