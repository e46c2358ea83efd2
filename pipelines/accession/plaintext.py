"""Text that another scraper saved without its HTML -> Extraction.

Such a file holds an article and whatever stood around it, a line for each block of the page, in the page's
order: title, standfirst, date and byline at its head, then the body, then boxes, forms and teasers.

Promises: pure; linear in the length of the text; never raises. Every line that is not blank ends in the
title, the standfirst, the text, or in `blocks_removed` with a reason: nothing is lost in silence.
Never reads a file, never guesses an address, and takes no date from a teaser.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import pairwise

from pipelines.accession.boilerplate import Cue, Opens, cue, fold
from pipelines.article import language, notations, render
from pipelines.article.names import read_names
from pipelines.model import Access, Extraction, Kind, RemovedBlock

HEAD = 15
"""Lines of the file among which the title is looked for, and after the title its date and byline."""
PROSE_WORDS = 8
LONG_WORDS = 40
"""So many words are prose even without a full stop, and no title."""
BODY_WORDS = 40
"""Words of prose after which the article may be over; "comments" above that is but a link to them."""
LEAST_WORDS = 15
"""Words of prose below which a text with a title is no article."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
_SNIFFED = 8192
_CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff]"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_CLOSING = "\"'”’“»«›)]"
_FULL_STOP = (".", "!", "?", "…", ":", "。", "！", "？")
_TITLE_LABEL = re.compile(r"(?:title|headline|titel|überschrift|titre|t[ií]tulo|titolo)\s*:\s*(?=\S)", re.I)
_ADDRESS = re.compile(
    r"(?:(?:url|link|source|permalink|quelle|fuente|lien)\s*:\s*)?(https?://\S{4,2000})", re.IGNORECASE
)
_SEGMENTS = re.compile(r"\s*[|•·]\s*|\s+[–—-]\s+")
_COMMA = re.compile(r",\s+(?=\S*\d)")
_CRUMBS = re.compile(r"\s*[>»›]\s*")
_NAME_SUFFIX = re.compile(r"\s*[|–—·:»«-]")
_BYLINE = re.compile(
    r"(?:(?:written|reported|posted|story|words|report|reporting)\s+)?"
    r"(?:by|von|par|por|di|door|av|af|przez|authors?|autor(?:in|a|en|es)?|auteure?s?|autore|text|texte|reporter)"
    r"(?:\s*:\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_NAME_WORD = re.compile(
    r"[A-ZÀ-ÞŁŚŻŠŽČ][\w'’.-]*$|(?:de|del|della|di|da|dos|van|von|der|den|ter|le|la|el|al|bin|ibn|y|zu)$"
)
_CHANGED = re.compile(
    r"\b(?:last |zuletzt )?(?:updated|modified|edited|aktualisiert|geandert|stand|mis a jour|modifie"
    r"|actualizad[oa]|aggiornato|bijgewerkt|atualizado|aktualizacja|uppdaterad|oppdatert|opdateret)\b"
)
_DATE_WORDS = frozenset(
    word
    for words in (
        "first originally published posted created date issued added online last updated modified edited",
        "on at the of st nd rd th am pm a m p time gmt utc bst cet cest est edt pst pdt z t",
        "veroffentlicht erschienen erstellt datum zuletzt aktualisiert geandert stand am um uhr vom den",
        "publie publiee paru mis en ligne mise a jour modifie modifiee le er h heures",
        "publicado publicada fecha actualizado actualizada el de del las hrs em as atualizado data",
        "pubblicato aggiornato il alle ore gepubliceerd geplaatst bijgewerkt op om uur",
        "opublikowano aktualizacja dnia r publicerad uppdaterad publisert oppdatert",
        "publiceret opdateret kl d",
        "monday tuesday wednesday thursday friday saturday sunday",
        "mon tue tues wed thu thur thurs fri sat sun",
        "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "lunes martes miercoles jueves viernes sabado domingo segunda terca quarta quinta sexta feira",
        "lunedi martedi mercoledi giovedi venerdi sabato domenica",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "poniedzialek wtorek sroda czwartek piatek sobota niedziela",
        "mandag tirsdag tisdag onsdag torsdag fredag lordag sondag",
    )
    for word in words.split()
)
"""What may stand in a line that is nothing but a date, beside figures and one other word: the month."""


@dataclass(slots=True)
class _Block:
    """One line of the page, and what has become of it."""

    text: str
    words: int
    cue: Cue | None
    reason: str | None = None
    """Why it was removed; None while it belongs to the article."""

    @property
    def sentence(self) -> bool:
        """Whether it ends as a sentence does."""
        return self.text.rstrip(_CLOSING).endswith(_FULL_STOP)

    @property
    def prose(self) -> bool:
        return self.words >= LONG_WORDS or (self.sentence and self.words >= PROSE_WORDS)

    @property
    def link(self) -> bool:
        """Whether it may be the title of another article, standing alone."""
        return not self.sentence and 2 <= self.words < LONG_WORDS and self.cue is None


@dataclass(slots=True)
class _Meta:
    """What a line of nothing but dates, names and addresses says."""

    reason: str = "date"
    published: datetime | date | None = None
    modified: datetime | date | None = None
    authors: list[str] = field(default_factory=list)
    address: str | None = None


@dataclass(slots=True)
class _Head:
    """What the head of the file says of the article, and where its body begins."""

    title: str | None = None
    standfirst: str | None = None
    published: datetime | date | None = None
    modified: datetime | date | None = None
    authors: list[str] = field(default_factory=list)
    address: str | None = None
    body: int = 0

    def take(self, block: _Block, meta: _Meta) -> None:
        block.reason = meta.reason
        self.published = self.published or meta.published
        self.modified = self.modified or meta.modified
        self.authors = self.authors or meta.authors
        self.address = self.address or meta.address


def extract(body: bytes) -> Extraction:
    """The article in a text file, whatever its encoding."""
    text, encoding = decode(body)
    return replace(read(text), encoding=encoding)


def decode(body: bytes) -> tuple[str, str]:
    """The text of a file, and the WHATWG name of its encoding: by its mark, else UTF-8, else windows-1252."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), encoding
    wide = _wide(body[:_SNIFFED])
    if wide:
        return body.decode(wide, "replace"), wide
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace"), "windows-1252"


def is_binary(body: bytes) -> bool:
    """Whether `body` holds what no text does, in any encoding that `decode` knows."""
    text, _ = decode(body[:_SNIFFED])
    return sum(c < " " and not c.isspace() for c in text) > len(text) // 100


def _wide(start: bytes) -> str | None:
    """The encoding of text of two bytes a character that has no mark: in Latin text one of the two is NUL."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) <= len(start) // 4 or min(even, odd) > len(start) // 20:
        return None
    return "utf-16le" if odd > even else "utf-16be"


def read(text: str) -> Extraction:
    """The article that `text` holds; its kind is OTHER when there is none."""
    blocks = [_block(line) for line in _lines(text)]
    head = _read_head(blocks)
    _mark_body(blocks, head)
    kept = [block for block in blocks[head.body :] if block.reason is None]
    removed = [RemovedBlock(block.text, block.reason) for block in blocks if block.reason]
    words = sum(block.words for block in kept if block.prose)
    is_article = words >= (LEAST_WORDS if head.title else BODY_WORDS)
    return Extraction(
        title=head.title,
        standfirst=head.standfirst,
        authors=head.authors,
        published=head.published or head.modified,
        modified=head.modified,
        language=language.detect(f"{head.title or ''}. {' '.join(block.text for block in kept[:10])}"[:4000]),
        canonical_url=head.address,
        access=Access.PAYWALLED if any(block.reason == "paywall" for block in removed) else Access.OPEN,
        kind=Kind.ARTICLE if is_article else Kind.OTHER,
        text="\n\n".join(block.text for block in kept),
        html=_html(kept),
        blocks_removed=[block for block in removed if block.reason not in ("title", "standfirst")],
        confidence=_confidence(head, kept) if is_article else 0.0,
    )


def _confidence(head: _Head, kept: Sequence[_Block]) -> float:
    """By how much of an article's usual form is there; not calibrated, never as sure as with the HTML."""
    signs = (
        head.title,
        head.published,
        head.standfirst or head.authors,
        sum(block.prose for block in kept) > 2,
    )
    return 0.5 + 0.1 * sum(map(bool, signs))


def _html(kept: Sequence[_Block]) -> str:
    parts = []
    for block, following in zip(kept, [*kept[1:], None], strict=False):
        heading = block.link and block.words <= 12 and following is not None and following.prose
        tag = "h2" if heading else "p"
        parts.append(f"<{tag}>{html.escape(block.text, quote=False)}</{tag}>")
    return render.sanitised("\n".join(parts))


# --- lines


def _lines(text: str) -> Iterator[str]:
    """The lines of the page: what a program wrapped at a width is joined again."""
    groups: list[list[str]] = [[]]
    for line in text.splitlines():
        line = " ".join(_CONTROL.sub("", line).split())
        if line:
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    width = _wrapped_at([pair for group in groups for pair in pairwise(group)])
    for group in groups:
        yield from _joined(group, width) if width else group


def _wrapped_at(pairs: Sequence[tuple[str, str]]) -> int | None:
    """The width at which lines were wrapped, or None: a wrapped line has no room for the next one's word."""
    lengths = sorted(len(line) for line, _ in pairs)
    if len(pairs) < 3 or not 40 <= (width := lengths[int(len(lengths) * 0.98)]) <= 120:
        return None
    full = sum(not _fits(line, following, width) for line, following in pairs)
    return width if full >= 0.7 * len(pairs) else None


def _fits(line: str, following: str, width: int) -> bool:
    return len(line) + 1 + len(following.split(" ", 1)[0]) <= width


def _joined(group: Sequence[str], width: int) -> Iterator[str]:
    parts = list(group[:1])
    for line, following in pairwise(group):
        if _fits(line, following, width):
            yield "".join(parts)
            parts = [following]
        else:
            parts += "" if line.endswith("-") else " ", following
    if parts:
        yield "".join(parts)


def _block(line: str) -> _Block:
    words = line.count(" ") + 1
    if not line.isascii():  # Chinese and Japanese write no spaces; two characters are about a word
        words = max(words, len(_CJK.findall(line)) // 2)
    return _Block(line, words, cue(line))


# --- the head


def _read_head(blocks: Sequence[_Block]) -> _Head:
    head = _Head()
    at = _title_at(blocks, head)
    if at is None:
        return head
    at = _without_site(blocks, at)
    head.title = _TITLE_LABEL.sub("", blocks[at].text, count=1)
    blocks[at].reason = "title"
    last = _read_meta(blocks, at, head)
    _read_standfirst(blocks, at, last, head)
    head.body = next((n for n in range(last + 1, len(blocks)) if blocks[n].reason is None), len(blocks))
    return head


def _title_at(blocks: Sequence[_Block], head: _Head) -> int | None:
    """Where the title is, or None when the text begins without one; what stands before it is removed."""
    for at, block in enumerate(blocks[:HEAD]):
        meta = _meta(block)
        if meta and not _TITLE_LABEL.match(block.text):
            head.take(block, meta)
        elif block.cue:
            block.reason = block.cue.reason
        elif _is_label(blocks, at):
            block.reason = "navigation"
        else:
            return None if block.words >= LONG_WORDS else at
    return None


def _is_label(blocks: Sequence[_Block], at: int) -> bool:
    """Whether the line names a section or a path to it, and the title comes below."""
    text, words = blocks[at].text, blocks[at].words
    crumbs = _CRUMBS.split(text)
    if len(crumbs) > 1 and all(len(crumb.split()) <= 4 for crumb in crumbs[:-1]):
        return True
    below = next((block for block in blocks[at + 1 : at + 4] if not block.cue and not _meta(block)), None)
    alone = words == 1 or (words <= 3 and text.isupper())
    return alone and below is not None and 4 <= below.words < LONG_WORDS and not below.prose


def _without_site(blocks: Sequence[_Block], at: int) -> int:
    """Where the headline stands alone, when the line at `at` is the same with the site's name behind it."""
    whole = blocks[at].text
    for n in range(at + 1, min(at + HEAD, len(blocks))):
        text = blocks[n].text
        if len(text) >= 10 and whole.startswith(text) and _NAME_SUFFIX.match(whole, len(text)):
            for block in blocks[at:n]:
                block.reason = block.cue.reason if block.cue else "navigation"
            blocks[at].reason = "title"
            return n
    return at


def _read_meta(blocks: Sequence[_Block], at: int, head: _Head) -> int:
    """Take the dates and bylines below the title at `at`; where the last of them is, or `at`."""
    last, between = at, 0
    for n in range(at + 1, min(at + HEAD, len(blocks))):
        block = blocks[n]
        meta = _meta(block)
        if meta:
            head.take(block, meta)
            last, between = n, 0
        elif block.cue is None:
            between += 1
            if between > 2 or block.words > LONG_WORDS + 10 or (between > 1 and block.prose):
                break
    return last


def _read_standfirst(blocks: Sequence[_Block], at: int, last: int, head: _Head) -> None:
    """Find the standfirst above the last date or byline, or just below it; remove the rest of the head."""
    above = [block for block in blocks[at + 1 : last] if block.reason is None]
    for block in above:
        block.reason = _reason_above(block, head)
    if head.standfirst is None:
        below = [block for block in blocks[last + 1 : last + HEAD] if block.cue is None][:3]
        if below and blocks[last].reason == "byline" and not below[0].sentence and below[0].words <= 4:
            below.pop(0).reason = "byline"  # the author's office
        if len(below) > 1 and below[0].link and below[0].words > 4 and below[1].prose:
            below[0].reason = "standfirst"
            head.standfirst = below[0].text


def _reason_above(block: _Block, head: _Head) -> str:
    """What a line between the title and the date is; the first of some length becomes the standfirst."""
    if block.cue:
        return block.cue.reason
    if fold(block.text) == fold(head.title or ""):
        return "title"
    if not head.authors and (names := _authors(block.text, dated=True)):
        head.authors = names
        return "byline"
    if head.standfirst is None and block.words > 3:
        head.standfirst = block.text
        return "standfirst"
    return "caption"


def _meta(block: _Block) -> _Meta | None:
    """What the line says when it is nothing but an address, a date, a byline or these together; else None."""
    address = _ADDRESS.fullmatch(block.text)
    if address:
        return _Meta("navigation", address=address[1])
    if block.words > 30 or len(block.text) > 300:
        return None
    if not _DIGIT.search(block.text) and not _BYLINE.match(block.text):
        return None
    segments = _SEGMENTS.split(block.text)
    return _said(segments) or _said(
        [part for segment in segments for part in _COMMA.split(segment, maxsplit=1)]
    )


def _said(segments: Sequence[str]) -> _Meta | None:
    meta = _Meta()
    names = [segment for segment in segments if not _is_date(segment, meta) and not cue(segment)]
    dated = bool(meta.published or meta.modified)
    if names:
        meta.authors = _authors(", ".join(names), dated)
        if not meta.authors:
            return None
        meta.reason = "byline"
    return meta if dated or meta.authors else None


def _is_date(text: str, meta: _Meta) -> bool:
    """Whether `text` is nothing but dates; they are put into `meta`."""
    folded = fold(text)
    changed = _CHANGED.search(folded)
    if changed and changed.start() > 0:
        return _is_date(folded[: changed.start()], meta) and _is_date(folded[changed.start() :], meta)
    stamp = _only_date(folded)
    if stamp is None:
        return False
    if changed:
        meta.modified = meta.modified or stamp
    else:
        meta.published = meta.published or stamp
    return True


def _only_date(folded: str) -> datetime | date | None:
    """The date in a line in which no other word stands than the month and words that go with dates."""
    others = set(re.findall(r"[^\W\d_]+", folded[:200])) - _DATE_WORDS
    if len(others) > 1 or len(folded) > 200:
        return None
    american = bool(re.search(r"\d\s?[ap]\.?m\b", folded))
    without = re.sub(r"[^\W\d_]{3,}", "", folded) if others else ""
    if others and notations.parse(without):
        return None  # the figures are a date by themselves, so the word is no month
    return notations.parse(folded, month_first=american)


def _authors(text: str, dated: bool) -> list[str]:
    """The names in a byline; without "By" a name is believed only beside a date. Empty when it is none."""
    by = _BYLINE.match(text)
    if not by and not dated:
        return []
    rest = text[by.end() :] if by else text
    found = read_names(rest)
    names = [named.name for named in found if not named.organisation] or [named.name for named in found]
    least = 1 if by else 2
    good = [
        name for name in names if least <= len(name.split()) <= 5 and all(map(_NAME_WORD.match, name.split()))
    ]
    return good if good == names and not (by is None and len(rest.split()) > 4) else []


# --- the body and what follows it


def _mark_body(blocks: Sequence[_Block], head: _Head) -> None:
    """Give every block from `head.body` on that is not of the article the reason why."""
    body = _Body(blocks, head)
    at = head.body
    while at < len(blocks):
        at = body.step(at)
    body.clear_tail()


class _Body:
    """One pass over the blocks below the head, remembering which box or list it is in."""

    def __init__(self, blocks: Sequence[_Block], head: _Head) -> None:
        self.blocks = blocks
        self.first = head.body
        self.title = fold(head.title or "")
        self.inside: str | None = None
        """Reason of the list or thread that the pass is in."""
        self.over = False
        """Whether the comments have begun: no block of the article comes after them."""
        self.words = 0
        """Words of the article's prose so far."""
        self.cues = 0

    def step(self, at: int) -> int:
        """Judge the block at `at`; the next block to judge."""
        block = self.blocks[at]
        if block.reason is not None:
            return at + 1
        if block.cue:
            return self.take_cue(at, block.cue)
        if self.inside and (self.over or not self.resumes(at)):
            block.reason = self.inside
            return at + 1
        self.inside = None
        end = self.teaser_end(at)
        if end > at:
            for teaser in self.blocks[at:end]:
                teaser.reason = "teaser"
            return end
        if self.words < BODY_WORDS and fold(block.text) == self.title:
            block.reason = "title"
        elif block.prose:
            self.words += block.words
        return at + 1

    def take_cue(self, at: int, found: Cue) -> int:
        self.blocks[at].reason = found.reason
        self.cues += 1
        if found.opens is Opens.THREAD and self.words >= BODY_WORDS:
            self.inside, self.over = "comments", True
        elif found.opens is Opens.LINKS:
            self.inside = "teaser"
        elif found.opens is Opens.ONE_LINK and at + 1 < len(self.blocks) and self.blocks[at + 1].link:
            self.blocks[at + 1].reason = "related"
        return at + 1

    def resumes(self, at: int) -> bool:
        """Whether the article goes on behind a list of links: with two paragraphs, where a teaser has one."""
        pair = [block for block in self.blocks[at : at + 3] if block.cue is None][:2]
        return len(pair) == 2 and all(block.prose and block.words >= 12 for block in pair)

    def teaser_end(self, at: int) -> int:
        """Where the teaser of another article that begins at `at` ends; `at` when none begins there.

        Its title stands twice, as the picture's and as the headline's link; or, behind the article, once and
        above a date. A date and one paragraph belong to it.
        """
        link = self.blocks[at]
        if not link.link:
            return at
        end = at + 1
        twice = end < len(self.blocks) and self.blocks[end].text == link.text
        end += twice
        if not twice and not (self.cues and self.words >= BODY_WORDS):
            return at
        dated = end < len(self.blocks) and _meta(self.blocks[end]) is not None
        if not twice and not dated:
            return at
        end += dated
        summary = end < len(self.blocks) and self.blocks[end].prose and not self.resumes(end)
        return end + summary

    def clear_tail(self) -> None:
        """Remove the lines behind the last paragraph when boilerplate stands among them."""
        kept = [n for n in range(self.first, len(self.blocks)) if self.blocks[n].reason is None]
        last = next((n for n in reversed(kept) if self.blocks[n].sentence), None)
        if last is None or not self.words:
            return
        cues = [n for n in range(last + 1, len(self.blocks)) if self.blocks[n].cue]
        for n in kept:
            if cues and n > cues[0]:
                self.blocks[n].reason = "boilerplate"
