"""A drawn picture of the harbour for every story: SVG made from its name, the same every time."""

from __future__ import annotations

from random import Random

_SKIES = [("#f6c28b", "#e9866a"), ("#cfe3ee", "#7fb2cf"), ("#f3e3c3", "#a9bfc4"), ("#3d4f73", "#8f7fa3"),
          ("#dfe8e4", "#93b5a9"), ("#fbe3b5", "#f0a35e")]  # fmt: skip
_SEAS = ["#1f5673", "#27475f", "#2f6f73", "#3a5a78", "#194a55"]
_HULLS = ["#b3382c", "#20364a", "#d9a441", "#2d6a4f", "#ece4d4"]


def picture(name: str) -> str:
    """An SVG of 960 by 540: sky, hills, houses or a lighthouse, sea and boats."""
    dice = Random(name)
    top, bottom = dice.choice(_SKIES)
    sea = dice.choice(_SEAS)
    shore = dice.choice([_lighthouse, _houses, _stacks, _crane])(dice)
    boats = "".join(_boat(dice) for _ in range(dice.randint(1, 3)))
    sun = f'<circle cx="{dice.randint(120, 840)}" cy="{dice.randint(70, 190)}" r="{dice.randint(28, 52)}"'
    stops = f'<stop stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 540" width="960" height="540">'
        f'<linearGradient id="s" x2="0" y2="1">{stops}</linearGradient>'
        f'<rect width="960" height="540" fill="url(#s)"/>{sun} fill="#fff6df" opacity=".8"/>{_hills(dice)}'
        f'{shore}<rect y="350" width="960" height="190" fill="{sea}"/>{_waves(dice)}{boats}</svg>'
    )


def _hills(dice: Random) -> str:
    peaks = " ".join(f"{x},{dice.randint(230, 310)}" for x in range(0, 1000, 120))
    return f'<polygon points="0,352 {peaks} 960,352" fill="#4d6a66" opacity=".75"/>'


def _houses(dice: Random) -> str:
    left = dice.randint(40, 380)
    walls = ["#f4e9d8", "#e8cfae", "#c9d6d5", "#e3b7a0", "#f7f1e3"]
    houses = []
    for place in range(dice.randint(5, 9)):
        x, tall = left + place * 62, dice.randint(50, 105)
        roof = f"{x - 3},{352 - tall} {x + 30},{322 - tall} {x + 63},{352 - tall}"
        houses.append(
            f'<rect x="{x}" y="{352 - tall}" width="60" height="{tall}" fill="{dice.choice(walls)}"/>'
            f'<polygon points="{roof}" fill="#7a3f36"/>'
            f'<rect x="{x + 12}" y="{366 - tall}" width="12" height="16" fill="#39505a"/>'
            f'<rect x="{x + 36}" y="{366 - tall}" width="12" height="16" fill="#39505a"/>'
        )
    return "".join(houses)


def _lighthouse(dice: Random) -> str:
    x = dice.randint(140, 760)
    bands = "".join(
        f'<rect x="{x + 4}" y="{y}" width="36" height="22" fill="#b3382c"/>' for y in (190, 240, 290)
    )
    return (
        f'<polygon points="{x + 8},160 {x + 36},160 {x + 46},352 {x - 2},352" fill="#f7f1e3"/>{bands}'
        f'<rect x="{x + 8}" y="134" width="28" height="26" fill="#ffe9a8"/>'
        f'<polygon points="{x + 2},134 {x + 22},112 {x + 42},134" fill="#20364a"/>'
        f'<polygon points="{x - 120},360 {x + 170},360 {x + 110},336 {x - 60},338" fill="#54504a"/>'
    )


def _stacks(dice: Random) -> str:
    left = dice.randint(80, 420)
    rocks = []
    for place in range(dice.randint(3, 5)):
        x, tall = left + place * 110, dice.randint(50, 150)
        points = f"{x},352 {x + 14},{352 - tall} {x + 52},{344 - tall} {x + 78},352"
        rocks.append(f'<polygon points="{points}" fill="#54504a"/>')
    return "".join(rocks)


def _crane(dice: Random) -> str:
    x = dice.randint(200, 560)
    quay = f'<rect x="{x - 200}" y="334" width="520" height="20" fill="#54504a"/>'
    jib = f'<polygon points="{x + 40},220 {x + 230},130 {x + 236},140 {x + 48},236" fill="#20364a"/>'
    house = f'<rect x="{x}" y="220" width="70" height="60" fill="#b3382c"/>'
    legs = f'<polygon points="{x + 6},280 {x + 64},280 {x + 80},336 {x - 10},336" fill="#20364a"/>'
    rope = f'<rect x="{x + 231}" y="136" width="2" height="120" fill="#20364a"/>'
    return quay + jib + house + legs + rope


def _boat(dice: Random) -> str:
    x, y, hull = dice.randint(60, 820), dice.randint(385, 480), dice.choice(_HULLS)
    return (
        f'<polygon points="{x},{y} {x + 96},{y} {x + 80},{y + 26} {x + 14},{y + 26}" fill="{hull}"/>'
        f'<rect x="{x + 46}" y="{y - 62}" width="3" height="62" fill="#2b2b2b"/>'
        f'<polygon points="{x + 52},{y - 60} {x + 88},{y - 8} {x + 52},{y - 8}" fill="#f7f1e3"/>'
        f'<rect x="{x + 18}" y="{y - 16}" width="24" height="16" fill="#f7f1e3"/>'
    )


def _waves(dice: Random) -> str:
    starts = [(dice.randint(0, 860), dice.randint(366, 530)) for _ in range(26)]
    lines = "".join(f"M{x} {y}q15 -7 30 0t30 0" for x, y in starts)
    return f'<path d="{lines}" fill="none" stroke="#fff" opacity=".25"/>'
