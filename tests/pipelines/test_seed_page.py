"""The page this project began with, as HTML: the cleaner reads the same article off it as off the text."""

from __future__ import annotations

import html
from datetime import date
from pathlib import Path

import pytest

from pipelines import extract
from pipelines.accession import plaintext
from pipelines.model import Extraction, Kind

PAGE = Path(__file__).parent / "article" / "pages" / "locum_like.html"
SEED = Path(__file__).resolve().parents[2].parent / "shared" / "seed" / "locum-today.txt"
_MARKUP = {
    "share": '<div class="share"><strong>{}</strong> <a href="#">f</a></div>',
    "navigation": '<p class="links"><a href="#top">{}</a></p>',
    "newsletter": '<div class="signup"><p>{}</p></div>',
    "comments": '<div class="comments"><h3>{}</h3></div>',
    "related": "<h3>{}</h3>",
    "teaser": '<div class="item"><p><a href="/other">{}</a></p></div>',
}


def test_a_page_made_up_after_the_seed() -> None:
    found = extract(PAGE.read_bytes(), "https://chairside.example/news/surprise-visits")
    assert found.title == "Surprise visits to test out-of-hours dental care"
    assert found.standfirst == "Inspectors to call on evening and weekend clinics in six counties"
    assert found.published == date(2020, 3, 4)
    assert found.kind is Kind.ARTICLE
    paragraphs = found.text.split("\n\n")
    assert len(paragraphs) == 9
    assert paragraphs[0].startswith("The Dental Care Council is to make")
    assert paragraphs[-1].endswith("he concluded.")


def test_its_text_saved_by_a_careless_scraper_gives_the_same_article() -> None:
    of_page = extract(PAGE.read_bytes(), "https://chairside.example/news/surprise-visits")
    assert_same(plaintext.read(careless(PAGE.read_text("utf-8"))), of_page)


@pytest.mark.golden
@pytest.mark.skipif(not SEED.exists(), reason="the seed lies beside the project")
def test_the_seed_as_a_page_gives_the_same_article() -> None:
    of_text = plaintext.read(SEED.read_text("utf-8"))
    assert_same(extract(as_page(of_text).encode(), "https://seed.example/news/inspections"), of_text)


def test_the_body_of_the_made_up_page() -> None:
    found = extract(PAGE.read_bytes(), "https://chairside.example/news/surprise-visits")
    of_text = plaintext.read(careless(PAGE.read_text("utf-8")))
    assert (found.title, found.published) == (of_text.title, of_text.published)
    assert len(of_text.text.split("\n\n")) == 9
    assert found.text.endswith(of_text.text)


def assert_same(one: Extraction, other: Extraction) -> None:
    assert (one.title, one.standfirst, one.published) == (other.title, other.standfirst, other.published)
    assert one.text.split("\n\n") == other.text.split("\n\n")
    assert one.kind is other.kind is Kind.ARTICLE


def careless(page: str) -> str:
    """The lines of a page's main part, as a scraper saves them that knows no better."""
    from bs4 import BeautifulSoup, Tag

    soup = BeautifulSoup(page, "html.parser")
    for image in soup.find_all("img"):
        image.replace_with(str(image.get("alt") or ""))
    wrapper = soup.find(id="wrapper")
    assert isinstance(wrapper, Tag)
    for form in wrapper.find_all("form"):
        form.decompose()
    return "\n\n".join(line.strip() for line in wrapper.get_text("\n").splitlines() if line.strip())


def as_page(found: Extraction) -> str:
    """A page of the time, around the article and with what stood below it."""
    body = "".join(f"<p>{html.escape(part)}</p>\n" for part in found.text.split("\n\n"))
    below = "\n".join(
        _MARKUP[block.reason].format(html.escape(block.text))
        for block in found.blocks_removed
        if block.reason in _MARKUP
    )
    return (
        f"<!DOCTYPE html><html lang=en><title>{html.escape(found.title or '')} - Seed Today</title><body>"
        '<ul id="menu"><li><a href="/news">News</a></li><li><a href="/jobs">Jobs</a></li></ul><div id="main">'
        f"<h1>{html.escape(found.title or '')}</h1><h2 class=intro>{html.escape(found.standfirst or '')}</h2>"
        f'<p class="date">Published on 19th July 2019</p><div class="content">{body}</div>{below}</div>'
        "</body></html>"
    )
