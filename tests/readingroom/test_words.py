"""The search box's language."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readingroom.words import LONGEST, expression

TEXTS = {
    1: ("Lamp lit again", "The rail was hauled up by hand, well-known to all."),
    2: ("Bridge stays open", "A lamp burns on the café terrace; the bridge is lit."),
    3: ("Snow", 'Nothing but snow on the rail line: O\'Brien said "no".'),
}


def found(query: str) -> set[int]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "create virtual table f using fts5(title, standfirst, byline, text, "
            "tokenize='unicode61 remove_diacritics 2')"
        )
        connection.executemany(
            "insert into f(rowid, title, text) values (?, ?, ?)",
            [(key, *text) for key, text in TEXTS.items()],
        )
        words = expression(query)
        rows = connection.execute("select rowid from f where f match ?", [words]) if words else ()
        return {row[0] for row in rows}


@pytest.mark.parametrize(
    ("query", "articles"),
    [
        ("lamp", {1, 2}),
        ("LAMP Cafe", {2}),
        ("lamp rail", {1}),
        ("lamp AND rail", {1}),
        ("lamp OR rail", {1, 2, 3}),
        ("snow OR lamp café", {2, 3}),
        ("lamp -rail", {2}),
        ("lamp NOT rail", {2}),
        ('"hauled up"', {1}),
        ('"up hauled"', set()),
        ('"hauled up', {1}),
        ("haul*", {1}),
        ("haul", set()),
        ("title:lamp", {1}),
        ("-title:lamp lamp", {2}),
        ('text:"lamp burns"', {2}),
        ("well-known", {1}),
        ("known-well", set()),
        ("o'brien", {3}),
        ("nowhereatall", set()),
        ("rail: line;", {3}),
        ("(rail) {line} ^snow", {3}),
        ("unknown:lamp", set()),
    ],
)
def test_what_is_found(query: str, articles: set[int]) -> None:
    assert found(query) == articles


@pytest.mark.parametrize(
    "query", ["", "  ", '"', "*", "-", "( ) : ^ +", "AND", "OR OR", "NOT", "-lamp", "NOT lamp", "\0"]
)
def test_nothing_to_look_for(query: str) -> None:
    assert expression(query) == ""


def test_very_long_queries_are_cut() -> None:
    assert len(expression("a " * 100_000)) < LONGEST * 10
    found("a " * 100_000)


@settings(deadline=None)
@given(st.lists(st.sampled_from(['"', "(", ")", "*", "-", "AND", "OR", "NOT", "NEAR", "title:", "a", "lamp ", " ", ":", "^", "\0", "'", "\\", "{", "}", "+", "é", "駅"])).map("".join))  # fmt: skip # noqa: E501
def test_no_query_is_an_error(query: str) -> None:
    found(query)


@settings(deadline=None)
@given(st.text())
def test_no_text_is_an_error(query: str) -> None:
    found(query)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("NEAR(lamp rail, 5)", '((NEAR("lamp" "rail", 5)))'),
        ('a NEAR(lamp "big rail") b', '(("a" AND NEAR("lamp" "big rail", 10) AND "b"))'),
        ("title:NEAR(a b* c,3)", '(({title} : NEAR("a" "b" * "c", 3)))'),
        ("c -NEAR(a b,2)", '(("c") NOT NEAR("a" "b", 2))'),
        ("NEAR()", ""),
        ("NEAR lamp", '(("NEAR" AND "lamp"))'),
    ],
)
def test_nearness(query: str, found: str) -> None:
    assert expression(query) == found
