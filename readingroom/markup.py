"""The only places where the reading room vouches for HTML; everything else is escaped by the templates."""

from __future__ import annotations

import re

import nh3
from markupsafe import Markup, escape

OPEN, CLOSE = "\x02", "\x03"
"""What SQLite's snippet() and highlight() put around a found word: characters that no text needs."""

FOUND = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
UNPAIRED = re.compile(f"[{OPEN}{CLOSE}]")
BODY_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)


def marked(text: str | None) -> Markup:
    """`text` escaped, with <mark> around what stands between OPEN and CLOSE; unpaired ones are dropped."""
    parts = FOUND.split(text or "")
    clean = [escape(UNPAIRED.sub("", part)) for part in parts]
    found = Markup("<mark>{}</mark>")
    return Markup().join(found.format(part) if index % 2 else part for index, part in enumerate(clean))


def unmarked(text: str) -> str:
    """`text` without the marks of found words."""
    return UNPAIRED.sub("", text)


def body(html: str | None) -> Markup:
    """An article's stored HTML, to be shown.

    It was sanitised before it was stored. It is cleaned once more because archives travel: this file may be a
    stranger's. Pictures go, since showing them would tell their owner who reads what.
    """
    return Markup(nh3.clean(html or "", tags=BODY_TAGS, link_rel="noopener noreferrer nofollow"))


def web_address(url: str | None) -> str | None:
    """`url` if it may stand in a link: http and https only; None for javascript: and its like."""
    return url if url and WEB.match(url) else None


def language_tag(code: str | None) -> str | None:
    """`code` if it has the shape of a BCP 47 tag, so that browsers and screen readers can use it."""
    return code if code and LANGUAGE.fullmatch(code) else None
