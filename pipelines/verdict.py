"""Is this capture fit to become a revision? Pure: -> Drop (an outcome and its reason) or None.

Promises: a bad capture (an error, a wall, a stub, a cut or an older page) never reaches `revise`, and its
reason says what it was. Never looks at the network or the archive beyond the `Known` that it is given.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from pipelines.identify import content_hash
from pipelines.model import ARCHIVED_KINDS, Access, Capture, Drop, Extraction, Known, Outcome

STUB_WORDS = 120
"""A page with more words of text than this is never taken for an error page or a wall."""
TEASER_SHARE = 0.9
"""A paywalled capture with less than this share of the known words is a teaser of what the archive has."""
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TITLE = re.compile(rb"<title[^>]*>([^<]{0,300})", re.IGNORECASE)
_HEAD_BYTES = 64 << 10

_NOT_FOUND = re.compile(
    r"""^\W*(error\W*|http\W*)?404\W*$ | \b404\b.{0,30}\b(not\ found|error|page) | \b(error|page)\W{1,3}404\b
    | \b(page|article|story|content|document)\b.{0,30}\b(not\ found|no\ longer\ (exists|available))
    | \b(page|article|story|content|document)\b.{0,30}\bdoes\ ?n[o']t\ exist
    | \b(can(no|')t|could\ ?n[o']t|unable\ to)\ (find|locate)\b.{0,30}\b(page|article|story)
    | (seite|artikel|beitrag)\b.{0,40}(nicht\ (mehr\ )?(gefunden|verfügbar|vorhanden)|existiert\ nicht)
    | page\ (introuvable|non\ trouvée|inexistante) | (page|article).{0,20}n['’]existe\ (pas|plus)
    | p[aá]gina\ (no\ (encontrada|existe|disponible)|não\ (encontrada|existe))
    | pagina\ (non\ trovata|niet\ gevonden)
    | (sidan|siden|artikkelen)\b.{0,20}(hittades|hittas|fundet|funnet|finns|findes) | sivua\ ei\ löyty
    | nie\ znaleziono | stránka\ (nebyla\ )?nenalezena | stránka\ nebyla\ nalezena | страница\ не\ найдена
    | сторінк\w+\ не\ знайдено | sayfa\ bulunamadı | ページが見つかりません
    | (找不到|不存在).{0,6}(页|頁) | (页|頁)面?(不存在|找不到)
    | الصفحة\ غير\ موجودة | η\ σελίδα\ δεν\ βρέθηκε""",
    re.VERBOSE | re.IGNORECASE,
)
_CAPTCHA = re.compile(
    r"""just\ a\ moment | attention\ required | checking\ your\ browser
    | verify(ing)?\ (that\ )?you\ are\ (a\ )?human | are\ you\ (a\ )?(robot|human) | not\ a\ robot
    | unusual\ (traffic|activity) | security\ check | access\ denied
    | pardon\ our\ interruption | complete\ the\ captcha | enable\ javascript\ and\ cookies\ to\ continue""",
    re.VERBOSE | re.IGNORECASE,
)
_CONSENT = re.compile(
    r"""before\ you\ continue | (we|our\ partners)\b.{0,60}\b(use|store)\b.{0,20}\bcookies
    | value\ your\ privacy | accept\ all(\ cookies)?
    | manage\ (your\ )?(cookie|privacy)\ (settings|preferences)
    | cookie(s|-)\ ?zustimm | datenschutz-?einstellungen | mit\ werbung\ und\ (cookies|tracking)
    | accepter\ (et\ continuer|les\ cookies) | aceptar\ (las\ )?cookies | accetta\ (i\ )?cookie""",
    re.VERBOSE | re.IGNORECASE,
)


def judge(capture: Capture, extraction: Extraction, known: Known | None) -> Drop | None:
    """Why this capture never becomes a revision, or None when it may."""
    return judge_response(capture) or judge_page(capture, extraction, known)


def judge_response(capture: Capture) -> Drop | None:
    """What status, length and type of the response say, before the page is read."""
    return judge_arrival(capture) or _judge_type(capture)


def judge_arrival(capture: Capture) -> Drop | None:
    """What status and length of the response say, whatever it holds."""
    status = capture.status
    if status == 304:
        return Drop(Outcome.UNCHANGED, "not modified")
    if 300 <= status < 400:
        return Drop(Outcome.NOT_ARTICLE, "redirect")
    if status in (404, 410):
        return Drop(Outcome.GONE, f"HTTP {status}")
    if not 200 <= status < 300:
        return Drop(Outcome.FAILED, f"HTTP {status}")
    if capture.truncated:
        return Drop(Outcome.FAILED, f"truncated: {capture.truncated}")
    if not capture.body.strip():
        return Drop(Outcome.FAILED, "empty")
    return None


def judge_page(capture: Capture, extraction: Extraction, known: Known | None) -> Drop | None:
    """What the cleaned page says, beside what the archive has of it."""
    return (
        _judge_stub(capture, extraction)
        or _judge_kind(extraction)
        or _judge_against(capture, extraction, known)
    )


def _judge_type(capture: Capture) -> Drop | None:
    """Not HTML by its own word, or by its first bytes when it gives none or lies."""
    declared = (capture.header("content-type") or "").partition(";")[0].strip().lower()
    if declared and declared not in _HTML_TYPES:
        return Drop(Outcome.NOT_ARTICLE, f"not HTML: {declared[:60]}")
    start = capture.body[:1024]
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<\x00" in start or b"\x00<" in start
    if (b"\x00" in start and not wide) or (not declared and b"<" not in start):
        return Drop(Outcome.NOT_ARTICLE, "not HTML: binary")
    return None


def _judge_stub(capture: Capture, extraction: Extraction) -> Drop | None:
    """Error page, wall or captcha under status 200: a short text, and words that give it away."""
    if len(extraction.text.split()) > STUB_WORDS:
        return None
    headings = (extraction.title or "", _document_title(capture.body))
    start = f"{extraction.standfirst or ''} {extraction.text}"[:600]
    if any(_NOT_FOUND.search(heading) for heading in headings) or _NOT_FOUND.search(start[:200]):
        return Drop(Outcome.WITHHELD, "soft 404")
    if any(_CAPTCHA.search(heading) for heading in headings):
        return Drop(Outcome.WITHHELD, "captcha")
    if any(_CONSENT.search(part) for part in headings) or len(_CONSENT.findall(start)) > 1:
        return Drop(Outcome.WITHHELD, "consent wall")
    return None


def _judge_kind(extraction: Extraction) -> Drop | None:
    if extraction.kind not in ARCHIVED_KINDS:
        return Drop(Outcome.NOT_ARTICLE, extraction.kind.value)
    if not extraction.text.strip():
        return Drop(Outcome.NOT_ARTICLE, "no text")
    return None


def _judge_against(capture: Capture, extraction: Extraction, known: Known | None) -> Drop | None:
    """Less or older than what the archive has."""
    if known is None:
        return None
    if extraction.access is Access.PAYWALLED and known.access is not Access.PAYWALLED:
        words, known_words = len(extraction.text.split()), len(known.latest.text.split())
        if words < TEASER_SHARE * known_words:
            return Drop(Outcome.WITHHELD, "paywall teaser")
    older = capture.fetched < known.seen or _earlier(extraction.modified, known.modified)
    if older and content_hash(extraction.title, extraction.standfirst, extraction.text) != known.latest.hash:
        return Drop(Outcome.WITHHELD, "older version")
    return None


def _earlier(one: datetime | date | None, other: datetime | date | None) -> bool:
    """Whether both are moments, or both days, and `one` comes first."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one.tzinfo is not None and other.tzinfo is not None and one < other
    if one is None or other is None or isinstance(one, datetime) or isinstance(other, datetime):
        return False
    return one < other


def _document_title(body: bytes) -> str:
    found = _TITLE.search(body, 0, _HEAD_BYTES)
    return found[1].decode("utf-8", "replace") if found else ""
