"""When an article was first published and last changed: what markup, print and address say, weighed.

Promises: an aware datetime where the page gives time and offset, else the calendar day as printed. Linear and
bounded. Never guesses a time zone, never reads the clock (a date may lie in the future: embargoes and wrong
clocks exist).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld, notations
from pipelines.article.markup import (
    MAX_LINE,
    Markup,
    listed,
    marks,
    own_marks,
    start_of,
    step,
    text_of,
)
from pipelines.article.notations import Clock, Reading, Stamp, day


@dataclass(frozen=True, slots=True)
class Dates:
    """When the article of a page was first published and last changed."""

    published: Stamp | None = None
    modified: Stamp | None = None
    declared: bool = False
    """Markup, and not only print, names a day of publication."""


_PUBLISHED_META = listed(
    "article:published_time og:article:published_time article:published og:published_time "
    "article:first_published_time datepublished publisheddate published_at publish_date publish-date "
    "og:publish_date og:datepublished pub_date pubdate publicationdate publication_date parsely-pub-date "
    "sailthru.date cxenseparse:recs:publishtime cxenseparse:publishtime cxenseparse:recs:published_time "
    "prism.publicationdate date.release citation_publication_date citation_date citation_online_date "
    "originalpublicationdate article_date_original release_date published published_time "
    "shareaholic:article_published_time og:article:time awa-publisheddate date-pub cludo:date sw-pubdate "
    "uploaddate ya:ovs:upload_date displaydate dcsext.articlefirstpublished"
)
_VAGUE_META = listed(
    "dc.date.issued dcterms.issued dcterms.created dc.date.created dc.created datecreated date.created "
    "date.available dc.date dcterms.date date"
)
"""Often the day of the printed edition, or of the page's file."""
_MODIFIED_META = listed(
    "article:modified_time og:article:modified_time og:updated_time datemodified date.modified "
    "date.updated article:modified last-modified lastmod updated dcterms.modified dc.date.modified "
    "article_date_updated shareaholic:article_modified_time revision_date"
)
_URL_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[/._-]?(0[1-9]|1[0-2]|[1-9](?=[/._-])|[a-z]{3,9}(?=[/._-]))[/._-]?(0[1-9]"
    r"|[12]\d|3[01]|[1-9](?=[/._]))(?!\d)"
)
_URL_PATH = re.compile(
    r"/((?:19|20)\d\d)/(0?[1-9]|1[0-2]|[a-z]{3,9})/(0[1-9]|[12]\d|3[01]|[1-9](?=/|$))(?=/|$|\.\w{2,5}$)"
)
"""Year, month and day as steps of the path: where a system puts an article when it is first published."""
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])/")
"""Year and month as steps of the path."""
_DAY_FIRST = re.compile(r"(?<![\d._-])\d\d[._-]\d\d[._-](?:19|20)\d\d(?!\d)")
"""A day in the address that ends with the year."""
_COPY = re.compile(r"/\d{14}(?:[a-z]{2}_)?/")
"""What a web archive puts before the address of its copy ends so, within `_COPY_END` characters."""
_COPY_END = 220
_DATED = (
    'time, abbr[title], [itemprop~="datePublished" i], [class*="date" i], [class*="time" i],'
    ' [class*="publi" i], [class*="posted" i], [class*="byline" i], [class*="meta" i], [id*="date" i],'
    ' [class*="datum" i],'
    ' [class*="info" i], [class*="created" i]'
)
_MARKED_PUBLISHED = re.compile(
    r"publi|posted|pubdate|entry-date|post-date|date-?header|created|erschien|veröff|release"
)
_MARKED_CERTAIN = re.compile(r"date|datum|fecha|time(?!line|r)")
_MARKED_DATE = re.compile(
    r"date|datum|fecha|time(?!line|r)|publi|posted|byline|meta|data|info|created|erschien|a(?<=\ba)bbr\b"
)
_UPDATE = re.compile(
    r"updat|modif|aktuali[sz]|geändert|änderung|ändrad|actuali|mis à jour|mise à jour|aggiorn|atualiz|ažurir"
    r"|bijgewerkt|güncel|обновл|stand:|medically reviewed|zuletzt bearbeitet|pdater|päivit|frissít|módosít"
    r"|muokattu|оновлен|измен[её]н|ενημ[εέ]ρ|更新|修正|수정|업데이트|تحديث|עודכן|ập nhật|perbarui|अपडेट|แก้ไข"
)
"""What calls a change by its name: words of few first letters, for every label is searched for them."""
_ELSEWHERE = re.compile(
    r"c(?<![a-z]c)omment|instagram|tweet|related|sidebar|footer|recommend|teaser|widget|copyright|latest|popular|trending|countdown"
    r"|event|archive|navigation|header-top|menu"
)
_LAYOUT = re.compile(r"elementor-widget|(?:post|entry|article)-footer")
"""Parts of an article that are called like what stands beside it."""
_SCRIPTED = re.compile(
    r"""["'](?:date_?published|published_?(?:at|date|time|on)|publish_?(?:date|time|ed)|publication_?date|first_?published(?:_?(?:at|date))?"""
    r"""|pub_?date|created_?at|display_?date|(?:deploy|reg|news)_?(?:dt|date))"""
    r"""(?:["']|&quot;)\s{0,9}:\s{0,9}(?:["']|&quot;)([^"'&]{8,40})"""
)


_URL_STAMP = re.compile(
    r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d\d*+(?!/http)"
)
"""The number of an article that begins with day, hour and minute; not that of a copy in a web archive."""


def read(markup: Markup, language: str | None = None) -> Dates:
    """Publication and last change of the page's article, as far as the page tells.

    language: of the page, for dates of which the numbers alone do not say what is the month.
    """
    page = _Page(markup, _month_first(markup, language))
    modified = page.first(_modified(markup))
    return Dates(_published(page, modified), modified, any(_declared(markup)))


def _month_first(markup: Markup, language: str | None) -> bool:
    """Whether 3/4/2024 is the fourth of March here: in English, but for the countries that say otherwise."""
    if (language or "en").lower() not in ("en", "en-us"):
        return False
    place = (markup.first(("og:locale",)) or "").lower().replace("-", "_")
    return not place.startswith("en_") or place in ("en_us", "en_en")


class _Page:
    """What one page says of its dates, each looked for when first asked for."""

    def __init__(self, markup: Markup, month_first: bool) -> None:
        self.markup, self.month_first = markup, month_first
        self.path_day = _from_url(markup.url, _URL_PATH)

        self._seen: list[Printed] = []
        self._unseen = _printed(markup, month_first)

    def in_order(self) -> Iterator[Printed]:
        """The dates near the headline as they stand there; no more are looked for than are asked for."""
        yield from self._seen
        for one in self._unseen:
            self._seen.append(one)
            yield one

    @cached_property
    def printed(self) -> list[Printed]:
        """The dates near the headline, surest first."""
        return sorted(self.in_order(), key=lambda one: -one.rank)

    def surest(self) -> Printed | None:
        """The surest date near the headline: one of the month that the address names, where there is any."""
        step = _URL_MONTH.search((self.markup.url or "")[:2000])
        if step:
            month = int(step[1]), int(step[2])
            near = (one for one in self.printed if (one.reading.day.year, one.reading.day.month) == month)
            if (found := next(near, None)) is not None:
                return found
        return self.printed[0] if self.printed else None

    @cached_property
    def certain(self) -> set[date]:
        """The days that something on the page names without doubt about the month."""
        said = [*_declared(self.markup), *_modified(self.markup)]
        found = [
            reading
            for text in said
            if text
            for reading in islice(notations.readings(text, self.month_first), 1)
        ]
        found += (one.reading for one in self.printed)
        days = {reading.day for reading in found if reading.swapped is None}
        return days | ({self.path_day} if self.path_day else set())

    def settled(self, reading: Reading) -> Stamp:
        """What `reading` is, the month told by the other dates of the page where its figures do not tell."""
        other = reading.swapped
        if other and other in self.certain and reading.day not in self.certain:
            reading = reading._replace(day=other)
        return notations.stamp(reading)

    def parse(self, text: str | None) -> Stamp | None:
        """The first date in `text`."""
        return next(map(self.settled, notations.readings(text, self.month_first)), None) if text else None

    def first(self, texts: Iterable[str | None]) -> Stamp | None:
        """The first date in the first of these texts that has one."""
        return next((stamp for text in texts if text and (stamp := self.parse(text))), None)


def _published(page: _Page, modified: Stamp | None) -> Stamp | None:
    said = list(islice((stamp for text in _declared(page.markup) if (stamp := page.parse(text))), 8))
    if not said:
        found = _undeclared(page)
        return _localised(found, page) if found else modified
    published = _localised(said[0], page)
    chosen, where = day(published), page.path_day
    if where == chosen:
        return published
    if where and (chosen - where).days > 1:
        return where
    return _first_published(page, published, {day(stamp) for stamp in said} - {chosen}, modified)


def _first_published(page: _Page, published: Stamp, others: set[date], modified: Stamp | None) -> Stamp:
    """`published`, or another day in its place that is printed as the day of publication.

    Where markup contradicts itself, a day that it names and print confirms; otherwise what print says, where
    it is earlier.
    """
    if any(day(page.settled(one.reading)) == day(published) for one in page.in_order() if one.rank >= ALONE):
        return published
    shown = [one for one in page.printed if one.rank > ALONE or (one.rank == ALONE and not one.reading.start)]
    if not shown:
        return published
    first, clock = page.settled(shown[0].reading), shown[0].reading.clock
    apart = (day(published) - day(first)).days
    if apart < 0:
        return first if _is_republished(page, published, shown[0], others, modified) else published
    if apart == 1 and isinstance(published, datetime):
        apart = 2 if clock and any(clock[:3]) and not _same_moment(published, day(first), clock) else 0
    believed = not others or day(first) in others or shown[0].rank == SUREST
    return first if apart > 0 and believed else published


def _is_republished(
    page: _Page, published: Stamp, one: Printed, others: set[date], modified: Stamp | None
) -> bool:
    """Whether a day printed days after the declared one is yet that of publication.

    It is where print marks it so or markup names it as well, and neither calls it a change. Nothing follows
    from the day after, for papers have tomorrow's edition online in the evening, nor from a list of other
    articles, where several days are marked alike.
    """
    found = day(page.settled(one.reading))
    if (found - day(published)).days < 2 or (modified and day(modified) == found):
        return False
    alike = {day(page.settled(other.reading)) for other in page.printed if other.rank == one.rank}
    changed = {day(page.settled(other.reading)) for other in page.printed if other.rank == UPDATED}
    if len(alike) > 1 or found in changed:
        return False
    vague = (page.parse(text) for text in page.markup.every(_VAGUE_META))
    return one.rank == SUREST or found in others or any(stamp and day(stamp) == found for stamp in vague)


def _undeclared(page: _Page) -> Stamp | None:
    """The date of a page whose markup names no publication, from the surest place that has one."""
    markup, where = page.markup, page.path_day
    best = page.surest()
    shown = page.settled(best.reading) if best else None
    if where and (shown is None or abs((day(shown) - where).days) > 1):
        return where
    return (
        shown
        or page.parse(markup.title.rpartition("|")[2] if markup.title[-4:].isdigit() else None)
        or _in_lines(page, FIRST_TEXTS)
        or page.first(markup.every(_VAGUE_META))
        or _from_url(markup.url)
        or page.parse(_far(markup, page.month_first))
        or page.first(_created(markup))
        or _in_lines(page, FIRST_LINES)
        or _scripted(page)
        or _anywhere(page)
        or page.first(_DAY_FIRST.findall((markup.url or "")[:2000]))
    )


def _declared(markup: Markup) -> Iterator[str | None]:
    for node in markup.articles[:1]:
        yield jsonld.string(node.get("datePublished"))
    yield from markup.every(_PUBLISHED_META[:5])
    for element in markup.itemprops.get("datePublished", ())[:2]:
        yield _machine_text(element)
    yield jsonld.string(markup.page.get("datePublished"))
    yield from markup.every(_PUBLISHED_META[5:])


def _created(markup: Markup) -> Iterator[str | None]:
    for node in (*markup.articles[:1], markup.page):
        yield jsonld.string(node.get("dateCreated"))
        yield jsonld.string(node.get("uploadDate"))


def _modified(markup: Markup) -> Iterator[str | None]:
    for node in (*markup.articles[:1], markup.page):
        yield jsonld.string(node.get("dateModified"))
    yield from markup.every(_MODIFIED_META)


def _machine_text(element: LexborNode) -> str:
    attributes = element.attributes
    return next(
        (value for name in ("datetime", "content", "title") if (value := attributes.get(name))), None
    ) or text_of(element, notations.MAX_TEXT)


def _from_url(url: str | None, *patterns: re.Pattern[str]) -> date | None:
    address = (url or "")[:2000].lower()
    if copy := _COPY.search(address, 0, _COPY_END):
        address = address[copy.end() :]
    tried = (pattern.search(address) for pattern in patterns or (_URL_DATE, _URL_STAMP))
    match = next((match for match in tried if match), None)
    if not match:
        return None
    month = match[2] if match[2].isdigit() else notations.MONTHS.get(match[2])
    return (
        next((found.day for found in notations.reading(match[1], month, match[3], None)), None)
        if month
        else None
    )


def _localised(published: Stamp, page: _Page) -> Stamp:
    """A moment given in UTC as the page prints it: the same moment with the place's offset, or else its day.

    The offset is told by a time element, or by the difference to a printed time of day. A day beside the one
    in UTC that is printed without a time of day, or a step of the address, is taken as it is: the calendar
    day at the site.
    """
    if not isinstance(published, datetime) or published.utcoffset():
        return published
    beside = timedelta(days=1 if published.hour > 12 else -1)
    late = not 7 < published.hour < 20
    for one in page.in_order():
        number, clock = one.reading.day, one.reading.clock
        if clock and (local := _same_moment(published, number, clock)):
            return local
        timed = clock is not None and any(clock[:3])
        if late and number - published.date() == beside and one.rank > UPDATED and not timed:
            return number
    if late and page.path_day and page.path_day - published.date() == beside:
        return page.path_day
    return published


def _same_moment(published: datetime, number: date, clock: Clock) -> datetime | None:
    """`published` with the offset that makes it the printed day and time; None where no offset does."""
    ahead = datetime(number.year, number.month, number.day, *clock[:2], tzinfo=UTC) - published.replace(
        second=0, microsecond=0
    )
    if not ahead or abs(ahead) > timedelta(hours=14) or ahead.total_seconds() % 900:
        return None
    if clock[3] is not None and clock[3].utcoffset(None) != ahead:
        return None
    return published.astimezone(timezone(ahead))


class Printed(NamedTuple):
    """A date as readers see it near the headline, and how sure it is that of publication."""

    reading: Reading
    rank: int


NONE, UPDATED, ALONE, MARKED, DATED, SUREST = range(-1, 5)
"""In a sentence; of a change; by itself; in an element of some role, of a date, of publication."""
FIRST_LINES = 120
FIRST_TEXTS = 12
"""Texts after the headline among which a date that stands by itself is taken to be the article's."""


def _printed(markup: Markup, month_first: bool) -> Iterator[Printed]:
    """The dates in elements and texts near the headline, in the order of the page."""
    before, number = "", 0
    for node, tag, text in chain(map(step, _in_heading(markup.heading)), markup.near):
        if text is None:
            if tag in _TIMES:
                yield from _ranked(
                    node, _machine_date(node), before, month_first, number, markup.around_heading
                )
            continue
        if not text or text.isspace():
            continue
        if _FIGURE.search(text[: notations.MAX_TEXT]) and (element := node.parent) is not None:
            text = " ".join(text[: notations.MAX_TEXT].split())
            if len(text) < 30 and not any(notations.readings(text, month_first)):
                text = _joined(element)
            yield from _ranked(element, text, before, month_first, number, markup.around_heading)
        before = text[-60:]
        number += 1


def _in_heading(heading: LexborNode | None) -> list[LexborNode]:
    """The nodes deeper in the headline, where some pages put the day; what it says itself is left out."""
    if heading is None or heading.css_first("small, time, span") is None:
        return []
    inner = islice(heading.traverse(include_text=True, skip_empty=True), 40)
    return [node for node in inner if node.parent and node.parent.tag in ("small", "time", "span")]


def _machine_date(element: LexborNode) -> str:
    held = element.attributes
    return next((value[:100] for name in _MACHINE if (value := held.get(name))), "")


def _joined(element: LexborNode) -> str:
    """The text of the element, or of one just around it, where a date stands in pieces."""
    best = ""
    for _ in range(3):
        text = " ".join(start_of(element, 400, " ")[:400].split())
        if len(text) > 100:
            break
        best = text
        if element.parent is None:
            break
        element = element.parent
    return best


def _ranked(
    element: LexborNode, text: str, before: str, month_first: bool, number: int, whole: frozenset[int]
) -> Iterator[Printed]:
    """The dates in one text of an element, each by what stands before it and how the element is marked."""
    readings = {one.start: one for one in reversed(list(notations.readings(text, month_first)))}
    if not readings:
        return
    if _is_elsewhere(marks(element, whole)) or (element.tag == "a" and len(text) > 40):
        return
    own, node = "", element
    for _ in range(3):
        if node.tag in ("body", "html", "main", "article"):
            break
        own += own_marks(node) + " "
        if node.parent is None:
            break
        node = node.parent
    done = 0
    for start in sorted(readings):
        label = text[done:start]
        if not done and not notations.LETTERS.search(label):
            label = before if len(before.strip()) < 40 and not _FIGURE.search(before) else ""
        rank = _rank(label[-60:], own, text, start)
        if rank > ALONE or rank == UPDATED or (rank == ALONE and (number < FIRST_TEXTS or len(text) >= 60)):
            yield Printed(readings[start], rank)
        done = start + 6


@lru_cache(maxsize=1024)
def _is_elsewhere(around: str) -> bool:
    around = around.lower()
    if "footer" in around or "widget" in around:
        around = _LAYOUT.sub("", around)
    return _ELSEWHERE.search(around) is not None


def _rank(label: str, own: str, text: str, start: int) -> int:
    publishes = "published" in own
    label, own = label.lower(), own.lower()
    published, updated = _MARKED_PUBLISHED.search(label), _UPDATE.search(label)
    if published and updated and _last(_UPDATE, label) > _last(_MARKED_PUBLISHED, label):
        published = None
    if not published and (updated or (not publishes and _UPDATE.search(own))):
        return UPDATED
    if (published and len(text) < 120) or (len(text) < 250 and _MARKED_PUBLISHED.search(own)):
        return SUREST
    if len(text) < 80 and _MARKED_CERTAIN.search(own):
        return DATED
    if len(text) < 80 and _MARKED_DATE.search(own):
        return MARKED
    return ALONE if len(text) < 60 or (start < 40 and _DATELINE.match(text)) else NONE


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where the last match begins, or 0."""
    return max((match.start() for match in pattern.finditer(text)), default=0)


_DATELINE = re.compile(r"[(\[]|[^,.()\d]{3,24}, \(?\d|\d[^()]{5,25}(?: -|\s?[–—|)/])")
"""How a paragraph begins that has the day before its first words: in brackets, or after a place."""
_FIGURE = re.compile(r"\d")
_MACHINE = ("datetime", "content", "title", "data-timestamp")
_TIMES = frozenset(listed("time abbr relative-time local-time time-ago amp-timeago bsp-timestamp"))


def _far(markup: Markup, month_first: bool) -> str | None:
    """The text of the surest date in elements of the whole page that are marked as one; updates come last."""
    best: tuple[int, str] = (-1, "")
    for element in markup.tree.css(_DATED)[:400]:
        text = _machine_date(element)
        if not notations.parse(text):
            text = " ".join(start_of(element, 1500, " ")[:1500].split())
            if len(text) > 250 or not notations.parse(text):
                continue
        around, own = marks(element), own_marks(element)
        if _is_elsewhere(around):
            continue
        marked, said = own.lower(), text.lower()
        if _UPDATE.search(said + around.lower()):
            rank = UPDATED
        elif _MARKED_PUBLISHED.search(marked) or _MARKED_PUBLISHED.search(said):
            return text
        else:
            rank = NONE if len(text) >= 80 else DATED if _MARKED_CERTAIN.search(marked) else MARKED
        best = max(best, (rank, text), key=lambda one: one[0])
    return best[1] or None


def _in_lines(page: _Page, limit: int) -> Stamp | None:
    """The first date in the first `limit` texts after the headline and those before it; updates come last."""
    updated = None
    near = page.markup.lines_after(limit) + page.markup.lines_before[::-1]
    for index, text in enumerate(near):
        if not _FIGURE.search(text) or len(text) > _room(text, 160 if index < 40 else 60):
            continue
        if not (stamp := page.parse(text)):
            continue
        if not _UPDATE.search((text + near[index - 1]).lower()):
            return stamp
        updated = updated or stamp
    return updated


def _room(text: str, usual: int) -> int:
    """How long a text may be in which a date is taken to be the article's."""
    if _MARKED_PUBLISHED.search(text[:160].lower()):
        return 160
    return (
        notations.MAX_TEXT
        if _DATELINE.match(text) and (notations.NUMERIC.match(text) or text[0] in "([")
        else usual
    )


def _anywhere(page: _Page) -> Stamp | None:
    """The first date in a short text of the whole page, those after the headline first, updates last."""
    body = page.markup.tree.body
    text = body.text(separator="\n")[:500_000] if body else ""
    heading = page.markup.heading
    begin = max(0, text.find((start_of(heading, MAX_LINE).strip() if heading else "") or "\0"))
    updated = None
    lines = chain(text[begin:].split("\n"), text[:begin].split("\n"))
    dated = (one for one in lines if len(one) < 60 and _YEARS.search(one) and _CODE.isdisjoint(one))
    for line in islice(dated, 400):
        if not (stamp := page.parse(line)):
            continue
        if not _UPDATE.search(line.lower()):
            return stamp
        updated = updated or stamp
    return updated


_YEARS = re.compile(r"(?:19|20)\d\d(?!\d)|\d[./]\s?\d\d?[./]\s?\d\d(?!\d)")
_CODE = frozenset('{}=;"<>')


def _scripted(page: _Page) -> Stamp | None:
    """The first date that a script, or JSON in a meta element, calls the publication."""
    room = 2_000_000
    scripts = (script.text() for script in page.markup.tree.css("script:not([src])")[:60])
    held = (text for texts in page.markup.meta.values() for text in texts if text[0] == "{")
    for whole in chain(scripts, held):
        text = whole[:room]
        room -= len(text)
        low = text.replace("İ", "I").lower()  # the one letter that becomes two, so that positions agree
        if stamp := page.first(text[slice(*match.span(1))] for match in _SCRIPTED.finditer(low)):
            return stamp
    return None
