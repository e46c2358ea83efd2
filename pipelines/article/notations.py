"""A day and time as people and machines write it, in the notations of many countries -> a date or datetime.

Promises: an aware datetime where the text gives time and offset, else the calendar day as printed. Pure,
linear and bounded. Never guesses a time zone.

Sources: RFC 3339, RFC 5322; month names after CLDR. No parsing library: the notations of news pages are few,
a general parser accepts too much (a bare "5" becomes a day), and costs more than reading all other fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from pipelines.article import months

Stamp = datetime | date
"""An aware datetime, or a date where time or offset is unknown."""

FIRST_YEAR, LAST_YEAR = 1990, 2099
MAX_TEXT = 400
"""Characters of a text in which a date is looked for."""

# Where languages disagree on a name (listopada, srpna, lipnja), the one with more speakers wins.
MONTHS: dict[str, int] = {}


def _plain(text: str) -> str:
    """`text` in lower case without accents, for looking up a name."""
    text = text.casefold().replace("ı", "i").replace("ł", "l")
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


for _number, _words in enumerate(months.NAMES, 1):
    for _word in _words.split():
        MONTHS.setdefault(_plain(_word), _number)
MONTHS |= months.PAIRS
MONTHS |= dict.fromkeys(("listopada", "listopadu", "listopad"), 11)
_ZEROS = "٠۰०০੦૦୦௦౦೦൦๐໐၀០０"
_DIGITS = {ord(zero) + value: str(value) for zero in _ZEROS for value in range(10)} | dict.fromkeys(
    map(ord, "\u200e\u200f\u202a\u202b\u202c"), " "
)
"""The digits of other scripts -> ASCII; marks of direction, which stand between figures, -> a space."""

_ZONES = {
    zone: int(minutes)
    for zone, minutes in re.findall(
        r"(\w+)=(-?\d+)",
        "z=0 utc=0 gmt=0 wet=0 west=60 bst=60 cet=60 cest=120 mez=60 mesz=120 eet=120 eest=180 "
        "msk=180 est=-300 edt=-240 cst=-360 cdt=-300 mst=-420 mdt=-360 pst=-480 pdt=-420 akst=-540 "
        "akdt=-480 hst=-600 jst=540 kst=540 wib=420 wita=480 wit=540 sgt=480 hkt=480 aest=600 "
        "aedt=660 nzst=720 nzdt=780",
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
LETTERS = re.compile(r"[^\W\d_]{3}")
NUMERIC = re.compile(
    r"(\d(?<![\d./-]\d)\d?)\s?([./|-])\s?(\d{1,2})\s?\2\s?((?:19|20)\d\d|\d\d)(?![\d/-]|\.\d)"
)
_YEAR_FIRST = re.compile(
    r"((?:19|20)(?<!\d\d\d)\d\d)\s?(?:[-/.]|年|년|оны)\s{0,2}(\d{1,2})(?:-р)?\s?(?:[-/.]|月|월|сарын)\s{0,2}(\d{1,2})(?!\d)"
)
_LETTER = (
    r"[A-Za-z\u00c0-\u0559\u0560-\u0588\u0591-\u05f2\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u0963"
    r"\u0971-\u0df3\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u1049\u10a0-\u10fa\u1200-\u135f\u1780-\u17d3\u1e00-\u1fff]"
)
"""A letter or a sign upon it, in the scripts that name months."""
_PAIR = "(?:كانون|تشرين) ال(?:[أا]ول|ثاني)|(?:Meán|Deireadh) Fómhair"
_YEAR_GROUP = r"(?P<year>(?:19|20)(?<!\d\d\d)\d\d)"
_DAY_GROUP = r"(?P<day>[0-3]?\d)"
_DAY_APART = r"(?P<day>\d(?<![\d.,:]\d)(?:(?<=[0-3])\d)?)"
"""A day with no figures before it; begins with what it consumes, for what begins with an assertion is tried
everywhere."""


class _Named(NamedTuple):
    """The notations that have a name for the month, for names of some letters."""

    unix: re.Pattern[str]
    day_first: re.Pattern[str]
    others: tuple[re.Pattern[str], ...]
    """Those with a full year."""


def _with_names(names: str) -> _Named:
    word = rf"(?P<name>{names})[׳॰]?"
    unix = (
        rf"{word}\s{{1,2}}{_DAY_GROUP}\s(?P<clock>\d\d:\d\d:\d\d)\s(?P<zone>[A-Z]{{3,4}}\s)?"
        r"(?P<year>(?:19|20)\d\d)"
    )
    day_first = (
        rf"{_DAY_APART}(?:st|nd|rd|th|er|º|°|-?го)?[.,]?\s{{0,3}}[-/]?"
        rf"(?:de |of |d['’]|ta['’] )?\s?{word}[.,،]{{0,2}}[\s/-]{{0,3}}(?:de |del |of |kl |ค\.ศ\. )?"
        r"(?P<year>(?:19|20)\d\d|['’]?\d\d(?![\d:.,]))(?!\d)"
    )
    others = (
        rf"(?<!\w){word}[.,]?[\s/-]{{1,3}}{_DAY_GROUP}(?:st|nd|rd|th)?(?:[.,،]{{0,2}}\s{{0,3}}|[/-])"
        r"(?P<year>(?:19|20)\d\d)(?!\d)",
        rf"{_YEAR_GROUP}(?:\(e\)ko|ko)?[.,]?[\s/-]{{1,3}}(?:m\. |թ\. )?{word}[.,]?[\s/-]{{1,3}}"
        rf"{_DAY_GROUP}(?!\d)",
        rf"{_YEAR_GROUP}(?:\. gada|[\s-]?ж\.,?)\s{_DAY_GROUP}[.-]?\s?{word}",
    )
    return _Named(re.compile(unix), re.compile(day_first), tuple(map(re.compile, others)))


_ASCII = _with_names("[A-Za-z]{3,12}")
_ANY = _with_names(rf"{_PAIR}|{_LETTER}{{3,12}}|[\u0620-\u139f]{{2}}")
_THAI = re.compile(
    r"(?P<day>[0-3]?\d)\s?(?P<name>[\u0e01-\u0e4e]{1,3}\.[\u0e01-\u0e4e]{1,2}\.|[\u0e01-\u0e4e]{5,12})"
    r"\s?(?:พ\.ศ\.\s?)?(?P<year>\d{4})(?!\d)"
)
_THAI_SHORT = tuple(
    f"{name}."
    for name in ("ม.ค", "ก.พ", "มี.ค", "เม.ย", "พ.ค", "มิ.ย", "ก.ค", "ส.ค", "ก.ย", "ต.ค", "พ.ย", "ธ.ค")
)
_BUDDHIST = 543
"""What the years of Thailand's calendar are ahead."""
_VIETNAMESE = re.compile(
    r"(?<!\d)(\d\d?)\s(?:tháng|thg)\s(\d\d?)(?:,? năm |, | )((?:19|20)\d\d)", re.IGNORECASE
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
    yield from map(stamp, readings(text, month_first))


def stamp(reading: Reading) -> Stamp:
    """The datetime that a reading gives, or its day where time or offset is missing."""
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


def readings(text: str, month_first: bool) -> tuple[Reading, ...]:
    """The dates in the first MAX_TEXT characters of a text, those in surer notations first."""
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
        yield from reading(
            match["year"],
            match["month"],
            match["day"],
            _time_of(match) or _clock(text, match.end()),
            match.start(),
        )
        if len(match[0]) == len(text):
            return  # a machine's: no other notation has more to say of it
    for match in _YEAR_FIRST.finditer(text):
        yield from reading(match[1], match[2], match[3], _clock(text, match.end()), match.start())
    yield from _abroad(text)
    if LETTERS.search(text) or not text.isascii():
        yield from _named(text)
    for match in NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        swap = second > 12 or (month_first and match[2] == "/" and first <= 12)
        number, month = (second, first) if swap else (first, second)
        clock = _clock(text, match.end())
        for found in reading(match[4], month, number, clock, match.start()):
            open_ = first != second and max(first, second) <= 12
            yield found._replace(swapped=found.day.replace(month=number, day=month)) if open_ else found


def day(stamp: Stamp) -> date:
    """The calendar day as printed."""
    return stamp.date() if isinstance(stamp, datetime) else stamp


def _named(text: str) -> Iterator[Reading]:
    dated = _YEAR.search(text) is not None
    known = _ASCII if text.isascii() else _ANY
    for match in known.unix.finditer(text) if dated and text.count(":") > 1 else ():
        if month := MONTHS.get(_plain(match["name"])):
            yield from reading(
                match["year"],
                month,
                match["day"],
                _clock(f"{match['clock']} {match['zone'] or ''}", 0),
                match.start(),
            )
    for pattern in (known.day_first, *known.others) if dated else (known.day_first,):
        for match in pattern.finditer(text):
            if month := MONTHS.get(_plain(match["name"])):
                yield from reading(
                    match["year"].lstrip("'’"), month, match["day"], _clock(text, match.end()), match.start()
                )


def _abroad(text: str) -> Iterator[Reading]:
    """The dates of Thailand, also in years of its calendar, and of Vietnam, where months have numbers."""
    for match in _THAI.finditer(text) if any(letter in text for letter in "คยพ") else ():
        short = match["name"] in _THAI_SHORT
        month = _THAI_SHORT.index(match["name"]) + 1 if short else MONTHS.get(_plain(match["name"]))
        year = int(match["year"])
        if month:
            ahead = _BUDDHIST if year > LAST_YEAR else 0
            yield from reading(year - ahead, month, match["day"], _clock(text, match.end()), match.start())
    for match in _VIETNAMESE.finditer(text) if "háng" in text or "hg " in text else ():
        yield from reading(match[3], match[2], match[1], _clock(text, match.end()), match.start())


def _from_epoch(seconds: int) -> Iterator[Reading]:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        seconds=seconds // 1000 if seconds > 10**11 else seconds
    )
    yield from reading(
        moment.year, moment.month, moment.day, (moment.hour, moment.minute, moment.second, UTC)
    )


def reading(
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
