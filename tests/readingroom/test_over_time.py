"""Words in context and counts over time: the pure parts, and the pages."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import pytest

from readingroom.concordance import Side, lines
from readingroom.markup import CLOSE, OPEN
from readingroom.pages import concordance
from readingroom.periods import MOST, By, between, called, fitting
from readingroom.picture import BOTTOM, TOP, picture, scale, shown
from tests.readingroom.conftest import Get

# Words in context.


def test_a_line_for_each_mark() -> None:
    marked = f"One {OPEN}lamp{CLOSE} here,\n\nand another {OPEN}Lamp{CLOSE}."
    first, second = lines(7, marked)
    assert (first.article, first.left, first.found, first.right) == (
        7,
        "One ",
        "lamp",
        " here, and another Lamp.",
    )
    assert (second.left, second.found, second.right) == ("One lamp here, and another ", "Lamp", ".")


def test_context_is_cut_at_words_but_not_where_there_are_none() -> None:
    [line] = lines(1, "word " * 40 + f"{OPEN}x{CLOSE}" + " word" * 40)
    assert line.left.startswith("word ")
    assert line.right.endswith(" word")
    assert 55 < len(line.left) <= 64
    [unspaced] = lines(1, "語" * 200 + f"{OPEN}灯{CLOSE}" + "台" * 200)
    assert len(unspaced.left) == len(unspaced.right) == 64


def test_lines_sort_outward_from_the_word() -> None:
    texts = [f"b a {OPEN}x{CLOSE} d", f"a b {OPEN}x{CLOSE} c", f"c a {OPEN}x{CLOSE} C e"]
    found = [line for text in texts for line in lines(1, text)]
    assert [line.left for line in sorted(found, key=lambda line: line.key(Side.LEFT))] == [
        "b a ",
        "c a ",
        "a b ",
    ]
    assert [line.right for line in sorted(found, key=lambda line: line.key(Side.RIGHT))] == [
        " c",
        " C e",
        " d",
    ]


def test_the_concordance_shows_every_place(get: Get) -> None:
    answer = get("/concordance?q=light")
    assert [cell.get_text() for cell in answer.soup.select(".kwic td.found")] == ["light"] * 3
    told = get("/concordance.json?q=light&sort=right").json()
    assert [line["right"].split()[0] for line in told["lines"]] == ["from", "since", "was"]
    assert told["of_articles"] == 1
    assert told["count"] == 1
    rows = list(csv.reader(io.StringIO(get("/concordance.csv?q=light&sort=left").text)))
    assert rows[0] == ["article", "left", "found", "right"]
    assert [row[1].split()[-2:] for row in rows[1:]] == [["for", "the"], ["it.", "The"], ["kept", "the"]]


def test_the_table_of_a_later_page_has_its_lines(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concordance, "ARTICLES", 2)
    second = get("/concordance.json?q=the&order=newest").json()["next"].replace(".json", "")
    page = get(second.removeprefix("http://localhost"))
    table = str(page.one("a[href*='concordance.csv']")["href"])
    shown = [cell.get_text() for cell in page.soup.select(".kwic tbody td.found")]
    assert [row[2] for row in csv.reader(io.StringIO(get(table).text))][1:] == shown


def test_lines_that_are_not_shown_are_told_of(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get("/concordance.json?q=the").json()["is_cut"] is False
    monkeypatch.setattr(concordance, "MOST", 3)
    assert get("/concordance.json?q=the").json()["is_cut"] is True
    assert get("/concordance?q=the").one("#found").get_text().startswith("The first 3 lines")


@pytest.mark.parametrize(
    "tail", ["", "q=", "q=-", "q=nowhere", "q=title:lighthouse", "sort=x", "q=the&page=99", "q=の*"]
)
def test_a_concordance_of_nothing_says_so(get: Get, tail: str) -> None:
    assert get(f"/concordance?{tail}").status == 200
    assert get(f"/concordance.json?{tail}").status == 200


# Periods.


def test_periods_follow_one_another() -> None:
    assert between(By.MONTH, "2025-11-30", "2026-02-01T00:00:00Z") == [
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
    ]
    assert between(By.YEAR, "2025-11-30", "2026-01-01") == ["2025", "2026"]
    assert between(By.DAY, "2024-02-28", "2024-03-01") == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert between(By.YEAR, "9998-01-01", "9999-12-31") == ["9998", "9999"]
    assert len(between(By.DAY, "1900-01-01", "2000-01-01")) == MOST
    assert between(By.DAY, "no date", "2000-01-01")[-1] == "2000-01-01"


@pytest.mark.parametrize(
    ("asked", "first", "last", "fits"),
    [(None, "2026-01-01", "2026-02-01", By.DAY), (None, "2020-01-01", "2026-02-01", By.MONTH),
     (None, "1900-01-01", "2026-02-01", By.YEAR), (By.DAY, "1900-01-01", "2026-02-01", By.YEAR),
     (By.DAY, "2010-01-01", "2026-02-01", By.MONTH), (By.YEAR, "2026-01-01", "2026-02-01", By.YEAR)],
)  # fmt: skip
def test_a_period_fits_the_time_shown(asked: By | None, first: str, last: str, fits: By) -> None:
    assert fitting(asked, first, last) is fits


def test_periods_have_names() -> None:
    assert [called(one) for one in ("2026", "2026-11", "2026-11-09")] == [
        "2026",
        "November 2026",
        "9 November 2026",
    ]


# Pictures.


@pytest.mark.parametrize(
    ("largest", "top", "step"),
    [(0, 1, 1), (13, 15, 5), (4, 4, 1), (423, 600, 200), (0.9, 1, 0.5), (1000, 1000, 500)],
)
def test_scales_are_round(largest: float, top: float, step: float) -> None:
    found = scale(largest)
    assert found[0] >= largest
    assert found == pytest.approx((top, step))


def test_bars_are_as_high_as_their_counts() -> None:
    drawn = picture(["2025", "2026"], [("", [2, 4])], "articles")
    low, high = drawn.courses[0].marks
    assert high.height == pytest.approx(2 * low.height) == pytest.approx(BOTTOM - TOP)
    assert high.said == "2026: 4 articles"
    assert [label for _, label in drawn.heights] == ["0", "1", "2", "3", "4"]
    assert [label for _, label in drawn.times] == ["2025", "2026"]


def test_labels_of_time_have_room() -> None:
    months = between(By.MONTH, "1990-01-01", "2020-12-31")
    drawn = picture(months, [("", [0.0] * len(months))], "")
    places = [x for x, _ in drawn.times]
    assert 5 < len(places) <= 11
    assert min(b - a for a, b in pairwise(places)) > 50


def test_numbers_are_short() -> None:
    assert [shown(value) for value in (0, 1234, 12.345, 1.234, 0.0123, 0.004)] == [
        "0", "1,234", "12.3", "1.2", "0.012", "0.004",
    ]  # fmt: skip


# The pages.


def test_the_timeline_counts_by_month(get: Get) -> None:
    told = get("/timeline.json?q=the&by=month").json()
    found = dict(zip(told["periods"], told["series"][0]["found"], strict=True))
    assert found["2026-11"] == 5
    assert found["2026-09"] == 1
    articles = dict(zip(told["periods"], told["series"][0]["articles"], strict=True))
    assert articles["2026-11"] == 10
    shares = dict(zip(told["periods"], told["series"][0]["per_thousand"], strict=True))
    assert shares["2026-11"] == 500
    page = get("/timeline?q=the&by=month&since=2026&scale=thousand")
    assert len(page.soup.select(".bars rect")) == 3
    assert page.one(".bars rect title").get_text() == "September 2026: 1,000 of a thousand articles"
    rows = [[cell.get_text() for cell in row.select("th, td")] for row in page.soup.select("tbody tr")]
    assert rows[-1] == ["November 2026", "5", "10", "500"]


def test_without_words_all_articles_are_counted(get: Get) -> None:
    told = get("/timeline.json?site=talbote&by=year").json()
    assert told["series"][0]["found"] == told["series"][0]["articles"] == [2]


def test_searches_and_sites_are_compared(get: Get) -> None:
    path = "q=the&site=courier&q=die&site=talbote&q=&site=mosaic&q=nowhere&site=&since=2026&by=month"
    page = get(f"/compare?{path}")
    assert [item.get_text(strip=True) for item in page.soup.select(".legend li")] == [
        "the in The Saltmere Courier", "die in Der Talbote", "Mosaic Weekly", "nowhere",
    ]  # fmt: skip
    assert len(page.soup.select("polyline")) == 4
    told = get(f"/compare.json?{path}").json()
    assert [one["found"][-1] for one in told["series"]] == [5, 2, 3, 0]
    assert told["questions"][1] == {"q": "die", "site": "talbote", "since": "2026"}


@pytest.mark.parametrize(
    "tail", ["", "q=", "q=-", "q=a&q=b&q=c&q=d&q=e", "site=x", "q=nowhere", "by=x&scale=x&q=the"]
)
def test_odd_comparisons_are_pages(get: Get, tail: str) -> None:
    for path in ("/compare", "/compare.json", "/timeline", "/timeline.json"):
        assert get(f"{path}?{tail}").status == 200
