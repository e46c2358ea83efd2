"""The days that an address names: `/2019/03/02/mill`, `/archive/2019-03`, `?date=2019-03-02`. Pure.

Site owners put the day of publication into the addresses of articles, and the period that a page covers into
those of date archives and of sitemaps. Nothing here says whether such an address exists.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import unquote, urlsplit

PATH_DATE = re.compile(r"/((?:19|20)\d\d)/(\d\d?|[a-z]{3})(?:/(\d\d?))?(?=/|$)", re.IGNORECASE)
WRITTEN_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)"
    r"(?:([-_.])(0[1-9]|1[0-2])(?:\2(0[1-9]|[12]\d|3[01]))?|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))(?!\d)"
)
DATE_PARAMETERS = frozenset({
    "date", "day", "month", "year", "cal", "calendar", "tribe-bar-date", "ym", "from", "to", "start_date",
    "end_date",
})  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARAMETER_DATE = re.compile(
    rf"(?<=[?&])(?:{'|'.join(DATE_PARAMETERS)})=((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?(?=&|$)",
    re.IGNORECASE,
)
_YEAR_PAGE = re.compile(r"/((?:19|20)\d\d)(?:/|\.html?)?$")
_YEAR_OF_SITEMAP = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-_/](0?[1-9]|1[0-2]))?(?!\d)")


@dataclass(frozen=True, slots=True)
class Period:
    """The days that an address names, both ends included: one day, one month or one year."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """1, or what the month or year has."""
        return (self.last - self.first).days + 1


def day(year: str, month: str, number: str | None) -> date | None:
    """The day that written numbers (or an English month's first letters) are; the first of a mere month; None
    when the calendar has no such day."""
    try:
        months = int(month) if month.isdigit() else MONTHS.index(month.lower()) + 1
        return date(int(year), months, int(number or 1))
    except ValueError:
        return None


def period(url: str) -> Period | None:
    """The day or month that an address names, or None."""
    found = _found(url)
    return _period(*found[1]) if found else None


def sitemap_period(url: str) -> Period | None:
    """The day, month or year that the address of a sitemap names: `/map-2019-03.xml`, `/maps/2019.xml`."""
    if named := period(url):
        return named
    found = _YEAR_OF_SITEMAP.search(unquote(urlsplit(url).path))
    return _period(found[1], found[2], None) if found else None


def year_of(url: str) -> Period | None:
    """The year that the last segment of an address is, as `/archive/2019/`; None where it is none."""
    found = _YEAR_PAGE.search(urlsplit(url).path)
    return _period(found[1], None, None) if found else None


def series(url: str) -> str:
    """The address with its date taken out: what the archive pages of one list have in common, those of days,
    months and years apart."""
    found = _found(url) or _found_year(url)
    if not found:
        return url
    (start, end), (_, month, number) = found
    span = "{day}" if number else "{month}" if month else "{year}"
    return url[:start] + span + url[end:]


def before(url: str) -> str | None:
    """The address of the day, month or year before the one that `url` names, written in the same way; None
    where it names none.

    Where the months and days of `url` do not tell whether single figures have a leading zero, they get one.
    """
    found = _found(url) or _found_year(url)
    named = _period(*found[1]) if found else None
    return _at(url, named.first - timedelta(days=1)) if named else None


def on(url: str, wanted: date) -> str | None:
    """The address in which the day, month or year that `url` names is that of `wanted`."""
    return _at(url, wanted) if _found(url) or _found_year(url) else None


def archive_of(url: str, today: date) -> str | None:
    """Where the list of this month lies, if the site of an article at `/2019/03/02/slug` has such lists: its
    path up to the month. None where the article's address has no such path. A guess, which many weblogs and
    newspapers fulfil."""
    parts = urlsplit(url)
    found = PATH_DATE.search(parts.path)
    if not found or parts.path[found.end() :].strip("/") == "":
        return None
    month = f"{parts.scheme}://{parts.netloc}{parts.path[: found.start(2)]}{found[2]}/"
    return _at(month, today)


Written = tuple[str, str | None, str | None]


def _found(url: str) -> tuple[tuple[int, int], Written] | None:
    """Where in `url` a date stands, from year to day or month, and its parts as they are written."""
    start = url.find("/", url.find("//") + 2)
    path_end = min((at for at in (url.find("?"), url.find("#")) if at >= 0), default=len(url))
    if start >= 0:
        if found := PATH_DATE.search(url, start, path_end):
            return (found.start(1), found.end(found.lastindex or 2)), (found[1], found[2], found[3])
        if found := WRITTEN_DATE.search(url, start, path_end):
            return (found.start(), found.end()), (found[1], found[3] or found[5], found[4] or found[6])
    found = _PARAMETER_DATE.search(url, path_end)
    return ((found.start(1), found.end()), (found[1], found[2], found[3])) if found else None


def _found_year(url: str) -> tuple[tuple[int, int], Written] | None:
    parts = urlsplit(url)
    found = None if parts.query else _YEAR_PAGE.search(url)
    return ((found.start(1), found.end(1)), (found[1], None, None)) if found else None


def _period(year: str, month: str | None, number: str | None) -> Period | None:
    first = day(year, month or "1", number)
    if first is None:
        return None
    if month is None:
        return Period(first, date(first.year, 12, 31))
    return Period(first, first if number else first.replace(day=monthrange(first.year, first.month)[1]))


def _at(url: str, wanted: date) -> str | None:
    """`url` with the date in it replaced by that of `wanted`, as far as it is written out."""
    found = _found(url) or _found_year(url)
    if not found:
        return None
    (start, end), (year, month, number) = found
    numbers: list[tuple[str, Callable[[str], str]]] = [(year, lambda _: f"{wanted.year:04}")]
    if month:
        numbers.append((month, lambda old: _like(old, wanted.month)))
    if number:
        numbers.append((number, lambda old: _like(old, wanted.day) if old.isdigit() else old))
    written, at = "", start
    for old, new in numbers:
        here = url.index(old, at)
        written += url[at:here] + new(old)
        at = here + len(old)
    return url[:start] + written + url[at:end] + url[end:]


def _like(old: str, number: int) -> str:
    """A month or day written as `old` is: a name, with or without a leading zero."""
    if not old.isdigit():
        name = MONTHS[number - 1]
        return name.upper() if old.isupper() else name.title() if old[:1].isupper() else name
    return str(number) if len(old) == 1 else f"{number:02}"
