"""Markup that a parser would choke on is bounded; what a person wrote is not touched."""

from __future__ import annotations

import time
from itertools import product

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import guard
from tests.growth import costs_less
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


NAMES = b" ".join(b"a%d" % n for n in range(60_000))
CONTROLS = [bytes(name) for name in product(b"\1\2\3\4\5\6\7\16\17\20\21\22\23\24\25", repeat=4)]
QUOTED = b" ".join(NAMES[300 * n : 300 * n + 300] + b' x%d=">"' % n for n in range(1200))
LOOKALIKES: dict[str, bytes] = {
    "end tags of nothing": b"<div></x>" * 50_000,
    "paragraphs' ends": b"<div></p>" * 50_000,
    "lists in lists": b"<li><dd>" * 50_000,
    "end tags in text": b"<div><textarea></div></textarea>" * 25_000,
    "a comment that is none": b"<!-->" + b"<div>" * 60_000 + b"-->",
    "foreign elements": b"<svg>" + b"<g></x>" * 50_000,
    "in a template": b"<template>" + b"<div></x>" * 50_000,
    "a script of svg's": b"<svg><script><g " + NAMES + b"></script>",
    "a value that is none": b'<i a=b="><g ' + NAMES + b'">',
    "values with signs": b"<p " + QUOTED,
    "values with signs behind no script": b"<title><style></title><p " + QUOTED + b">",
    "a script's name in a title": b"<title><style></title><p " + NAMES + b">",
    "a script's own tag": b"<p>x<style " + NAMES + b"></style>",
    "an end tag behind no script": b"<textarea>x<script a=' </textarea " + NAMES + b" '>",
    "a comment in a value": b'<p x="<!-- > " ' + NAMES + b' y="<z -->">',
    "no tags, but a script": b"<div></x>" * 50_000 + b"<script>" + b"a b " * 20_000 + b"</script>",
    "another body": b"".join(b"<body %b>" % NAMES[500 * n : 500 * n + 500] for n in range(800)),
    "many bodies": b"".join(b"<body a%d>" % n for n in range(100_000)),
    "names": b"".join(b"<p a%d=1>" % n for n in range(118_000)),
    "names of tags": b"".join(b"<a%d>x</a%d>" % (n, n) for n in range(59_000)),
    "names behind values": b"".join(b"<p %b>" % NAMES[700 * n : 700 * n + 700] for n in range(500))
    + b"".join(b"<p x='>'b%d>" % n for n in range(60_000)),
    "names before no sign": b"".join(b"<a%d " % n for n in range(60_000)),
    "names behind a value that is not at its end": b"<p x='>"
    + b"".join(b"<i c%d>" % n for n in range(60_000)),
    "names of control signs": b"<p " + b" ".join(CONTROLS) + b">",
    "attributes without blanks": b"<p " + b"".join(b'a%d=""' % n for n in range(60_000)) + b">",
    "options": b"<select>" + b"<option>" * 60_000,
    "formatting": b"".join(b"<b id=%d>" % n for n in range(900)) + b"<p>x</p>" * 9_000,
}


@pytest.mark.parametrize("html", LOOKALIKES.values(), ids=LOOKALIKES.keys())
def test_what_seems_harmless_is_parsed_in_bounded_time(html: bytes) -> None:
    def parse(markup: bytes) -> None:
        LexborHTMLParser(guard.tame(markup)[0])

    assert costs_less(2, parse, html)


def test_long_values_and_texts_are_left_as_they_are() -> None:
    drawing = b'<svg><path d="' + b"M1 2 " * 20_000 + b'"/></svg>'
    text = b"<pre>" + b"a < b " * 20_000 + b"</pre><script>" + b'x = "<p>a</p>" ' * 9_000 + b"</script>"
    style = b'<style data-is="' + b"css " * 9_000 + b'">p {}</style>'
    state = b"<template><script>" + b"1, 2, " * 20_000 + b"</script></template>"
    html = page() + drawing + text + style + b"<p data-is='x => " + b"1, 2, " * 9_000 + b"'>" + state
    assert guard.tame(html) == (html, False)


def test_what_no_mending_helps_keeps_its_text_and_metadata() -> None:
    head = b'<title>A title</title><meta property="og:title" content="A title">'
    tamed, cut = guard.tame(head + b"<p>One.</p>" + b"<div></x>two " * 50_000)
    assert tamed.startswith(head + b"<p>One.</p>")
    assert b"<div" not in tamed
    assert tamed.count(b"two ") == 50_000
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


def test_a_page_of_too_many_names_keeps_its_text() -> None:
    tamed, _ = guard.tame(b"".join(b"<p a%d=1>two " % n for n in range(60_000)))
    assert tamed.count(b"two ") == 60_000
    assert b"a59999" not in tamed


def test_one_tag_with_much_data_is_left_as_it_is() -> None:
    page = b"<div data-state='" + b"1, 2, " * 500 + b"'>x</div>"
    assert guard.tame(page) == (page, False)
