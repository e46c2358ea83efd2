"""Times as readers read them: by the site's own clock, with its zone. What is no time is shown as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the archive, ready to be shown."""

    iso: str
    """As the archive has it; fits HTML's `datetime`."""
    day: str
    """"12 March 2024", or the raw value where it is no date."""
    clock: str = ""
    """"14:05", or empty where only the day is known."""
    zone: str = ""
    """"UTC", "UTC+1", "UTC−3:30"; empty where no clock is shown."""

    @classmethod
    def read(cls, value: str | None, offset: int | None = 0) -> Moment | None:
        """A time as archive.db holds it (UTC with a Z, or a bare date), shown `offset` minutes from UTC."""
        if not value:
            return None
        try:
            if len(value) == len("2024-03-12"):
                return cls(value, _day(date.fromisoformat(value)))
            instant = datetime.fromisoformat(value)
            place = timezone(timedelta(minutes=offset or 0))
            local = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(place)
        except (ValueError, OverflowError):
            return cls(value, value)
        return cls(value, _day(local), f"{local:%H:%M}", _zone(offset or 0))

    def __str__(self) -> str:
        return f"{self.day}, {self.clock} {self.zone}" if self.clock else self.day


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _zone(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
