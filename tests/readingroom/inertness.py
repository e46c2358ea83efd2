"""Is there anything in an HTML page that acts? Read as browsers read it (HTML5, lexbor), not by patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

ADDRESSES = frozenset(
    [
        "action",
        "background",
        "cite",
        "classid",
        "codebase",
        "data",
        "formaction",
        "href",
        "icon",
        "longdesc",
        "manifest",
        "ping",
        "poster",
        "profile",
        "src",
        "srcdoc",
        "srcset",
        "usemap",
        "xlink:href",
    ]
)
FETCHED = frozenset(["background", "data", "icon", "manifest", "poster", "src", "srcset"])
"""Attributes whose address a browser asks for unasked."""
ACTORS = frozenset(["applet", "base", "embed", "frame", "frameset", "object", "portal"])
SCHEME = re.compile(r"(javascript|vbscript|data|blob|file):", re.IGNORECASE)
BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u200b\ufeff]+")
STYLE = re.compile(r"url\s*\(|@import|expression\s*\(|image-set\s*\(", re.IGNORECASE)
DATA_SCRIPT = "application/ld+json"
"""The one script of ours: data, which no browser runs."""
DATASETTES_OWN = frozenset(["openColumnChooser()"])
"""Handlers that Datasette 1.0 writes into its tables."""
QUOTED = re.compile(r'"(?:[^"\\<\n]|\\.)*"')
"""A string of a script, as JSON writes it; one with a `<` in it could end the script."""


def active(html: str, *, styles: bool = False, scripts: re.Pattern[str] | None = None) -> list[str]:
    """What in the page would run, submit elsewhere, or be fetched from elsewhere.

    styles: whether the page may have styles of its own. scripts: a page of Datasette's may have its
    own scripts and handlers, as long as this is in none of them but within a string.
    """
    root = LexborHTMLParser(html).root
    return [found for node in (root.traverse() if root else ()) for found in _active(node, styles, scripts)]


def _active(node: LexborNode, styles: bool, scripts: re.Pattern[str] | None) -> Iterator[str]:
    tag, attributes = node.tag or "", node.attributes
    for name, value in attributes.items():
        if (
            (name.startswith("on") and (scripts is None or value not in DATASETTES_OWN))
            or name == "srcdoc"
            or (name in ADDRESSES and not _is_harmless(tag, name, value or ""))
        ):
            yield f"<{tag} {name}={value!r}>"
        elif name == "style" and (not styles or _reaches(value or "")) and scripts is None:
            yield f"<{tag} style={value!r}>"
    if tag in ACTORS or (tag in ("iframe",) and attributes.get("class") != "replay"):
        yield f"<{tag}>"
    if tag == "meta" and (attributes.get("http-equiv") or "").strip().lower() == "refresh":
        yield "<meta refresh>"
    if tag == "style" and scripts is None and (not styles or _reaches(node.text(deep=True))):
        yield f"<style>{node.text(deep=True)[:200]}"
    if tag == "script" and attributes.get("type") != DATA_SCRIPT:
        text = node.text(deep=True)
        if (
            scripts is None
            or scripts.search(QUOTED.sub("", text))
            or not (attributes.get("src") or "/-/static").startswith("/-/static")
        ):
            yield f"<script>{text[:200]}"


def _is_harmless(tag: str, name: str, value: str) -> bool:
    address = BLANK.sub("", value).removeprefix("http://localhost")
    if name in FETCHED or (tag == "link" and name == "href"):
        return address.startswith(("/", "data:image/")) and not address.startswith(("//", "/\\"))
    if name in ("action", "formaction", "ping"):
        return not SCHEME.match(address) and "//" not in address[:8]
    return not SCHEME.match(address)


def _reaches(css: str) -> bool:
    """Whether a style would fetch something; a picture of no bytes is nothing."""
    return bool(STYLE.search(re.sub(r"url\(data:[^)]*\)", "", css)))
