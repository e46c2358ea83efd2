"""Markup that a parser would choke on is bounded; what a person wrote is not touched."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import guard
from tests.pipelines.article.pages import page


def test_a_page_that_a_person_wrote_is_not_touched() -> None:
    html = page() + b'<script>if (a<b && c>d) { x = "<div>" }</script>' * 50
    assert guard.tame(html) == (html, False)


@pytest.mark.parametrize(
    "html",
    [
        b"<div>" * 100_000 + b"deep",
        b"<div><span>" * 20_000 + b"deep" + b"</span></div>" * 20_000,
        b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">deep",
        b"<p " + b" ".join(b'a%d=">"' % n for n in range(100_000)) + b">deep",
        b"<p " + b"/".join(b"a%d" % n for n in range(100_000)) + b">deep",
        b'<p x="<script>" ' + b" ".join(b"a%d" % n for n in range(100_000)) + b">deep",
        b"<p x='>' y='<style>' " + b" ".join(b"a%d" % n for n in range(100_000)) + b">deep",
    ],
    ids=["unclosed", "closed", "attributes", "quoted signs", "slashes", "quoted script", "quoted style"],
)
def test_depth_and_attributes_are_bounded(html: bytes) -> None:
    began = time.process_time()
    tamed, cut = guard.tame(html)
    text = LexborHTMLParser(tamed).text()
    assert time.process_time() - began < 4
    assert text.strip() == "deep"
    assert not cut


def test_a_huge_page_is_cut_and_that_is_told() -> None:
    tamed, cut = guard.tame(b"<p>text of a paragraph</p>" * 500_000)
    assert cut
    assert len(tamed) <= guard.MAX_BYTES
    assert tamed.count(b"<") <= guard.MAX_TAGS


def test_a_wide_tag_loses_its_attributes_and_the_next_keeps_its_own() -> None:
    wide = b"<div " + b" ".join(b"a%d=1" % n for n in range(30_000)) + b">"
    tamed, _ = guard.tame(wide + b'<p class="kept">x</p>')
    assert tamed == b'<div><p class="kept">x</p>'


def test_many_tags_of_many_attributes_are_bared_and_scripts_are_not() -> None:
    wide = b"<b " + b" ".join(b"a%d" % n for n in range(600)) + b">x</b>"
    script = b"<script>" + b"a b " * 20_000 + b"</script>"
    tamed, cut = guard.tame(script + wide * 200)
    assert not cut
    assert tamed == script + b"<b>x</b>" * 200


def test_one_tag_with_much_data_is_left_as_it_is() -> None:
    page = b"<div data-state='" + b"1, 2, " * 500 + b"'>x</div>"
    assert guard.tame(page) == (page, False)
