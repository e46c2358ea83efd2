"""Menus and feet leave a page before it is walked, and only these."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines import extract
from pipelines.article import frame
from pipelines.model import Rules, SiteMemory
from tests.pipelines.article.pages import PARAGRAPHS, page

STORY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def left(markup: str) -> tuple[str, list[str]]:
    """What stays of a page's text, and what is taken out."""
    parsed = LexborHTMLParser(markup)
    taken = frame.take_out(parsed)
    assert {block.reason for block in taken} <= {"navigation"}
    return " ".join(parsed.text(separator=" ").split()), [block.text for block in taken]


def test_what_calls_itself_navigation_or_footer_is_taken_out_whole() -> None:
    markup = """<nav><a>Home</a> <ul><li>World  news<li><b>Sport</b></ul></nav><p>One.</p><div
    role="navigation">Topics
    </div><p>Two.</p><footer>About us<script>track()</script></footer><div role=contentinfo> </div>"""
    assert left(markup) == ("One. Two.", ["Home\nWorld news\nSport", "Topics", "About us"])


def test_one_within_another_is_told_once() -> None:
    assert left("<footer>a<nav>b<nav>c</nav></nav>d</footer>e") == ("e", ["a\nb\nc\nd"])


@pytest.mark.parametrize(
    "markup",
    [
        f"<nav><div>Menu</div>{STORY}",
        f"<footer>{STORY}</footer>",
        "<nav><h1>The Gazette</h1></nav>",
        "<footer><article>A short one.</article></footer>",
        "<nav><main>A short one.</main></nav>",
    ],
    ids=["unclosed", "prose", "headline", "article", "main"],
)
def test_what_may_hold_the_article_stays(markup: str) -> None:
    whole = " ".join(LexborHTMLParser(markup).text(separator=" ").split())
    assert left(markup) == (whole, [])


def test_an_inner_frame_goes_where_the_outer_one_stays() -> None:
    text, taken = left(f"<nav><ul><li>Menu</ul>{STORY}<footer>Imprint</footer></nav>")
    assert taken == ["Imprint"]
    assert "Menu" in text


def test_what_a_rule_of_the_site_keeps_stays() -> None:
    html = page().replace(b"</body>", b"<footer class=note>Corrected on Tuesday.</footer></body>")
    assert "Corrected on Tuesday." not in extract(html).text
    assert "Corrected on Tuesday." in extract(html, site=SiteMemory(Rules(keep=(".note",)))).text
