"""A captured page, made inert: what its site served, to look at and nothing more.

Promises: what comes back runs nothing and asks for nothing. It is the second of three walls: the first is the
frame without rights that shows it, the third the Content-Security-Policy it is served under (`POLICY`). Its
own styles stay, because a page without them is hardly the page; whatever they would fetch does not. What was
left out is counted, so that a reader is told. Pure; bounded in size and time by pipelines.article.guard.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import nh3
from markupsafe import Markup, escape
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.article.decode import decode
from pipelines.article.guard import tame

POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
"""Content-Security-Policy of a replayed page: no script, no origin of its own, no request to anywhere."""

SAID = {
    "scripts": ("script", "scripts"),
    "handlers": ("event handler", "event handlers"),
    "redirects": ("redirect", "redirects"),
    "style sheets": ("style sheet", "style sheets"),
    "pictures": ("picture", "pictures"),
    "fetches": ("picture or font of its styles", "pictures or fonts of its styles"),
    "media": ("sound or film", "sounds and films"),
    "drawings": ("drawing", "drawings"),
    "frames": ("frame or plug-in", "frames and plug-ins"),
    "fields": ("form field", "form fields"),
    "links": ("link", "links"),
}
"""What is counted, and how one and many of it are called. Of links the words stay, and the address as a
title."""
COUNTED = {
    "script": "scripts", "svg": "drawings", "canvas": "drawings", "math": "drawings", "audio": "media",
    "video": "media", "iframe": "frames", "frame": "frames", "object": "frames", "embed": "frames",
    "applet": "frames", "portal": "frames", "input": "fields", "select": "fields", "textarea": "fields",
    "button": "fields",
}  # fmt: skip
TAGS = nh3.ALLOWED_TAGS - {"area", "map", "math"} | {
    "address", "big", "button", "dialog", "fieldset", "font", "footer", "form", "label", "legend", "main",
    "menu", "picture", "section", "tt",
}  # fmt: skip
GONE = frozenset(COUNTED) - {"button", "input"} | {
    "datalist", "frameset", "head", "noembed", "noframes", "noscript", "optgroup", "option", "style",
    "template", "title", "xmp",
}  # fmt: skip
"""Tags that go with all that is in them; of tags that are in neither list the content stays."""
ATTRIBUTES = {
    "*": {
        "align", "bgcolor", "border", "class", "color", "dir", "height", "hidden", "id", "lang", "role",
        "size", "style", "title", "valign", "width",
    },
    "a": {"href"},
    "details": {"open"},
    "font": {"face"},
    "img": {"alt", "src"},
    "ol": {"reversed", "start", "type"},
    "table": {"cellpadding", "cellspacing"},
    "td": {"colspan", "headers", "rowspan"},
    "th": {"colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
}  # fmt: skip
PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp|avif|bmp|x-icon|svg\+xml)[;,]", re.IGNORECASE)
"""Pictures that lie in the page itself. A browser runs no script of an SVG that it shows as a picture."""
STYLES_LIMIT = 2_000_000
"""Characters of styles that are kept; a sheet that does not fit is left out."""
COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
ADDRESS = re.compile(r"""url\((?:\s*+("[^"]*+"|'[^']*+'|[^()"']*+)\s*+\))?""", re.IGNORECASE)
FETCHES = re.compile(r"(?:-webkit-)?\b(?:image-set|image|src)(?=\s*\()", re.IGNORECASE)
IMPORT = re.compile(r"@import[^;{}]*;?", re.IGNORECASE)
ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})[ \t\r\n\f]?|(.))", re.IGNORECASE | re.DOTALL)
REACHES = re.compile(r"url\(|image\(|image-set\(|src\(|@import", re.IGNORECASE)
MEDIA = re.compile(r"[\w\s():,./<>=-]{1,200}")
# For a page whose styles are left out, or were never in it: most lie in files of their own.
PLAIN_STYLE = (
    "body{max-width:42rem;margin:1.5rem auto;padding:0 1rem;font:1.05rem/1.5 Georgia,serif;"
    "overflow-wrap:break-word}pre{white-space:pre-wrap}"
)


@dataclass(frozen=True, slots=True)
class Inert:
    """A page that does nothing, and what it lost."""

    html: str
    """A whole document in UTF-8."""
    left_out: Mapping[str, int]
    """How many of what, in the order of SAID."""
    is_cut: bool
    """Whether the page was longer than any page, and its end is missing."""


def inert(page: bytes, url: str, content_type: str | None, *, styled: bool = True) -> Inert:
    """`page` as a document that runs nothing and fetches nothing; `url` is where its links start from.

    styled: False leaves its own styles out too: some hide the page until a script shows it.
    """
    markup, is_cut = tame(decode(page, content_type).markup)
    tree = LexborHTMLParser(markup)
    lost: Counter[str] = Counter()
    sheets = _look_through(tree, url, lost)
    for node in tree.css("noscript"):
        node.unwrap()  # no script runs here: what stands there for this case is to be seen
    quiet = _Attributes(lost if styled else Counter())
    body = nh3.clean(
        (tree.body.inner_html or "") if tree.body else "", tags=TAGS, clean_content_tags=GONE, attributes=ATTRIBUTES,
        attribute_filter=quiet if styled else quiet.unstyled, link_rel=None, url_schemes={"data"},
    )  # fmt: skip
    style = _joined(sheets, lost) if styled and sheets else PLAIN_STYLE
    html = _document(tree, style, Markup(body), quiet if styled else quiet.unstyled)
    return Inert(html, {name: lost[name] for name in SAID if lost[name]}, is_cut)


def inert_text(page: bytes, content_type: str | None) -> Inert:
    """A capture of plain text, as a document."""
    markup, is_cut = tame(decode(page, content_type).markup)
    shown = Markup("<pre>{}</pre>").format(markup.decode("utf-8", "replace"))
    return Inert(_document(None, PLAIN_STYLE, shown, _Attributes(Counter())), {}, is_cut)


def quiet_style(css: str, lost: Counter[str]) -> str:
    """`css` without whatever it would fetch. Empty when it spells that with escapes: nobody does by accident."""
    css = COMMENT.sub(" ", css)
    if "\\" in css and len(REACHES.findall(ESCAPE.sub(_character, css))) > len(REACHES.findall(css)):
        lost["style sheets"] += 1
        return ""

    def silence(found: re.Match[str]) -> str:
        address = (found[1] or "").strip("\"'")
        if found[1] is not None and PICTURE.match(address.lstrip()):
            return found[0]
        lost["fetches"] += 1
        return "url(data:,)" if found[1] is not None else "left-out("

    css = IMPORT.sub(lambda _: _count(lost, "style sheets"), ADDRESS.sub(silence, css))
    return FETCHES.sub(lambda _: _count(lost, "fetches", "left-out"), css).replace("</", "<\\/")


class _Attributes:
    """nh3's filter of attributes: their values, or None where one is to go."""

    def __init__(self, lost: Counter[str]) -> None:
        self._lost = lost

    def __call__(self, tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return quiet_style(value, self._lost) or None
        if name == "src":
            return value if PICTURE.match(value) else None
        if name == "href":
            return value if value.startswith("#") else None
        return value

    def unstyled(self, tag: str, name: str, value: str) -> str | None:
        """The same, and no styles."""
        return None if name in ("style", "class", "hidden") else self(tag, name, value)


def _look_through(tree: LexborHTMLParser, url: str, lost: Counter[str]) -> list[str]:
    """Count what will go, give links their address as a title; the page's own style sheets."""
    sheets: list[str] = []
    for node in tree.root.traverse() if tree.root else ():
        tag, attributes = node.tag or "", node.attributes
        lost[COUNTED.get(tag, "")] += 1
        lost["handlers"] += sum(name.startswith("on") for name in attributes)
        if tag == "style":
            sheets.append(_sheet(node))
        elif tag == "a" and (attributes.get("href") or "#")[:1] != "#":
            _tell(node, url, lost)
        elif tag == "img" and not PICTURE.match(attributes.get("src") or ""):
            lost["pictures"] += 1
        elif tag == "link" and "stylesheet" in (attributes.get("rel") or "").lower():
            lost["style sheets"] += 1
        elif tag == "meta" and (attributes.get("http-equiv") or "").strip().lower() == "refresh":
            lost["redirects"] += 1
    return sheets


def _tell(link: LexborNode, url: str, lost: Counter[str]) -> None:
    """Let a link that will lead nowhere say where it led; one that is script counts as a handler."""
    href = (link.attributes.get("href") or "").strip()
    if href.lower().startswith(("javascript:", "vbscript:", "data:")):
        lost["handlers"] += 1
        return
    lost["links"] += 1
    if not link.attributes.get("title"):
        try:
            link.attrs["title"] = urljoin(url, href)
        except ValueError:
            link.attrs["title"] = href


def _sheet(node: LexborNode) -> str:
    """The text of a style element, within its media."""
    text, media = node.text(deep=True), node.attributes.get("media")
    if not media or media.strip().lower() == "all":
        return text
    return f"@media {media} {{{text}}}" if MEDIA.fullmatch(media) else ""


def _joined(sheets: list[str], lost: Counter[str]) -> str:
    kept: list[str] = []
    room = STYLES_LIMIT
    for sheet in sheets:
        if len(sheet) > room:
            lost["style sheets"] += 1
            continue
        room -= len(sheet)
        kept.append(quiet_style(sheet, lost))
    return "\n".join(kept)


def _document(
    tree: LexborHTMLParser | None,
    style: str,
    body: Markup,
    filtered: Callable[[str, str, str], str | None],
) -> str:
    title = tree.css_first("title") if tree else None
    return Markup(
        '<!DOCTYPE html>\n<html{}><head><meta charset="utf-8"><title>{}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><style>{}</style></head>\n<body{}>{}</body></html>\n'
    ).format(
        _kept(tree.root if tree else None, filtered),
        title.text(deep=True).strip() if title else "",
        Markup(style),  # quiet_style let no "</" through
        _kept(tree.body if tree else None, filtered),
        body,
    )


def _kept(node: LexborNode | None, filtered: Callable[[str, str, str], str | None]) -> Markup:
    """The attributes of html and body, by which styles find what is in them."""
    found = node.attributes if node else {}
    every = ((name, filtered("body", name, value or "")) for name, value in found.items() if name in ATTRIBUTES["*"])
    return Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in every if value is not None)


def _character(found: re.Match[str]) -> str:
    """What a CSS escape stands for."""
    if not found[1]:
        return found[2]
    code = int(found[1], 16)
    return chr(code) if 0 < code < 0x110000 else "\ufffd"


def _count(lost: Counter[str], what: str, instead: str = "") -> str:
    lost[what] += 1
    return instead


def told(left_out: Mapping[str, int]) -> list[str]:
    """ "12 scripts", "1 redirect": what a reader is told was left out."""
    return [f"{count:,} {SAID[name][count != 1]}" for name, count in left_out.items()]
