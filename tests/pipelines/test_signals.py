"""What a host declares of its pages: which address a rule is about, and what is no rule at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.signals import Usage, ai_txt, said_of, tdmrep, usage

HOST = "https://news.example"
OURS = "newsarchive"


def tdm(path: str, *rules: dict[str, object]) -> str | None:
    return said_of(HOST + path, (), tdmrep(json.dumps(rules).encode(), f"{HOST}/.well-known/tdmrep.json"))


@pytest.mark.parametrize(
    ("location", "path", "matches"),
    [
        ("/", "/a/b", True), ("/news/", "/news/a", True), ("/news/", "/sport/a", False), ("*", "/a", True),
        ("/*.html", "/a/b.html?x", True), ("/*.html$", "/a/b.html?x", False), ("/*.html$", "/a/b.html", True),
        ("/a*b*c$", "/a-b-c-c", True), ("/a*b*c$", "/a-c-b", False), ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/ab*b$", "/ab", False), ("/stra%C3%9Fe", "/straße/1", True), ("news", "/news", False),
    ],
)  # fmt: skip
def test_where_a_rule_of_tdmrep_holds(location: str, path: str, matches: bool) -> None:
    said = tdm(path, {"location": location, "tdm-reservation": 1})
    assert said == ("tdm-reservation=1" if matches else None)


def test_the_first_rule_that_matches_holds_and_its_policy_is_an_address() -> None:
    rules: list[dict[str, object]] = [
        {"location": "/free/", "tdm-reservation": 0},
        {"location": "/", "tdm-reservation": 1, "tdm-policy": "/terms of use.json"},
    ]
    assert tdm("/free/a", *rules) == "tdm-reservation=0"
    assert tdm("/a", *rules) == f"tdm-reservation=1 tdm-policy={HOST}/terms%20of%20use.json"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[" * 9999, b"[1, null, {}]", b'[{"location": 3, "tdm-reservation": 1}]', b"\xff\xfe",
     b'[{"location": "/", "tdm-reservation": 2}]', b'[{"location": "/", "tdm-reservation": []}]'],
)  # fmt: skip
def test_what_is_no_tdmrep_says_nothing(body: bytes) -> None:
    assert tdmrep(body, HOST) == ()


@pytest.mark.parametrize(
    ("text", "path", "closed"),
    [
        ("User-Agent: *\nDisallow: /\n", "/a", True),
        ("User-Agent: *\nDisallow: /\nAllow: /open/\n", "/open/a", False),
        ("User-Agent: *\nDisallow: *.html\nDisallow: .txt\n", "/a.html", True),
        ("User-Agent: *\nDisallow: .txt\n", "/a.txt", True),
        ("User-Agent: *\nDisallow: .txt\n", "/a.html", False),
        ("User-Agent: *\nDisallow: /\nUser-Agent: newsarchive\nAllow: /\n", "/a", False),
        ("User-Agent: a\nUser-Agent: *\nDisallow: /\n", "/a", True),
        ("User-Agent: a\nDisallow: /\n", "/a", False),
        ("User-Agent: *\nDisallow:\n", "/a", False),
        ("# Our shop sells fish.\n\nDisallow nothing here", "/a", False),
    ],
)
def test_what_ai_txt_closes(text: str, path: str, closed: bool) -> None:
    assert said_of(HOST + path, (), ai_txt(text.encode(), OURS)) == ("ai.txt" if closed else None)


def test_lines_of_robots_txt_hold_below_their_path_the_longest_first() -> None:
    lines = [
        "Content-Usage: train-ai=n, search=y",
        "content-signal: ai-train=no",
        "Content-Usage: /free/ train-ai=y",
    ]
    found = [usage(line) for line in lines]
    usages = [one for one in found if one]
    assert usages == [Usage("/", ("train-ai=n",)), Usage("/", ("ai-train=no",)), Usage("/free/", ())]
    assert said_of(HOST + "/a", usages) == "train-ai=n ai-train=no"
    assert said_of(HOST + "/free/a", usages) is None
    assert usage("Disallow: /") is None


@given(st.binary(max_size=300), st.text(max_size=50))
def test_nothing_raises(body: bytes, path: str) -> None:
    said_of(f"{HOST}/{path}", (), tdmrep(body, HOST), ai_txt(body, OURS))
    said_of(f"{HOST}/{path}", (), ai_txt(b"User-Agent: *\nDisallow: /" + body, OURS))
