"""Times as they are shown."""

from __future__ import annotations

import pytest

from readingroom.dates import Moment


@pytest.mark.parametrize(
    ("value", "offset", "shown"),
    [
        ("2026-11-19T18:40:00Z", 0, "19 November 2026, 18:40 UTC"),
        ("2026-11-19T23:40:00Z", 60, "20 November 2026, 00:40 UTC+1"),
        ("2026-01-01T02:00:00Z", -210, "31 December 2025, 22:30 UTC−3:30"),
        ("2026-11-19", 60, "19 November 2026"),
        ("2026-11-19T18:40:00Z", None, "19 November 2026, 18:40 UTC"),
        ("sometime in May", 0, "sometime in May"),
        ("0001-01-01T00:00:00Z", -60, "0001-01-01T00:00:00Z"),
        ("2026-11-19T18:40:00Z", 10**9, "2026-11-19T18:40:00Z"),
    ],
)
def test_times_are_shown_by_the_sites_clock(value: str, offset: int | None, shown: str) -> None:
    assert str(Moment.read(value, offset)) == shown


def test_no_time_is_none() -> None:
    assert Moment.read(None) is None
    assert Moment.read("") is None
