"""What an archivist wrote for a site is done to its pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import SiteMemory, extract
from pipelines.errors import SiteListError
from pipelines.model import Rules
from tests.pipelines.article.pages import PARAGRAPHS, page

BOX = '<div class="weather"><p>Weather today: sun in the morning, rain after noon, west wind.</p></div>'
URL = "https://harbour.example/ferry"


def test_remove_drops_what_it_selects_and_tells() -> None:
    found = extract(page(BOX), URL, site=SiteMemory(Rules(remove=(".weather", "p:first-child"))))
    assert "Weather" not in found.text
    assert PARAGRAPHS[0] not in found.text
    assert PARAGRAPHS[1] in found.text
    assert any(left.reason == "rule" and "Weather today" in left.text for left in found.blocks_removed)


def test_keep_keeps_whatever_the_cleaner_thinks() -> None:
    comments = (
        '<section class="comments"><p class="pinned">The editor answers: yes, on Sundays too.</p></section>'
    )
    assert "The editor answers" not in extract(page(after=comments), URL).text
    found = extract(page(after=comments), URL, site=SiteMemory(Rules(keep=(".pinned",))))
    assert found.text.endswith("The editor answers: yes, on Sundays too.")


def test_tidy_gets_the_cleaned_article_and_gives_it_back(tmp_path: Path) -> None:
    rule = tmp_path / "tidy.py"
    rule.write_text(
        "def tidy(article):\n"
        "    article.find_all('p')[-1].decompose()\n"
        "    article.p.append(article.new_tag('script'))\n"
        "    return article\n"
    )
    found = extract(page(), URL, site=SiteMemory(Rules(tidy=str(rule))))
    assert found.text == "\n\n".join(PARAGRAPHS[:-1])
    assert "<script" not in found.html
    assert found.html.count("<p>") == len(PARAGRAPHS) - 1


@pytest.mark.parametrize(
    "source",
    ["def tidy(article):\n    return 1\n", "def tidy(article):\n    return 1 / 0\n", "x = 1\n", "def"],
)
def test_a_rule_that_cannot_be_used_is_named(tmp_path: Path, source: str) -> None:
    rule = tmp_path / "broken.py"
    rule.write_text(source)
    with pytest.raises(SiteListError, match=r"broken\.py"):
        extract(page(), URL, site=SiteMemory(Rules(tidy=str(rule))))


def test_a_selector_that_cannot_be_used_is_named() -> None:
    with pytest.raises(SiteListError, match="p >> <"):
        extract(page(), URL, site=SiteMemory(Rules(remove=("p >> <",))))
