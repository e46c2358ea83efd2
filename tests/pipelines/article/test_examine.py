"""The fate of every block of a page, and the page that shows it."""

from __future__ import annotations

import json
import re

import pytest

from pipelines import extract
from pipelines.article import marked
from pipelines.article.examine import MOST_STEPS, Examination, examine
from pipelines.errors import SiteListError
from pipelines.model import Rules, SiteMemory

PARAGRAPHS = [
    "The council met on Monday evening and agreed, after a long debate, to repair the old bridge over the "
    "river, which has been closed to traffic since the flood of the year before last.",
    "Work will begin in the spring, the mayor said, and most of the two million is to be paid by the county.",
    "Residents of the eastern bank had waited for four years, and many of them came to hear the decision.",
    "The bridge was built in 1887 by the railway company, which sold it to the county for a single coin when "
    "the branch line was given up; the engineers found its iron sound and its piers in need of new stone.",
    "Traffic will be led over the northern ford until the autumn, when the first half is to be opened.",
]
TITLE = "Council votes to repair the old bridge"
BOX = "Sign up for our newsletter and never miss a story."
MENU, FOOT = "Home\nSport", "Copyright The Gazette. All rights reserved."
PAGE = f"""<!doctype html><html lang="en"><head><title>{TITLE} | The Gazette</title>
<meta property="og:type" content="article"><meta property="og:title" content="{TITLE}">
<meta property="article:published_time" content="2026-03-04T10:00:00Z"></head><body>
<nav class="menu"><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article id="story"><h1>{TITLE}</h1>
{"".join(f"<p>{text}</p>" for text in PARAGRAPHS)}
<div class="newsletter box 9x">{BOX}</div></article>
<footer>{FOOT}</footer></body></html>""".encode()


def fates(found: Examination) -> dict[str, tuple[bool, str, str]]:
    return {block.text: (block.kept, block.reason, block.decided_by) for block in found.blocks}


def test_every_block_has_its_fate_in_the_pages_order() -> None:
    found = examine(PAGE)
    assert [block.text for block in found.blocks] == [
        MENU, FOOT, TITLE, *PARAGRAPHS, BOX,
    ]  # fmt: skip
    told = fates(found)
    assert all(told[text] == (True, "body", "belief") for text in PARAGRAPHS)
    assert told[MENU] == told[FOOT] == (False, "navigation", "frame")
    assert told[TITLE][:2] == (False, "title")
    beliefs = {block.text: block.belief or 0.0 for block in found.blocks}
    assert all(0.5 < beliefs[text] <= 1 for text in PARAGRAPHS)
    assert 0 <= beliefs[BOX] < 0.5


def test_it_is_what_extract_does() -> None:
    found = examine(PAGE, "https://gazette.example/bridge")
    assert found.extraction == extract(PAGE, "https://gazette.example/bridge")
    assert "\n\n".join(block.text for block in found.blocks if block.kept) == found.extraction.text
    removed = [block.reason for block in found.extraction.blocks_removed]
    assert set(removed) == {block.reason for block in found.blocks if not block.kept}


def test_a_block_is_named_by_a_selector() -> None:
    paths = {block.text[:9]: block.path for block in examine(PAGE).blocks}
    assert paths["Home\nSpor"] == ""
    assert paths["Residents"] == "article#story > p"
    assert paths["Sign up f"] == "article#story > div.newsletter.box", (
        "names that no selector can have are left out"
    )


def test_a_path_that_was_found_removes_the_block() -> None:
    path = next(block.path for block in examine(PAGE).blocks if block.text == PARAGRAPHS[1])
    shorter = examine(PAGE, site=SiteMemory(Rules(remove=(path,))))
    assert PARAGRAPHS[1] not in shorter.extraction.text


def test_rules_of_the_site_are_told() -> None:
    memory = SiteMemory(Rules(remove=("nav",), keep=(".box",)))
    told = fates(examine(PAGE, site=memory))
    assert told[BOX] == (True, "rule", "site")
    first = examine(PAGE, site=memory).blocks[0]
    assert (first.text, first.kept, first.reason, first.decided_by, first.belief, first.path) == (
        "Home Sport", False, "rule", "site", None, "",
    )  # fmt: skip
    with pytest.raises(SiteListError, match="not a CSS selector"):
        examine(PAGE, site=SiteMemory(Rules(remove=("p[",))))


def test_what_scripts_hold_is_told() -> None:
    node = {"@type": "NewsArticle", "headline": "Bridge", "articleBody": "\n".join(PARAGRAPHS * 2)}
    shell = f'<script type="application/ld+json">{json.dumps(node)}</script><div id="app"></div>'
    found = examine(shell.encode())
    assert found.rescued
    assert not examine(PAGE).rescued
    assert PARAGRAPHS[0] in fates(found)


@pytest.mark.parametrize(
    "html", [b"", b"\0\1\2\3" * 500, b"<div class='\"><&'>" * 3000 + b"deep", b"<p id=1>x<p>"]
)
def test_any_bytes_are_examined(html: bytes) -> None:
    found = examine(html)
    assert all(block.path.count(" > ") < MOST_STEPS for block in found.blocks)
    assert found.extraction == extract(html)


def test_the_page_shows_each_block_as_text() -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    told = attack.replace("<", "&lt;")
    html = PAGE.replace(b"to repair the old bridge<", f"to repair {told} bridge<".encode()).replace(
        b"The council", f"{told} The council".encode()
    )
    found = examine(html)
    page = marked.page(found, attack, [("read", attack), (attack, "x")])
    assert "alert(1)" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert set(re.findall(r"<([a-z1]+)", page)) == {
        "html", "meta", "title", "style", "h1", "dl", "dt", "dd", "p", "section",
    }  # fmt: skip
    assert "default-src 'none'" in page
    fate = re.findall(r'<section class="(\w+)">', page)
    assert fate == ["kept" if block.kept else "removed" for block in found.blocks]
    assert "navigation (by frame)" in page
    assert "newsletter (by belief)  article#story &gt; div.newsletter.box" in page
