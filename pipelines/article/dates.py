"""When an article was first published and last changed: dates in many notations, weighed against each other.

Promises: an aware datetime where the page gives time and offset, else the calendar day as printed. Linear and
bounded. Never guesses a time zone, never reads the clock (a date may lie in the future: embargoes and wrong
clocks exist).

Sources: RFC 3339, RFC 5322; month names after CLDR. No parsing library: the notations of news pages are few,
a general parser accepts too much (a bare "5" becomes a day), and costs more than reading all other fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.markup import Markup, listed, marks, own_marks, step, text_of

Stamp = datetime | date
"""An aware datetime, or a date where time or offset is unknown."""

FIRST_YEAR, LAST_YEAR = 1990, 2099
MAX_TEXT = 400
"""Characters of a text in which a date is looked for."""

# Month names, abbreviated where languages agree; matched as whole words after accents are removed.
_MONTH_WORDS = (
    "january jan januar janner jaenner januari janvier janv enero ene gennaio gen janeiro ianuarie ian "
    "ledna leden"
    " stycznia styczen sty januara januari tammikuuta tammikuu ocak oca января январь янв січня січень "
    "januarja sausio"
    " janvaris jaanuar siječnja sijecnja janara ιανουαριου ιαν januarie yanvar يناير كانون الثاني ionawr "
    "xaneiro gener urtarrila",
    "february feb februar feber februari fevrier fevr fev febrero febbraio fevereiro fev februarie unora "
    "unor lutego"
    " luty lut februara helmikuuta helmikuu subat sub şubat февраля февраль фев лютого лютий febrer "
    "februarja vasario"
    " februaris veebruar veljace φεβρουαριου φεβ febr فبراير شباط fevral chwefror",
    "march mar marz maerz mrz mars marzo marco martie brezna brezen marca marzec maaliskuuta maaliskuu "
    "mart марта март"
    " мар березня березень maart maret mrt marts kovo martu ozujka μαρτιου μαρ marc marcius مارس آذار "
    "اذار mawrth",
    "april apr avril avr abril abr aprile aprilie dubna duben kwietnia kwiecien kwi huhtikuuta huhtikuu "
    "nisan nis апреля"
    " апрель апр квітня квітень aprila balandzio aprilis aprill travnja απριλιου απρ aprilis ابريل أبريل "
    "نيسان ebrill",
    "may mai mei mayo maggio mag maio kvetna kveten maja toukokuuta toukokuu mayis may мая май травня "
    "травень maj geguzes"
    " maijs svibnja μαιου μαι majus maj مايو أيار ايار mai",
    "june jun juni juin junio giugno giu junho iunie iun cervna cerven czerwca czerwiec cze kesakuuta "
    "kesakuu haziran haz"
    " июня июнь июн червня червень juny junija birzelio junijs juuni lipnja ιουνιου ιουν junius يونيو "
    "حزيران mehefin",
    "july jul juli juillet juil julio luglio lug julho iulie iul cervence cervenec lipca lipiec lip "
    "heinakuuta heinakuu"
    " temmuz tem июля июль июл липня липень juliol julija liepos julijs juuli srpnja ιουλιου ιουλ julius "
    "يوليو تموز gorffennaf",
    "august aug aout agosto ago august srpna srpen sierpnia sierpien sie elokuuta elokuu agustos agu "
    "ağustos августа август"
    " авг серпня серпень augustus agustus agost avgusta rugpjucio augusts kolovoza αυγουστου αυγ "
    "augusztus اغسطس أغسطس آب اب awst",
    "september sept sep septembre septiembre settembre set setembro septembrie zari wrzesnia wrzesien "
    "wrz syyskuuta syyskuu"
    " eylul eyl сентября сентябрь сен сент вересня вересень setembre septembra rugsejo septembris rujna "
    "σεπτεμβριου σεπ"
    " szeptember سبتمبر أيلول ايلول medi",
    "october oct oktober okt octobre octubre ottobre ott outubro out octombrie rijna rijen pazdziernika "
    "pazdziernik paz"
    " lokakuuta lokakuu ekim eki октября октябрь окт жовтня жовтень oktober oktobra spalio oktobris listopada"
    " οκτωβριου οκτ اكتوبر أكتوبر تشرين الأول hydref",
    "november nov novembre noviembre novembro noiembrie noi listopadu listopad lis marraskuuta marraskuu "
    "kasim kas ноября"
    " ноябрь ноя листопада листопад novembra lapkricio novembris studenoga studenog νοεμβριου νοε نوفمبر "
    "تشرين الثاني tachwedd",
    "december dec dezember dez decembre diciembre dic dicembre dezembro decembrie prosince prosinec "
    "grudnia grudzien gru"
    " joulukuuta joulukuu aralik ara декабря декабрь дек грудня грудень desembre decembra gruodzio "
    "decembris detsember"
    " prosinca δεκεμβριου δεκ desember des دیسمبر ديسمبر كانون الأول rhagfyr",
)
# Where languages disagree on a name (listopada, srpna, lipnja), the one with more speakers wins.
_MONTHS: dict[str, int] = {}


def _plain(text: str) -> str:
    """`text` in lower case without accents, for looking up a name."""
    text = text.casefold().replace("ı", "i").replace("ł", "l")
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


for _number, _words in enumerate(_MONTH_WORDS, 1):
    for _word in _words.split():
        _MONTHS.setdefault(_plain(_word), _number)
for _ambiguous in ("الثاني", "الأول", "كانون", "تشرين"):
    _MONTHS.pop(_plain(_ambiguous), None)
_MONTHS |= dict.fromkeys(("listopada", "listopadu", "listopad"), 11)
_DIGITS = {base + value: str(value) for base in (0x0660, 0x06F0, 0x0966, 0xFF10) for value in range(10)}
"""Arabic, Persian, Devanagari and full-width digits -> ASCII."""

_ZONES = {
    zone: int(minutes)
    for zone, _, minutes in (
        pair.partition("=")
        for pair in listed(
            "z=0 utc=0 gmt=0 wet=0 west=60 bst=60 cet=60 cest=120 mez=60 mesz=120 eet=120 eest=180 "
            "msk=180 est=-300 edt=-240 cst=-360 cdt=-300 mst=-420 mdt=-360 pst=-480 pdt=-420 akst=-540 "
            "akdt=-480 hst=-600 jst=540 kst=540 wib=420 wita=480 wit=540 sgt=480 hkt=480 aest=600 "
            "aedt=660 nzst=720 nzdt=780"
        )
    )
}
"""Zone abbreviations -> minutes east of UTC; those that mean several zones in the news (IST) are left out."""

_CLOCK = (
    r"(?P<hour>[012]?\d)\s?[:.h時시]\s?(?P<minute>[0-5]\d)(?:[:.分분]\s?(?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?"
    r"\s{0,3}(?P<half>[ap]\.?m\b\.?)?"
    r"(?:\s{0,3}(?P<zone>Z\b|(?:(?:UTC|GMT)\s?)?[+\-−]\d\d?:?\d\d(?!\d)|(?:UTC|GMT)\s?[+\-−]\d\d?\b"
    r"|[+\-−]\d\d\b|\(?[A-Za-z]{2,4}\b))?"
)
_TIME = re.compile(_CLOCK, re.IGNORECASE)
_ISO = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?P<between>[-/.]?)(?P<month>[01]\d)(?P=between)(?P<day>[0-3]\d)(?!\d{1,3}(?!\d))"
    r"(?:[T\s_]{1,3}(?P<hour>[012]\d):?(?P<minute>[0-5]\d)(?::?(?P<second>[0-5]\d)(?:[.,:]\d{1,12})?)?"
    r"\s{0,3}(?P<zone>Z\b|[+\-−]\d\d:?\d\d|[+\-−]\d\d\b|[A-Z]{3,4}\b)?)?",
    re.ASCII,
)
_FIGURES = re.compile(
    r"(?:19|20)\d\d|\d\s?[./|-]\s?\d{1,2}\s?[./|-]\s?\d|[^\W\d_]{3}[.,]?[\s/-]{1,3}['’]?\d\d(?!\d)|\d{4}"
)
"""What every notation has: a year, three figures, or a name before two figures."""
_TWO = re.compile(r"\d\d")
"""What every notation has as well, and most texts have not."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_LETTERS = re.compile(r"[^\W\d_]{3}")
_NUMERIC = re.compile(
    r"(?<![\d./-])(\d{1,2})\s?([./|-])\s?(\d{1,2})\s?\2\s?((?:19|20)\d\d|\d\d)(?![\d/-]|\.\d)"
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)((?:19|20)\d\d)\s?(?:[-/.]|年|년)\s{0,2}(\d{1,2})\s?(?:[-/.]|月|월)\s{0,2}(\d{1,2})(?!\d)"
)
_WORD = r"(?P<name>[^\W\d_]{3,12})"
_DAY_FIRST = re.compile(
    rf"(?<![\d.,:])(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|º|°|-?го)?[.,]?\s{{0,3}}[-/]?(?:de |of "
    rf"|d['’])?\s?{_WORD}[.,]?[\s/-]{{0,3}}(?:de |del |of |kl )?"
    r"(?P<year>(?:19|20)\d\d|['’]?\d\d(?![\d:.,]))(?!\d)"
)
_MONTH_FIRST = re.compile(
    rf"(?<!\w){_WORD}[.,]?[\s/-]{{1,3}}(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?:[.,]{{0,2}}\s{{0,3}}"
    rf"|[/-])(?P<year>(?:19|20)\d\d)(?!\d)"
)
_YEAR_NAME_DAY = re.compile(
    rf"(?<!\d)(?P<year>(?:19|20)\d\d)[.,]?[\s/-]{{1,3}}{_WORD}[.,]?[\s/-]{{1,3}}(?P<day>[0-3]?\d)(?!\d)"
)
_UNIX_STYLE = re.compile(
    rf"{_WORD}\s{{1,2}}(?P<day>[0-3]?\d)\s(?P<clock>\d\d:\d\d:\d\d)\s(?P<zone>[A-Z]{{3,4}}\s)?(?P<year>(?:19|20)\d\d)"
)


def parse(text: str | None, *, month_first: bool = False) -> Stamp | None:
    """The first date in `text`, in any notation that is known; None where there is none.

    month_first: 3/4/2024 is the fourth of March, where the numbers do not tell.
    """
    if not text:
        return None
    return next(find(text, month_first=month_first), None)


def find(text: str, *, month_first: bool = False) -> Iterator[Stamp]:
    """The dates in the first MAX_TEXT characters of `text`, those in surer notations first."""
    yield from map(_stamp, _readings(text, month_first))


def _stamp(reading: Reading) -> Stamp:
    number, clock = reading.day, reading.clock
    if clock is None or clock[3] is None:
        return number
    return datetime(number.year, number.month, number.day, *clock[:3], tzinfo=clock[3])


Clock = tuple[int, int, int, timezone | None]
"""Hour, minute, second, offset."""


class Reading(NamedTuple):
    """One date in a text."""

    day: date
    clock: Clock | None = None
    swapped: date | None = None
    """The other day that the figures may mean, where nothing in them says which is the month."""
    start: int = 0
    """Where it stands in the text."""


def _readings(text: str, month_first: bool) -> tuple[Reading, ...]:
    return _read(text[:MAX_TEXT], month_first)


@lru_cache(maxsize=1024)
def _read(text: str, month_first: bool) -> tuple[Reading, ...]:
    """The dates in a text, each looked for once: texts near a headline are asked for again and again."""
    return tuple(_notations(text, month_first)) if _TWO.search(text) and _FIGURES.search(text) else ()


def _notations(text: str, month_first: bool) -> Iterator[Reading]:
    text = (text if text.isascii() else text.translate(_DIGITS)).strip()
    if text.isdigit() and text.isascii() and len(text) in (10, 13):
        yield from _from_epoch(int(text))
        return
    for match in _ISO.finditer(text):
        yield from _reading(
            match["year"],
            match["month"],
            match["day"],
            _time_of(match) or _clock(text, match.end()),
            match.start(),
        )
    for match in _YEAR_FIRST.finditer(text):
        yield from _reading(match[1], match[2], match[3], _clock(text, match.end()), match.start())
    if _LETTERS.search(text):
        yield from _named(text)
    for match in _NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        swap = second > 12 or (month_first and match[2] == "/" and first <= 12)
        number, month = (second, first) if swap else (first, second)
        clock = _clock(text, match.end())
        for found in _reading(match[4], month, number, clock, match.start()):
            open_ = first != second and max(first, second) <= 12
            yield found._replace(swapped=found.day.replace(month=number, day=month)) if open_ else found


def day(stamp: Stamp) -> date:
    """The calendar day as printed."""
    return stamp.date() if isinstance(stamp, datetime) else stamp


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
_COPY = re.compile(r"\A.{0,200}?/\d{14}(?:[a-z]{2}_)?/", re.DOTALL)
"""What a web archive puts before the address of its copy."""
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
    r"date|datum|fecha|time(?!line|r)|publi|posted|byline|meta|data|info|created|erschien|\babbr\b"
)
_UPDATE = re.compile(
    r"updat|modif|aktualisier|geändert|änderung|actuali|mis à jour|mise à jour|aggiorn|atualiz"
    r"|bijgewerkt|güncel|обновл|stand:"
)
_ELSEWHERE = re.compile(
    r"(?<![a-z])comment|instagram|tweet|related|sidebar|footer|recommend|teaser|widget|copyright|latest|popular|trending|countdown"
    r"|event|archive|navigation|header-top|menu"
)
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
        found = [reading for text in said if text for reading in islice(_readings(text, self.month_first), 1)]
        found += (one.reading for one in self.printed)
        days = {reading.day for reading in found if reading.swapped is None}
        return days | ({self.path_day} if self.path_day else set())

    def settled(self, reading: Reading) -> Stamp:
        """What `reading` is, the month told by the other dates of the page where its figures do not tell."""
        other = reading.swapped
        if other and other in self.certain and reading.day not in self.certain:
            reading = reading._replace(day=other)
        return _stamp(reading)

    def parse(self, text: str | None) -> Stamp | None:
        """The first date in `text`."""
        return next(map(self.settled, _readings(text, self.month_first)), None) if text else None

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
    return _first_published(page, published, {day(stamp) for stamp in said} - {chosen})


def _first_published(page: _Page, published: Stamp, others: set[date]) -> Stamp:
    """`published`, or an earlier day in its place that is printed as the day of publication.

    Where markup contradicts itself, a day that it names and print confirms; otherwise what print says.
    """
    if any(day(page.settled(one.reading)) == day(published) for one in page.in_order() if one.rank >= ALONE):
        return published
    shown = [one for one in page.printed if one.rank > ALONE or (one.rank == ALONE and not one.reading.start)]
    if not shown:
        return published
    first, clock = page.settled(shown[0].reading), shown[0].reading.clock
    apart = (day(published) - day(first)).days
    if apart == 1 and isinstance(published, datetime):
        apart = 2 if clock and any(clock[:3]) and not _same_moment(published, day(first), clock) else 0
    believed = not others or day(first) in others or shown[0].rank == SUREST
    return first if apart > 0 and believed else published


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
    ) or text_of(element, MAX_TEXT)


def _from_url(url: str | None, *patterns: re.Pattern[str]) -> date | None:
    address = _COPY.sub("", (url or "")[:2000].lower())
    tried = (pattern.search(address) for pattern in patterns or (_URL_DATE, _URL_STAMP))
    match = next((match for match in tried if match), None)
    if not match:
        return None
    month = match[2] if match[2].isdigit() else _MONTHS.get(match[2])
    return next((found.day for found in _reading(match[1], month, match[3], None)), None) if month else None


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
                yield from _ranked(node, _machine_date(node), before, month_first, number)
            continue
        if not text or text.isspace():
            continue
        if _FIGURE.search(text[:MAX_TEXT]) and (element := node.parent) is not None:
            text = " ".join(text[:MAX_TEXT].split())
            if len(text) < 30 and not any(_readings(text, month_first)):
                text = _joined(element)
            yield from _ranked(element, text, before, month_first, number)
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
        text = " ".join(element.text(separator=" ")[:400].split())
        if len(text) > 100:
            break
        best = text
        if element.parent is None:
            break
        element = element.parent
    return best


def _ranked(element: LexborNode, text: str, before: str, month_first: bool, number: int) -> Iterator[Printed]:
    """The dates in one text of an element, each by what stands before it and how the element is marked."""
    readings = {one.start: one for one in reversed(list(_readings(text, month_first)))}
    if not readings:
        return
    if _is_elsewhere(marks(element)) or (element.tag == "a" and len(text) > 40):
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
        if not done and not _LETTERS.search(label):
            label = before if len(before.strip()) < 40 and not _FIGURE.search(before) else ""
        rank = _rank(label[-60:], own, text, start)
        if rank > ALONE or rank == UPDATED or (rank == ALONE and (number < FIRST_TEXTS or len(text) >= 60)):
            yield Printed(readings[start], rank)
        done = start + 6


@lru_cache(maxsize=1024)
def _is_elsewhere(around: str) -> bool:
    return _ELSEWHERE.search(around.lower()) is not None


def _rank(label: str, own: str, text: str, start: int) -> int:
    publishes = "published" in own
    label, own = label.lower(), own.lower()
    published = _MARKED_PUBLISHED.search(label)
    if not published and _UPDATE.search(f"{label} {own}") and not publishes:
        return UPDATED
    if (published and len(text) < 120) or (len(text) < 250 and _MARKED_PUBLISHED.search(own)):
        return SUREST
    if len(text) < 80 and _MARKED_CERTAIN.search(own):
        return DATED
    if len(text) < 80 and _MARKED_DATE.search(own):
        return MARKED
    return ALONE if len(text) < 60 or (start < 40 and _DATELINE.match(text)) else NONE


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
        if not parse(text):
            text = " ".join(element.text(separator=" ")[:1500].split())
            if len(text) > 250 or not parse(text):
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
    return MAX_TEXT if _DATELINE.match(text) and (_NUMERIC.match(text) or text[0] in "([") else usual


def _anywhere(page: _Page) -> Stamp | None:
    """The first date in a short text of the whole page, those after the headline first, updates last."""
    body = page.markup.tree.body
    text = body.text(separator="\n")[:500_000] if body else ""
    heading = page.markup.heading
    begin = max(0, text.find((heading.text().strip() if heading else "") or "\0"))
    updated = None
    found = chain(_YEARS.finditer(text, begin), _YEARS.finditer(text, 0, begin))
    for match in islice(found, 400):
        start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
        line = text[start : end if end >= 0 else None] if match.start() - start < 60 else ""
        if not line or len(line) >= 60 or not _CODE.isdisjoint(line) or not (stamp := page.parse(line)):
            continue
        if not _UPDATE.search(line.lower()):
            return stamp
        updated = updated or stamp
    return updated


_YEARS = re.compile(r"(?:19|20)\d\d(?!\d)|\d[./]\s?\d\d?[./]\s?\d\d(?!\d)")
_CODE = frozenset('{}=;"<>')


def _scripted(page: _Page) -> Stamp | None:
    """The first date that a script of the page calls its publication."""
    room = 2_000_000
    for script in page.markup.tree.css("script:not([src])")[:60]:
        text = script.text()[:room]
        room -= len(text)
        low = text.replace("İ", "I").lower()  # the one letter that becomes two, so that positions agree
        if stamp := page.first(text[slice(*match.span(1))] for match in _SCRIPTED.finditer(low)):
            return stamp
    return None


def _named(text: str) -> Iterator[Reading]:
    dated = _YEAR.search(text) is not None
    for match in _UNIX_STYLE.finditer(text) if dated and text.count(":") > 1 else ():
        if month := _MONTHS.get(_plain(match["name"])):
            yield from _reading(
                match["year"],
                month,
                match["day"],
                _clock(f"{match['clock']} {match['zone'] or ''}", 0),
                match.start(),
            )
    for pattern in (_DAY_FIRST, _MONTH_FIRST, _YEAR_NAME_DAY) if dated else (_DAY_FIRST,):
        for match in pattern.finditer(text):
            if month := _MONTHS.get(_plain(match["name"])):
                yield from _reading(
                    match["year"].lstrip("'’"), month, match["day"], _clock(text, match.end()), match.start()
                )


def _from_epoch(seconds: int) -> Iterator[Reading]:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        seconds=seconds // 1000 if seconds > 10**11 else seconds
    )
    yield from _reading(
        moment.year, moment.month, moment.day, (moment.hour, moment.minute, moment.second, UTC)
    )


def _reading(
    year: str | int, month: str | int, number: str | int, clock: Clock | None, start: int = 0
) -> Iterator[Reading]:
    """The reading, if there is such a day, in a year in which it can have been published."""
    full = int(year)
    if full < 100:
        full += 2000 if full < 70 else 1900
    try:
        found = date(full, int(month), int(number))
    except ValueError:
        return
    if FIRST_YEAR <= full <= LAST_YEAR:
        yield Reading(found, clock, None, start)


def _clock(text: str, start: int) -> Clock | None:
    """The time that follows a date within a few words."""
    match = _TIME.search(text, start, start + 45)
    return _time_of(match) if match else None


def _time_of(match: re.Match[str]) -> Clock | None:
    if match["hour"] is None:
        return None
    groups = match.groupdict()
    hour = int(groups["hour"])
    half = (groups.get("half") or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return (
        (hour, int(groups["minute"]), int(groups.get("second") or 0), _offset(groups.get("zone")))
        if hour < 24
        else None
    )


@lru_cache(maxsize=256)
def _offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    zone = zone.strip("( ").lower()
    if zone in _ZONES:
        return timezone(timedelta(minutes=_ZONES[zone]))
    match = re.search(r"([+\-−])(\d\d?):?(\d\d)?$", zone)
    if not match:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return (
        timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes)) if minutes < 18 * 60 else None
    )
