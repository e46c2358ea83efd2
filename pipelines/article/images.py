"""The lead image of an article: its address, caption and credit.

Promises: an absolute http(s) address, or None. Never fetches it, never takes a logo for the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.markup import Markup, first_nodes, line, text_of
from pipelines.model import Image

MAX_FIGURES = 30

_NO_PICTURE = re.compile(r"logo|favicon|default[-_]?(?:image|share|og)|placeholder|blank\.|spacer|avatar")
_CREDIT = re.compile(
    r"\(?\s*(?:©|\(c\)\s|foto(?:s|graf)?\s*:"
    r"|\bphoto(?:s|graph)?(?: by| credit| courtesy of)?(?:\s*:\s|\s(?=(?-i:[A-ZÀ-ÖØ-Þ])))"
    r"|image(?: credit| source)?\s*:|picture\s*:"
    r"|bild(?:quelle)?\s*:|quelle\s*:|crédit(?:s)?\s*(?:photo)?\s*:|credit\s*:|imagen\s*:|immagine\s*:"
    r"|imagem\s*:|beeld\s*:|kuva\s*:|фото\s*:)"
    r"\s*([^()]{2,120})\)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Named:
    url: str
    caption: str | None = None
    credit: str | None = None


def read(markup: Markup) -> Image | None:
    """The lead image, with caption and credit where the page gives them."""
    named = next((found for found in _declared(markup) if not _NO_PICTURE.search(found.url.lower())), None)
    figure = _figure(markup, named.url if named else None)
    if named is None and figure is None:
        return None
    picture = named or _of_figure(figure, markup.url)
    if picture is None:
        return None
    caption, credit = _caption(figure) if figure is not None else (None, None)
    return Image(picture.url, caption or picture.caption, credit or picture.credit)


def absolute(text: str | None, base: str | None) -> str | None:
    """`text` as an absolute http(s) address, resolved against `base`; None where it is none."""
    if not text or len(text) > 4000:
        return None
    try:
        url = urljoin(base or "", text.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", url) else None


def _declared(markup: Markup) -> Iterator[_Named]:
    for node in markup.articles[:1]:
        for value in (node.get("image"), node.get("thumbnailUrl")):
            for member in (value if isinstance(value, list) else [value])[:5]:
                yield from _of_value(member, markup.url)
    for text in markup.every(
        ("og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src", "image")
    )[:6]:
        if url := absolute(text, markup.url):
            yield _Named(url, line(markup.first(("og:image:alt", "twitter:image:alt"))) or None)


def _of_value(value: object, base: str | None) -> Iterator[_Named]:
    if isinstance(value, str):
        if url := absolute(value, base):
            yield _Named(url)
    elif isinstance(value, dict):
        address = (
            jsonld.string(value.get("url"))
            or jsonld.string(value.get("contentUrl"))
            or jsonld.string(value.get("@id"))
        )
        caption = line(jsonld.string(value.get("caption")) or jsonld.string(value.get("description")), 600)
        credit = line(
            jsonld.string(value.get("creditText")) or jsonld.string(value.get("copyrightHolder")), 200
        )
        if url := absolute(address, base):
            yield _Named(url, caption or None, credit or None)


def _figure(markup: Markup, url: str | None) -> LexborNode | None:
    """The figure that shows the picture at `url`; without an address, the first figure with a caption."""
    wanted = _file(url) if url else None
    for figure in markup.tree.tags("figure")[:MAX_FIGURES]:
        if wanted is None:
            if {inner.tag for inner in first_nodes(figure)} >= _FIGURE_PARTS:
                return figure
            continue
        for image in islice((inner for inner in first_nodes(figure) if inner.tag in _PICTURES), 8):
            if any(wanted in (value or "") for value in image.attributes.values()):
                return figure
    return None


_FIGURE_PARTS = {"figcaption", "img"}
_PICTURES = frozenset(("img", "source"))


def _file(url: str) -> str | None:
    """What of an address names the picture itself, whatever size or host it is served from."""
    name = urlsplit(url).path.rpartition("/")[2]
    stem = re.sub(r"(?:[-_](?:\d{2,4}x\d{2,4}|scaled|large|original))?\.\w{3,4}$", "", name)
    return stem if len(stem) > 5 else None


def _of_figure(figure: LexborNode | None, base: str | None) -> _Named | None:
    image = figure.css_first("img") if figure is not None else None
    if image is None:
        return None
    url = absolute(image.attributes.get("src") or image.attributes.get("data-src"), base)
    return _Named(url) if url and not _NO_PICTURE.search(url.lower()) else None


def _caption(figure: LexborNode) -> tuple[str | None, str | None]:
    """Caption and credit of a figure, the credit taken out of the caption."""
    caption = figure.css_first("figcaption") or figure.css_first('[class*="caption" i]')
    if caption is None:
        return None, None
    text = text_of(caption, 1000)
    marked = next(filter(_is_credit, caption.traverse()), None)
    credit = text_of(marked, 200) if marked is not None else ""
    if credit and credit in text and credit != text:
        text = text.replace(credit, "", 1)
    elif match := _CREDIT.search(text):
        credit, text = match[1], text[: match.start()]
    else:
        credit = ""
    return text.strip(" |/–-•\n\t") or None, _CREDIT.sub(r"\1", credit).strip(" ()|/©") or None


def _is_credit(node: LexborNode) -> bool:
    """Whether an element is marked as naming whose picture it is."""
    if node.tag in ("cite", "small"):
        return True
    held = node.attributes
    classes = (held.get("class") or "").lower()
    if any(mark in classes for mark in ("credit", "copyright", "source")):
        return True
    return "copyrightholder" in (held.get("itemprop") or "").lower().split()
