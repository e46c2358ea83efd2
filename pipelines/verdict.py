"""Is this capture fit to become a revision? Pure: -> Drop (an outcome and its reason) or None.

Promises: a bad capture (an error, a wall, a stub, a cut or an older page) never reaches `revise`, and its
reason says what it was. Never looks at the network or the archive beyond the `Known` that it is given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from selectolax.lexbor import LexborHTMLParser

from pipelines.article.decode import decode
from pipelines.article.guard import tame
from pipelines.identify import agree, canonical_url, content_hash, plain
from pipelines.model import ARCHIVED_KINDS, Access, Capture, Drop, Extraction, Known, Outcome, Probe

SHELL = Drop(Outcome.WITHHELD, "script-only shell")
STUB_WORDS = 120
"""A page with more words of text than this is never taken for an error page or a captcha."""
SHELL_WORDS = 40
"""A page with more visible words than this is not taken for one that scripts are yet to fill."""
WALL_WORDS = 400
"""The same for a consent wall: some print all that their partners do."""
TEASER_SHARE = 0.9
"""A paywalled capture with less than this share of the known words is a teaser of what the archive has."""
ALIKE = 0.9
"""A page shares this part of its words with the answer to a made-up address, and is no page either."""
_CUT_WORDS = 3
"""Words at the end of a teaser that may differ from the full text: cut, or "read more"."""
_FUTURE = timedelta(days=1)
"""A page that says it changed longer than this after it was fetched is not believed."""
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TITLE = re.compile(rb"<title[^<>]*>([^<]{0,300})", re.IGNORECASE)
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

_ERROR = re.compile(
    r"""^\W*(error\W*|http\W*)?50[0234]\W*$ | \b50[0234]\b.{0,30}\berror | \berror\W{1,3}50[0234]\b
    | internal\ server\ error | bad\ gateway | gateway\ time-?\ ?out | service\ (temporarily\ )?unavailable
    | error\ establishing\ a\ database\ connection | temporarily\ (unavailable|offline)
    | (down\ for|under|undergoing|scheduled)\ maintenance | fatal\ error
    | \ban?\ (unexpected\ )?error\ (has\ )?occurred
    | something\ went\ wrong | technical\ difficulties | wartungsarbeiten | technischer\ fehler
    | interner\ serverfehler | erreur\ (interne|serveur) | service\ indisponible | error\ interno
    | en\ mantenimiento | in\ manutenzione | em\ manutenção""",
    re.VERBOSE | re.IGNORECASE,
)
_CONSENT_CUES = (
    "cookie", "privacy", "before you continue", "accept all", "datenschutz", "mit werbung", "accepter",
)  # fmt: skip
"""One of them is in each phrase of a consent wall: looked for first, for that takes next to no time."""
_CHALLENGE = (
    b"_cf_chl_opt", b"px-captcha", b"Incapsula incident ID", b"captcha-delivery.com", b"/sorry/index?",
)  # fmt: skip
"""What only the pages of the usual guards have, whatever their language."""


_LOGIN = re.compile(
    r"""^\W*(please\ )?(log|sign)[\ -]?in\b | \b(log|sign)[\ -]?in\ (to\ (read|continue|your)|required|\W)
    | subscriber\ (log|sign)[\ -]?in | anmeld(en|ung) | einloggen | se\ connecter | connexion
    | iniciar\ sesi[oó]n | accedi | entrar | logga\ in | logg\ inn | inloggen | zaloguj""",
    re.VERBOSE | re.IGNORECASE,
)
_PASSWORD = re.compile(rb"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)
_WALL_SCRIPTS = (
    b"cf-chl-", b"_incapsula_resource", b"captcha-delivery.com", b"px-captcha", b"sec-if-cpt",
    b"awswaf.com", b"ddos-guard",
)  # fmt: skip
"""What the pages of bot walls load, whatever they say; in lower case."""
_SHELL_BYTES = 512 << 10
_END_BYTES = 4096
_OPEN_TAG = re.compile(rb"<[a-zA-Z/][^<>]*$")
_LONGEST_EVIDENCE = 160
_OF_ADDRESSES = frozenset("/0123456789_")
"""Characters of words that are, or may be, part of an address."""
_MOUNTS = ", ".join(
    f"#{name}" for name in ("root", "app", "__next", "__nuxt", "main-app", "svelte", "___gatsby")
)
"""The places that frameworks fill."""
_UNSEEN = ["script", "style", "noscript", "template", "svg", "head"]


@dataclass(frozen=True, slots=True)
class Source:
    """What a page's source says beside what the cleaner made of it: `judge_page` needs the source no more."""

    words: int = 0
    """How many the cleaner's text has."""
    torn: str | None = None
    """The last bytes of a page that ends within a tag."""
    has_end: bool = True
    """The closing tag of body or html is there."""
    title: str = ""
    """Its title element; this and what follows are read of pages with little text alone."""
    challenge: str | None = None
    """The mark of a bot wall."""
    asks_password: bool = False
    shell: str | None = None
    """How it shows that only scripts would fill the page."""


def judge(
    capture: Capture, extraction: Extraction, known: Known | None, probe: Probe | None = None
) -> Drop | None:
    """Why this capture never becomes a revision, or None when it may."""
    said = source(capture, extraction)
    return judge_response(capture) or judge_page(capture, extraction, said, known, probe)


def source(capture: Capture, extraction: Extraction) -> Source:
    """What the source of a page says to which the cleaner's word is `extraction`."""
    end = capture.body[-_END_BYTES:].rstrip()
    torn = _shown(end[-60:]) if _OPEN_TAG.match(end, max(0, end.rfind(b"<"))) else None
    has_end = b"</html" in end.lower() or b"</body" in end.lower()
    words = len(extraction.text.split())
    if words > STUB_WORDS:
        return Source(words, torn, has_end)
    shell = _shell(capture)
    return Source(
        words,
        torn,
        has_end,
        _document_title(capture.body),
        _challenge(capture, words),
        b"password" in capture.body.lower() and _PASSWORD.search(capture.body) is not None,
        shell[1] if shell else None,
    )


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
    if capture.truncated or status == 206:
        return Drop(Outcome.FAILED, f"truncated: {capture.truncated or 'partial content'}")
    if not capture.body or capture.body.isspace():
        return Drop(Outcome.FAILED, "empty")
    return None


def judge_page(
    capture: Capture, extraction: Extraction, said: Source, known: Known | None, probe: Probe | None = None
) -> Drop | None:
    """What the cleaned page and its source say, beside what the archive has of it, and beside what its host
    answers where there is nothing (`probe`). Never looks at the capture's body."""
    return (
        _judge_end(said, extraction, known)
        or _judge_stub(said, extraction)
        or _judge_probe(capture, extraction, probe)
        or _judge_wall(said, extraction, known)
        or _judge_kind(extraction)
        or _judge_against(capture, extraction, known)
    )


def judge_redirect(capture: Capture, target: str | None, probe: Probe | None) -> Drop | None:
    """A soft 404: an address that is sent where its host sends every address without a page."""
    if target is None or probe is None or probe.leads_to is None:
        return None
    if canonical_url(target) != canonical_url(probe.leads_to):
        return None
    return Drop(Outcome.WITHHELD, "soft 404", f"redirects to {target}, as the made-up {probe.url} does")


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


def _judge_end(said: Source, extraction: Extraction, known: Known | None) -> Drop | None:
    """A page that breaks off: within a tag, or, where the archive has more of the text, before its end."""
    if said.torn is not None:
        return Drop(Outcome.FAILED, "truncated: ends within a tag", f"its last bytes: {said.torn}")
    if known is None or said.has_end:
        return None
    words, had = plain(extraction.text).split(), plain(known.latest.text).split()
    if not 0 < len(words) < TEASER_SHARE * len(had) or had[: len(words) - 1] != words[:-1]:
        return None
    return Drop(
        Outcome.FAILED, "truncated: no end", f"the first {len(words)} of {len(had)} words, and no closing tag"
    )


def _judge_stub(source: Source, extraction: Extraction) -> Drop | None:
    """Error page, wall or captcha under status 200: a short text, and words that give it away."""
    if source.words > STUB_WORDS:
        return None
    headings = (extraction.title or "", source.title)
    start = f"{extraction.standfirst or ''} {extraction.text}"[:600]
    if said := _said(_NOT_FOUND, (*headings, start[:200])):
        return Drop(Outcome.WITHHELD, "soft 404", said)
    if said := source.challenge or _said(_CAPTCHA, headings):
        return Drop(Outcome.WITHHELD, "captcha", said)
    if (said := _said(_CONSENT, headings)) or _consent_cues(start) > 1:
        return Drop(Outcome.WITHHELD, "consent wall", said or _said(_CONSENT, (start,)))
    if (said := _said(_LOGIN, headings)) and source.asks_password:
        return Drop(Outcome.WITHHELD, "login", f"{said}, and asks for a password")
    if said := _said(_ERROR, headings):
        return Drop(Outcome.WITHHELD, "error page", said)
    return replace(SHELL, evidence=source.shell) if source.shell else None


def _said(cue: re.Pattern[str], texts: Iterable[str]) -> str | None:
    """The passage that gives a page away, as evidence; None where there is none."""
    for text in texts:
        if found := cue.search(text):
            around = text[max(0, found.start() - 20) : found.end() + 20]
            return f'says "{" ".join(around.split())[:_LONGEST_EVIDENCE]}"'
    return None


def _shown(raw: bytes) -> str:
    return " ".join(raw.decode("utf-8", "replace").split())


def _judge_probe(capture: Capture, extraction: Extraction, probe: Probe | None) -> Drop | None:
    """A soft 404: the words that the host has for an address which was made up."""
    if probe is None or capture.url == probe.url:
        return None
    if not probe.text or not extraction.text:
        return None
    nothing, words = telling(probe.text), telling(extraction.text)
    if not nothing or not words:
        return None
    alike = 2 * (nothing & words).total() / (nothing.total() + words.total())
    if alike < ALIKE:
        return None
    said = f"{alike:.0%} of its words are those of the made-up {probe.url}"
    return Drop(Outcome.WITHHELD, "soft 404", said)


def telling(text: str) -> Counter[str]:
    """The words of a text, without those in which an error page repeats the address that was asked for."""
    return Counter(word for word in plain(text).lower().split() if not set(word) & _OF_ADDRESSES)


def _challenge(capture: Capture, words: int) -> str | None:
    """What of the usual guards is in a page's source: their marks, or their scripts where it says next to
    nothing."""
    found = _first(_CHALLENGE, capture.body, capture.body)
    if found is None and words <= SHELL_WORDS:
        found = _first(_WALL_SCRIPTS, capture.body, capture.body.lower())
    return f"has {_shown(found)} in its source" if found else None


def _first(marks: Iterable[bytes], source: bytes, searched: bytes) -> bytes | None:
    """The mark that comes first in what is searched, which is the source or that in lower case."""
    found = [(at, len(mark)) for mark in marks if (at := searched.find(mark)) >= 0]
    at, length = min(found, default=(0, 0))
    return source[at : at + length] or None


def is_shell(capture: Capture, extraction: Extraction, said: Source) -> bool:
    """Whether an article's page holds nothing before its scripts have run."""
    if said.shell is None or not needs_scripts(capture):
        return False
    return judge_page(capture, extraction, said, None) == SHELL


def needs_scripts(capture: Capture) -> bool:
    """Whether a page that was well received holds nothing before its scripts have filled it, and is neither
    an error page nor a wall: what a browser may be asked to fill."""
    if judge_response(capture) is not None or (found := _shell(capture)) is None:
        return False
    if _challenge(capture, words=0):
        return False
    said = f"{_document_title(capture.body)}\n{found[0]}"
    return not any(cue.search(said) for cue in (_NOT_FOUND, _CAPTCHA, _CONSENT))


def _shell(capture: Capture) -> tuple[str, str] | None:
    """What is seen of a page that scripts are to fill, hardly a word in it, and a framework's place or a plea
    for JavaScript; and how that shows. None when it is no such page."""
    if len(capture.body) > _SHELL_BYTES or b"<script" not in capture.body.lower():
        return None
    tree = LexborHTMLParser(tame(decode(capture.body, capture.header("content-type")).markup)[0])
    plea = " ".join(node.text() for node in tree.css("noscript"))
    tree.strip_tags(_UNSEEN)
    seen = tree.root.text(separator=" ") if tree.root else ""
    mount = tree.css_first(_MOUNTS)
    waits = mount is not None or "javascript" in f"{plea} {seen}".lower()
    if not waits or len(seen.split()) > SHELL_WORDS:
        return None
    place = f"an empty #{mount.attributes.get('id')}" if mount is not None else "a plea for JavaScript"
    return seen, f"{len(seen.split())} words, and {place}"


def _judge_wall(source: Source, extraction: Extraction, known: Known | None) -> Drop | None:
    """A long consent wall; and any wall, where an article stood whose words are gone."""
    if source.words > max(WALL_WORDS, STUB_WORDS):
        return None
    said = f"{extraction.title or ''}\n{extraction.standfirst or ''}\n{extraction.text}"
    if source.words <= WALL_WORDS and _consent_cues(said) > 2:
        return Drop(Outcome.WITHHELD, "consent wall", _said(_CONSENT, (said,)))
    if known is None or source.words > STUB_WORDS or agree(known.latest.text, extraction.text):
        return None
    for reason, cue in (("captcha", _CAPTCHA), ("consent wall", _CONSENT), ("soft 404", _NOT_FOUND)):
        if found := _said(cue, (said,)):
            return Drop(Outcome.WITHHELD, reason, f"{found}, where an article stood")
    return None


def _consent_cues(text: str) -> int:
    """How many different phrases of consent walls it has."""
    lower = text.lower()
    if not any(cue in lower for cue in _CONSENT_CUES):
        return 0
    return len({found[0].lower() for found in _CONSENT.finditer(text)})


def _judge_kind(extraction: Extraction) -> Drop | None:
    if extraction.kind not in ARCHIVED_KINDS:
        words = f"{len(extraction.text.split()):,} words of text"
        return Drop(Outcome.NOT_ARTICLE, extraction.kind.value, words)
    if not extraction.text.strip():
        return Drop(Outcome.NOT_ARTICLE, "no text")
    return None


def _judge_against(capture: Capture, extraction: Extraction, known: Known | None) -> Drop | None:
    """Less or older than what the archive has."""
    if known is None:
        return None
    if _is_teaser(extraction, known):
        words, had = len(extraction.text.split()), len(known.latest.text.split())
        return Drop(Outcome.WITHHELD, "paywall teaser", f"{words:,} of the {had:,} words that are known")
    if other := _other_edition(extraction, known):
        return Drop(Outcome.WITHHELD, "wrong language edition", other)
    earlier = _earlier(extraction.modified, _believed(known))
    older = capture.fetched < known.seen or earlier
    if older and content_hash(extraction.title, extraction.standfirst, extraction.text) != known.latest.hash:
        said = f"says it was changed on {extraction.modified}" if earlier else f"fetched on {capture.fetched}"
        return Drop(Outcome.WITHHELD, "older version", f"{said}, before what is known")
    return None


def _other_edition(extraction: Extraction, known: Known) -> str | None:
    """Evidence that the page is in another language than the article was, and has other words; else None."""
    was, now = (_primary(tag) for tag in (known.language, extraction.language))
    if not was or not now or was == now or agree(known.latest.text, extraction.text):
        return None
    return f"is in {now}, the article is in {was}"


def _primary(tag: str | None) -> str:
    """The language of a tag, without script and region (BCP 47)."""
    return (tag or "").partition("-")[0].lower()


def _is_teaser(extraction: Extraction, known: Known) -> bool:
    """Whether a page that says that it is not for everybody has less of the text than the archive has.

    Where the archive's own copy said so too, it must be the beginning of it: what is known may be the full
    text that the site once served.
    """
    if extraction.access is Access.OPEN:
        return False
    words, known_words = plain(extraction.text).split(), plain(known.latest.text).split()
    if len(words) >= TEASER_SHARE * len(known_words):
        return False
    if extraction.access is Access.PAYWALLED and known.access is not Access.PAYWALLED:
        return True
    start = words[: max(1, len(words) - _CUT_WORDS)]
    return known_words[: len(start)] == start


def _believed(known: Known) -> datetime | date | None:
    """When the known version says that it was changed, unless that lies ahead of when it was fetched."""
    latest = known.seen + _FUTURE
    if isinstance(known.modified, datetime) and known.modified.tzinfo:
        return known.modified if known.modified <= latest else None
    return known.modified if known.modified is None or _day(known.modified) <= latest.date() else None


def _earlier(one: datetime | date | None, other: datetime | date | None) -> bool:
    """Whether `one` comes first: of two moments or two days; of a moment and a day by more than a day, for
    nobody knows whose day it is."""
    if one is None or other is None:
        return False
    if isinstance(one, datetime) and isinstance(other, datetime) and one.tzinfo and other.tzinfo:
        return one < other
    if isinstance(one, datetime) == isinstance(other, datetime):
        return _day(one) < _day(other)
    return _day(one) + _FUTURE < _day(other)


def _day(value: datetime | date) -> date:
    """The calendar day; of a moment, in UTC."""
    if not isinstance(value, datetime):
        return value
    try:
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    except OverflowError:  # the first and the last day of the calendar
        return value.date()


def _document_title(body: bytes) -> str:
    found = _TITLE.search(body, 0, _HEAD_BYTES)
    return found[1].decode("utf-8", "replace") if found else ""
