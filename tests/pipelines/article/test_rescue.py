"""A page whose markup is a shell gives the article that its scripts hold."""

from __future__ import annotations

import json

import pytest

from pipelines import extract
from tests.pipelines.article.pages import PARAGRAPHS

MARKUP = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
STATE = json.dumps({"props": {"story": {"contentHtml": MARKUP}}}).replace("<", "\\u003c")
LD = json.dumps(
    {"@type": "NewsArticle", "headline": "Ferry to sail again", "articleBody": "\n".join(PARAGRAPHS)}
)


@pytest.mark.parametrize(
    "script",
    [
        f'<script id="__NEXT_DATA__" type="application/json">{STATE}</script>',
        f"<script>self.__next_f.push([1,{json.dumps(MARKUP)}])</script>".replace("</p>", "\\u003c/p>"),
        f'<script type="application/ld+json">{LD}</script>',
    ],
    ids=["state", "streamed", "JSON-LD"],
)
def test_the_article_comes_from_the_state(script: str) -> None:
    html = (
        f"<html><head><title>Ferry to sail again</title></head><body><div id=app></div>{script}</body></html>"
    )
    found = extract(html.encode(), "https://harbour.example/ferry")
    assert found.text == "\n\n".join(PARAGRAPHS)
    assert found.html.count("<p>") == len(PARAGRAPHS)


def test_a_shell_without_a_state_stays_empty() -> None:
    html = b"<div id=app></div><script>var a = 'b'</script>"
    assert extract(html).text == ""


def test_state_within_state_is_not_taken_for_an_article() -> None:
    inner = json.dumps({"list": ["<p>x</p>" * 200]})
    html = f"<div id=app></div><script>var state = {json.dumps(inner)}</script>"
    assert extract(html.encode()).text == ""
