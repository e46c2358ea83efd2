"""Kept blocks as text and as HTML that is safe to show."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import render, tree


def shown(markup: str, url: str | None = "https://harbour.example/news/ferry") -> str:
    page = tree.walk(LexborHTMLParser(markup))
    return render.html(page, range(len(page.text)), url)


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("<p>a <b>b</b> <i>c</i></p>", "<p>a <strong>b</strong> <em>c</em></p>"),
        ("<h1>a</h1><h3>b</h3>", "<h2>a</h2><h3>b</h3>"),
        ("<ul><li>a</li><li>b</li></ul><p>c</p>", "<ul><li>a</li><li>b</li></ul><p>c</p>"),
        ("<div>a<br>b<br><br>c</div>", "<p>a b</p><p>c</p>"),
        ("<p>a<br><br>b</p>", "<p>a</p><p>b</p>"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "<blockquote><p>a</p><p>b</p></blockquote>"),
        ("<div><span>a</span></div><section>b</section>", "<p>a</p><p>b</p>"),
        ("<p>1 &lt; 2 &amp; 3</p>", "<p>1 &lt; 2 &amp; 3</p>"),
    ],
)
def test_structure_survives(markup: str, html: str) -> None:
    assert shown(markup) == html


def test_links_are_absolute_and_scripts_are_no_links() -> None:
    html = shown('<p><a href="../a">a</a> <a href="javascript:alert(1)">b</a> <a href="http://[">c</a></p>')
    assert 'href="https://harbour.example/a"' in html
    assert "javascript" not in html
    assert html.count("href") == 1


def test_a_figure_stands_where_it_stood_with_its_caption() -> None:
    figure = '<figure><img src="/boat.jpg" alt="A boat"><figcaption>The old boat</figcaption></figure>'
    page = tree.walk(LexborHTMLParser(f"<div><p>one</p>{figure}<p>two</p></div>"))
    kept = [number for number, text in enumerate(page.text) if text in ("one", "two")]
    html = render.html(page, kept, "https://harbour.example/ferry")
    assert re.sub(r"\s+", " ", html) == (
        '<p>one</p><figure><img src="https://harbour.example/boat.jpg" alt="A boat">'
        "<figcaption>The old boat</figcaption></figure><p>two</p>"
    )
    assert render.text(page, kept) == "one\n\ntwo"


@pytest.mark.parametrize(
    ("caption", "html"),
    [
        ('A <b>boat</b> &amp; the sky <span class="photo-credit">Photo: R. Penrose</span>',
         "A boat &amp; the sky <br> Photo: R. Penrose"),
        ("<p>A boat.</p><p>Photo: R. Penrose</p>", "A boat.<br> Photo: R. Penrose"),
        ('<span class="credit">Photo: R. Penrose</span>', "Photo: R. Penrose"),
        ('A photograph <span class="place">of the harbour</span>', "A photograph of the harbour"),
    ],
)  # fmt: skip
def test_a_credit_stands_on_a_line_of_its_own(caption: str, html: str) -> None:
    figure = f'<figure><img src="/boat.jpg"><figcaption>{caption}</figcaption></figure>'
    page = tree.walk(LexborHTMLParser(f"<div><p>one</p>{figure}<p>two</p></div>"))
    kept = [0, len(page.text) - 1]
    assert f"<figcaption>{html}</figcaption>" in render.html(page, kept, "https://harbour.example/ferry")
    assert render.text(page, kept) == "one\n\ntwo"


@given(st.text(alphabet=st.sampled_from("<>/\"'=&; abpionclrdsgm:ht\n\0"), max_size=200))
def test_nothing_active_ever_comes_out(markup: str) -> None:
    html = shown(f"<p>{markup}<img src=x onerror=alert(1)><svg onload=alert(1)>").lower()
    assert not re.search(r"<(script|style|svg|iframe|form|object)|<[^>]*\son\w+\s*=|<[^>]*javascript:", html)
