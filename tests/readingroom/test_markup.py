"""The three places that vouch for HTML."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readingroom.markup import CLOSE, OPEN, body, marked, web_address
from tests.readingroom.archive import RAW_HOSTILE_BODY


def test_found_words_are_marked_and_all_else_escaped() -> None:
    assert marked(f"a {OPEN}<b>{CLOSE} & c") == "a <mark>&lt;b&gt;</mark> &amp; c"
    assert marked(None) == ""


@settings(deadline=None)
@given(st.text(alphabet=f"ab<>&\"'{OPEN}{CLOSE}"))
def test_marks_are_balanced_whatever_the_text_holds(text: str) -> None:
    shown = marked(text)
    assert shown.count("<mark>") == shown.count("</mark>")
    assert "<" not in shown.replace("<mark>", "").replace("</mark>", "")


def test_a_body_keeps_its_structure() -> None:
    kept = (
        "<h2>Late</h2><p>One <em>two</em>.</p><blockquote>Three</blockquote>"
        "<figure><figcaption>Four</figcaption></figure>"
    )
    assert body(kept) == kept


def test_a_strangers_body_does_nothing() -> None:
    shown = body(RAW_HOSTILE_BODY).lower()
    for active in ("<script", "<img", "<iframe", "<meta", "<form", "javascript:", "style=", "onerror"):
        assert active not in shown


@pytest.mark.parametrize(
    "url",
    [None, "", "javascript:alert(1)", " https://a.example", "data:text/html,x", "//a.example", "https://"],
)
def test_what_is_no_web_address_is_no_link(url: str | None) -> None:
    assert web_address(url) is None


def test_web_addresses() -> None:
    assert web_address("HTTPS://a.example/b") == "HTTPS://a.example/b"
