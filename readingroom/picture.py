"""Counts over time -> where the bars, lines and ticks of a picture lie. Pure; templates write the SVG.

Sizes are in the picture's own units, of which WIDTH make its whole width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from readingroom.periods import called

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 66, 708, 14, 246
"""Edges of the field inside the axes."""
WIDEST = 44
"""Of a bar."""
LABEL, LETTER = 64, 13
"""Room that one label of the time axis wants at least, and for each letter, as large as on a phone."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar, or a point of a line."""

    x: float
    y: float
    width: float
    height: float
    said: str
    """What a pointer that rests on it is told."""


@dataclass(frozen=True, slots=True)
class Course:
    """One series of counts."""

    name: str
    marks: tuple[Mark, ...]

    @property
    def points(self) -> str:
        """The middle of each mark, for a polyline."""
        return " ".join(f"{mark.x + mark.width / 2:.1f},{mark.y:.1f}" for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that an SVG of it needs."""

    courses: tuple[Course, ...]
    heights: tuple[tuple[float, str], ...]
    """Where a line of the scale lies, and its label."""
    times: tuple[tuple[float, str], ...]
    """Where a label of the time axis stands, and what it says."""


def picture(periods: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], unit: str) -> Picture:
    """One course for each (name, values); a value for each of `periods`.

    unit: what is counted, for the words at each mark.
    """
    every = [value for _, values in series for value in values]
    top, step = scale(max(every, default=0), whole=all(value == int(value) for value in every))
    slot = (RIGHT - LEFT) / max(len(periods), 1)
    courses = []
    for name, values in series:
        marks = []
        for index, (period, value) in enumerate(zip(periods, values, strict=True)):
            height = (BOTTOM - TOP) * value / top
            gap = max(slot * 0.18, slot - WIDEST) if slot > 3 else 0
            said = f"{called(period)}: {shown(value)} {unit}"
            marks.append(Mark(LEFT + index * slot + gap / 2, BOTTOM - height, slot - gap, height, said))
        courses.append(Course(name, tuple(marks)))
    lines = [index * step for index in range(round(top / step) + 1)]
    heights = tuple((BOTTOM - (BOTTOM - TOP) * line / top, _brief(line)) for line in lines)
    return Picture(tuple(courses), heights, _times(periods, slot))


def scale(largest: float, *, whole: bool = False) -> tuple[float, float]:
    """The top of a scale that holds `largest`, and the step between its lines: 1, 2 or 5 by a power of ten.

    whole: what is counted has no fractions, nor has the step.
    """
    if largest <= 0:
        return 1, 1
    rough = max(largest / 4, 1 if whole else 0)
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    return step * math.ceil(largest / step - 1e-9), step


def shown(value: float) -> str:
    """A count with its thousands parted; a share with as many digits as it needs."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.1f}" if value >= 10 else f"{value:.2g}" if value >= 0.01 else f"{value:.1g}"


def _brief(value: float) -> str:
    """A count as short as the room beside the scale wants it."""
    return f"{value / 1000:,.10g}k" if value >= 10_000 else shown(value)


def _times(periods: Sequence[str], slot: float) -> tuple[tuple[float, str], ...]:
    """Labels at the first period of a year, or of a month where there are few years, as many as have room."""
    starts = [
        index for index, period in enumerate(periods) if index == 0 or period[:4] != periods[index - 1][:4]
    ]
    cut = 4
    if len(starts) < 3 and periods and len(periods[0]) > 4:
        starts, cut = list(range(len(periods))), len(periods[0])
    room = max(LABEL, cut * LETTER)
    every = max(math.ceil(len(starts) * room / (RIGHT - LEFT)), 1)
    return tuple((LEFT + (index + 0.5) * slot, periods[index][:cut]) for index in starts[::every])
