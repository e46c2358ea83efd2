"""One question, one set of rows: parameters read once, SQL that finds the same articles however it is
asked."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readingroom.question import FILTERS, Order, Place, Question, Statement

ASKED = [
    {},
    {"q": "the"},
    {"q": "lamp OR goat"},
    {"site": "courier"},
    {"q": "the", "site": "courier"},
    {"section": "Council"},
    {"author": "Ines Harrow"},
    {"q": "the", "author": "Tom Adeyemi"},
    {"language": "de"},
    {"kind": "live blog"},
    {"access": "paywalled"},
    {"since": "2026-11", "until": "2026-11-15"},
    {"q": "the", "since": "2026", "until": "2026-11-14"},
]


@pytest.fixture(scope="module")
def connection(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "archive.db")) as opened:
        yield opened


def ids(connection: sqlite3.Connection, statement: Statement) -> list[int]:
    return [row[0] for row in connection.execute(statement.sql, dict(statement.values))]


@pytest.mark.parametrize("given", ASKED, ids=str)
def test_every_way_of_asking_finds_the_same(connection: sqlite3.Connection, given: dict[str, str]) -> None:
    newest = Question.read({**given, "order": "newest"})
    oldest = Question.read({**given, "order": "oldest"})
    dated = ids(connection, newest.dated())
    every = dated + ids(connection, newest.undated())
    assert len(every) == connection.execute(newest.count().sql, dict(newest.count().values)).fetchone()[0] > 0
    dates = [
        connection.execute("select published from articles where id = ?", [number]).fetchone()[0]
        for number in dated
    ]
    assert dates == sorted(dates, reverse=True)
    assert ids(connection, oldest.dated()) == dated[::-1]
    assert sum(row[1] for row in connection.execute(*_pair(newest.by_period(7)))) == len(dated)
    for order in (newest, oldest):
        in_order = ids(connection, order.dated()) + ids(connection, order.undated())
        assert [row[0] for row in connection.execute(order.shown())] == in_order[:100]
    if newest.words:
        best = Question.read(given)
        shown = [row[0] for row in connection.execute(best.shown())]
        assert shown == ids(connection, best.ranked())[:100]
        assert sorted(ids(connection, best.ranked())) == sorted(every)
        assert ids(connection, newest.walked(50, None, 50)) == dated


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("given", ASKED, ids=str)
def test_pages_follow_one_another(connection: sqlite3.Connection, given: dict[str, str], order: str) -> None:
    asked = Question.read({**given, "order": order})
    whole = ids(connection, asked.dated())
    seen: list[int] = []
    after: Place | None = None
    while leaf := list(connection.execute(*_pair(asked.dated(3, after)))):
        seen += [row[0] for row in leaf]
        after = Place(leaf[-1][1], leaf[-1][0])
        if asked.words:
            assert ids(connection, asked.walked(99, after, 99)) == whole[len(seen) :]
    assert seen == whole


def _pair(statement: Statement) -> tuple[str, dict[str, object]]:
    return statement.sql, dict(statement.values)


def test_filters_narrow_as_they_say(connection: sqlite3.Connection) -> None:
    found = {
        name: ids(connection, Question.read({name: value}).dated())
        for name, value in (("section", "Council"), ("author", "Tom Adeyemi"), ("language", "de"),
                            ("kind", "live blog"), ("access", "paywalled"))
    }  # fmt: skip
    assert found == {"section": [2, 7], "author": [1, 2, 7], "language": [8, 9], "kind": [4], "access": [7]}


def test_a_span_has_both_its_ends(connection: sqlite3.Connection) -> None:
    assert ids(connection, Question.read({"since": "2026-11-11", "until": "2026-11-11"}).dated()) == [5]
    assert ids(connection, Question.read({"until": "2026-10"}).dated())[:2] == [6, 7]
    assert ids(connection, Question.read({"since": "2026-10-02", "until": "2026-10-02"}).dated()) == [6]


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2026-13", "2026-1", "20260101", "2026-01-01'--", "２０２６"]
)
def test_what_is_no_date_filters_nothing_and_is_told(value: str) -> None:
    asked = Question.read({"since": value, "until": value, "site": "courier"})
    assert asked.filters == {"site": "courier"}
    assert asked.ignored == ({"since": value, "until": value} if value else {})
    assert all("2024-03-15" in why for why in asked.why_ignored.values())


def test_the_address_of_a_question_asks_it_again() -> None:
    given = {
        "q": 'a "b c" -d',
        "site": "x'y",
        "section": "S & T",
        "author": "N",
        "language": "en",
        "kind": "article",
        "access": "open",
        "since": "2020",
        "until": "2021-02",
        "order": "newest",
    }
    asked = Question.read(given)
    assert set(asked.filters) == set(FILTERS)
    assert Question.read(asked.parameters) == asked
    assert asked.parameters == given


def test_orders() -> None:
    assert Question.read({}).order is Order.NEWEST
    assert Question.read({"q": "a"}).order is Order.BEST
    assert Question.read({"q": "a", "order": "x"}).order is Order.BEST
    assert Question.read({"q": "...", "order": "oldest"}).order is Order.OLDEST
    assert Question.read({"q": "-a"}).vain


@pytest.mark.parametrize(
    "value", [None, "", "1", ",", "2026,x", "2026,", "x" * 50 + ",1", "2026,-1", "2026,²"]
)
def test_what_is_no_place_is_none(value: str | None) -> None:
    assert Place.read(value) is None


def test_a_place_is_written_as_it_is_read() -> None:
    for place in (Place("2026-11-19T18:40:00Z", 7), Place("", 12)):
        assert Place.read(str(place)) == place


@pytest.mark.parametrize("given", [one for one in ASKED if "q" not in one], ids=str)
def test_lists_go_by_index(connection: sqlite3.Connection, given: dict[str, str]) -> None:
    for statement in (
        Question.read(given).dated(5),
        Question.read(given).undated(5),
        Question.read(given).by_period(7),
    ):
        plan = [
            row[3]
            for row in connection.execute(f"explain query plan {statement.sql}", dict(statement.values))
        ]
        assert not [step for step in plan if re.fullmatch(r"SCAN (a|articles)", step)], plan
    plan = [
        row[3]
        for row in connection.execute(
            f"explain query plan {Question.read(given).dated(5).sql}",
            dict(Question.read(given).dated(5).values),
        )
    ]
    assert "author" in given or not [step for step in plan if "ORDER BY" in step], plan
