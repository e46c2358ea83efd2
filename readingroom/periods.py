"""Years, months and days as the first characters of a stored date: 2026, 2026-11, 2026-11-19. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import IntEnum

from readingroom.dates import MONTHS

MOST = 1000
"""Periods that one picture or table shows."""


class By(IntEnum):
    """A length of time; its value is how many characters of a date name one."""

    YEAR = 4
    MONTH = 7
    DAY = 10

    @classmethod
    def read(cls, value: str | None) -> By | None:
        """What an address calls it: year, month, day."""
        return {by.name.lower(): by for by in cls}.get(value or "")


def fitting(asked: By | None, first: str, last: str) -> By:
    """The length to show the time between two days in: the one asked for, or a longer one where it is too
    short."""
    days = max((_day(last) - _day(first)).days, 0)
    usual = By.DAY if days <= 62 else By.MONTH if days <= 20 * 366 else By.YEAR
    fits = {By.DAY: days <= MOST, By.MONTH: days <= MOST * 30, By.YEAR: True}
    wanted = asked or usual
    return next(by for by in (By.DAY, By.MONTH, By.YEAR) if by <= wanted and fits[by])


def between(by: By, first: str, last: str, most: int = MOST) -> list[str]:
    """Every period from that of one day to that of another, at most the last `most`."""
    day, end = _day(first[:by]), _day(last)
    found: list[str] = []
    while day <= end:
        found.append(day.isoformat()[:by])
        try:
            day = _next(by, day)
        except (OverflowError, ValueError):
            break  # the calendar ends
    return found[-most:]


def called(period: str) -> str:
    """ "2026", "November 2026", "19 November 2026" """
    year, *rest = period.split("-")
    if not rest:
        return year
    month = f"{MONTHS[int(rest[0]) - 1]} {year}"
    return f"{int(rest[1])} {month}" if rest[1:] else month


def _day(stored: str) -> date:
    """The first day of a stored date or period; the first of the calendar for what is none."""
    try:
        return date.fromisoformat((stored[:10] + "-01-01")[:10] if len(stored) < 10 else stored[:10])
    except ValueError:
        return date.min


def _next(by: By, day: date) -> date:
    if by is By.DAY:
        return day + timedelta(days=1)
    if by is By.YEAR:
        return day.replace(year=day.year + 1)
    return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
