"""What a page asks of those who copy it: robots directives, no use by AI, the reservation of text and data
mining.

Reads X-Robots-Tag and <meta name=robots>, Content-Usage (IETF aipref drafts), and tdm-reservation and
tdm-policy as headers or meta elements (TDM Reservation Protocol, W3C community group, 2024); where both
speak, the page itself comes before its header, as that protocol has it, and last what the host declared
of its pages (`pipelines.signals`). What is done about it is the site's policy, `respect` in sites.yml:
without it all of this is recorded, and nothing is left out. Pure, bounded, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines import signals
from pipelines.article.decode import unescaped
from pipelines.model import Capture, Site

OUR_NAME = "newsarchive"
NOARCHIVE = "noarchive"
NOFOLLOW = "nofollow"
TDM = "tdm"
NOAI = "noai"
RESPECTED = (NOARCHIVE, NOFOLLOW, TDM, NOAI)
"""What `respect` in sites.yml may name."""
_AGAINST_AI = frozenset(
    {NOAI, "train-ai=n", "train-genai=n", "ai-train=n", "ai-train=no", "train-ai=no", signals.AI_TXT}
)
"""Words of those who want no model trained on the page, in meta elements, headers, robots.txt and ai.txt."""
_HEAD_BYTES = 256 << 10
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_META = re.compile(r"<meta\b([^<>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_NAMES = frozenset({"robots", OUR_NAME, "tdm-reservation", "tdm-policy"})
_CUES = ("robots", OUR_NAME, "tdm-")
"""One of them is in each name."""
_DIRECTIVE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_NEWER_THAN_ROBOTS = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
"""Directives with a colon of their own, which is not that after a robot's name."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one answer asks."""

    robots: tuple[str, ...] = ()
    """Directives for us or for all robots, in lower case, sorted; "none" is noindex and nofollow. Uses
    that are refused are among them, as "train-ai=n", and "ai.txt" where that closes the address."""
    tdm: bool | None = None
    """Whether text and data mining is reserved; None when nothing is said."""
    tdm_policy: str | None = None
    """Where the terms of mining are."""


def read(capture: Capture) -> Reservation:
    """What the headers and, of HTML, the head of an answer ask."""
    metas = dict.fromkeys(_NAMES, "")
    for name, content in _metas(capture):
        metas[name] = f"{metas[name]},{content}" if metas[name] else content
    said = [*_tags(capture), metas["robots"], metas[OUR_NAME]]
    words = {word for part in said for word in _DIRECTIVE.findall(part.lower())}
    if "none" in words:
        words = (words - {"none"}) | {"noindex", NOFOLLOW}
    declared = (capture.signals or "").split()
    words |= {word for word in declared if not word.startswith((signals.RESERVED, signals.POLICY))}
    words |= set(signals.refused(capture.header("content-usage") or ""))
    reserved = metas["tdm-reservation"] or capture.header("tdm-reservation") or ""
    policy = metas["tdm-policy"] or capture.header("tdm-policy") or ""
    if _flag(reserved) is None:
        reserved = _declared(declared, signals.RESERVED)
        policy = policy or _declared(declared, signals.POLICY)
    return Reservation(tuple(sorted(words)), _flag(reserved), policy.strip()[:2000] or None)


def _declared(words: list[str], name: str) -> str:
    return next((word.removeprefix(name) for word in words if word.startswith(name)), "")


def refusal(reservation: Reservation, site: Site) -> str | None:
    """Why the page is not kept, in a word of `RESPECTED`; None when it may be."""
    if NOARCHIVE in site.respect and NOARCHIVE in reservation.robots:
        return NOARCHIVE
    if NOAI in site.respect and _AGAINST_AI & set(reservation.robots):
        return NOAI
    return TDM if TDM in site.respect and reservation.tdm else None


def may_follow(reservation: Reservation, site: Site) -> bool:
    """Whether the links on the page may be followed."""
    return NOFOLLOW not in site.respect or NOFOLLOW not in reservation.robots


def _tags(capture: Capture) -> Iterator[str]:
    """The X-Robots-Tag headers that are for all, or for us."""
    for name, value in capture.headers:
        if name.lower() != "x-robots-tag":
            continue
        agent, colon, rest = value.partition(":")
        robot = agent.strip().lower()
        if not colon or robot in _NEWER_THAN_ROBOTS or "," in agent:
            yield value
        elif robot == OUR_NAME:
            yield rest


def _metas(capture: Capture) -> Iterator[tuple[str, str]]:
    """Name and content of the meta elements that matter, as far as the head of an HTML page has them."""
    start = _to_last_meta(capture.body[:_HEAD_BYTES])
    for found in _META.finditer(_COMMENT.sub("", start.decode("latin-1"))):
        tag = found[1].lower()
        if not any(cue in tag for cue in _CUES):
            continue
        values = {key.lower(): a or b or c for key, a, b, c in _ATTRIBUTE.findall(found[1])}
        name = values.get("name", "").strip().lower()
        if name in _NAMES:
            yield name, unescaped(values.get("content", "")).strip()


def _to_last_meta(head: bytes) -> bytes:
    """The page up to the end of its last meta element; or of the comment that this stands in."""
    lower = head.lower()
    last = lower.rfind(b"<meta")
    if last < 0:
        return b""
    comment = lower.rfind(b"<!--", 0, last)
    is_open = comment >= 0 and lower.find(b"-->", comment + 4, last) < 0
    end = lower.find(b"-->" if is_open else b">", last)
    return head if end < 0 else head[: end + 3]


def _flag(text: str) -> bool | None:
    """1 is true, 0 false, anything else says nothing."""
    return {"1": True, "0": False}.get(text.strip())
