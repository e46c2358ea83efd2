from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import authors
from pipelines.article.markup import Markup


def read(html: str, url: str = "https://gazette.example/a") -> list[str]:
    return list(authors.read(Markup(LexborHTMLParser(html), url)))


def declared(author: object, kind: str = "NewsArticle") -> str:
    node = {"@type": kind, "headline": "Bridge opens", "author": author}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def names(text: str) -> list[str]:
    return [named.name for named in authors.names(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("By Anna Lee, Bo Chen and Cara Diaz", ["Anna Lee", "Bo Chen", "Cara Diaz"]),
        ("BY ANNA LEE & BO CHEN", ["ANNA LEE", "BO CHEN"]),
        ("Von Anna Müller und Bernd Groß", ["Anna Müller", "Bernd Groß"]),
        ("Par Anne Petit et Bruno Leroy", ["Anne Petit", "Bruno Leroy"]),
        ("Por Ana Ruiz y Benito Sanz", ["Ana Ruiz", "Benito Sanz"]),
        ("di Anna Rossi e Bruno Bianchi", ["Anna Rossi", "Bruno Bianchi"]),
        ("Door Anna de Vries en Bram Bakker", ["Anna de Vries", "Bram Bakker"]),
        ("Автор: Анна Иванова", ["Анна Иванова"]),
        ("Ursula von der Heide", ["Ursula von der Heide"]),
        ("Kommentar von Anna Müller", ["Anna Müller"]),
        ("Written by Anna Lee, Staff Writer", ["Anna Lee"]),
        ("Anna Lee | Senior Correspondent | Gazette News", ["Anna Lee"]),
        ("Anna Lee (al), Bo Chen (bc)", ["Anna Lee", "Bo Chen"]),
        ("Anna Lee, MD", ["Anna Lee"]),
        ("By Anna Lee anna.lee@gazette.example @annalee", ["Anna Lee"]),
        ("Anna Lee For Gazette.com", ["Anna Lee"]),
        ("김민수 기자", ["김민수"]),
        ("山田太郎 記者", ["山田太郎"]),
        ("Felix Groß und Jörg Alt, dpa", ["Felix Groß", "Jörg Alt"]),
        ("dpa", ["dpa"]),
        ("News Staff", ["News Staff"]),
        ("https://gazette.example/author/anna", []),
        ("", []),
    ],
)
def test_names_of_a_byline(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@given(st.text(max_size=400))
def test_any_text_gives_names_without_error(text: str) -> None:
    for name in names(text):
        assert name.strip() == name
        assert name


GIVEN = st.sampled_from(["Anna", "Bo", "Céline", "Đorđe", "Łucja", "Øystein", "Ana María", "Jean-Luc"])
FAMILY = st.sampled_from(["Lee", "O'Neill", "Müller", "von Berg", "Núñez", "Smith-Jones", "Żak"])
PERSON = st.builds("{} {}".format, GIVEN, FAMILY)


@given(
    st.lists(PERSON, min_size=1, max_size=5, unique=True),
    st.sampled_from([" and ", " und ", " et ", " & ", ", "]),
)
def test_a_list_of_names_comes_apart_again(people: list[str], last: str) -> None:
    text = ", ".join(people[:-1]) + (last if people[:-1] else "") + people[-1]
    assert names("By " + text) == people


def test_persons_come_before_organisations() -> None:
    author = [{"@type": "Organization", "name": "City Wire"}, {"@type": "Person", "name": "Anna Lee"}]
    assert read(declared(author)) == ["Anna Lee"]


def test_an_organisation_stands_when_nobody_is_named() -> None:
    assert read(declared({"@type": "Organization", "name": "Gazette"})) == ["Gazette"]


def test_the_site_itself_counts_as_an_organisation() -> None:
    html = (
        declared({"@type": "Person", "name": "gazette.example"})
        + '<h1>Bridge opens</h1><p class="byline">By Anna Lee</p>'
    )
    assert read(html) == ["Anna Lee"]


def test_addresses_are_no_names() -> None:
    assert read('<meta property="article:author" content="https://social.example/gazette">') == []


def test_last_name_first_is_turned() -> None:
    assert read(
        '<meta name="dc.creator" content="Lee, Anna"><meta name="dc.creator" content="Chen, Bo">'
    ) == [
        "Anna Lee",
        "Bo Chen",
    ]


def test_label_of_a_link_preview() -> None:
    html = '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Anna Lee">'
    assert read(html) == ["Anna Lee"]


@pytest.mark.parametrize(
    "byline",
    [
        '<p class="byline">By Anna Lee</p>',
        '<div class="meta"><a rel="author" href="/author/anna">Anna Lee</a></div>',
        '<span itemprop="author"><span itemprop="name">Anna Lee</span></span>',
        '<p>By <a href="/x">Anna Lee</a> | 5 May 2024</p>',
        "<p>Von Anna Lee</p>",
        '<div class="c-1">By</div><div class="c-2">Anna Lee</div>',
        '<a href="/people/anna-lee/">Anna Lee</a>',
    ],
)
def test_printed_bylines(byline: str) -> None:
    assert read(f"<h1>Bridge opens</h1>{byline}<p>It is open.</p>") == ["Anna Lee"]


def test_roles_beside_a_printed_name_are_left_out() -> None:
    html = (
        '<h1>x</h1><div class="author"><span>By</span><a href="/a">Anna Lee</a><span>Town Lead</span></div>'
    )
    assert read(html) == ["Anna Lee"]


def test_bylines_of_teasers_and_comments_are_not_the_articles() -> None:
    html = """<h1>Bridge opens</h1><p>Text.</p>
    <div class="related"><p class="byline">By Bo Chen</p></div>
    <ol class="comments"><li class="comment-author">Cara Diaz</li></ol>"""
    assert read(html) == []


def test_a_printed_byline_beats_the_name_of_an_account() -> None:
    html = '<meta name="author" content="webuser7"><h1>Bridge opens</h1><p>By Anna Lee</p>'
    assert read(html) == ["Anna Lee"]


def test_a_name_is_given_once() -> None:
    assert read(declared([{"name": "Anna Lee"}, {"name": "ANNA LEE"}, "Anna Lee"])) == ["Anna Lee"]


def test_a_name_alone_beside_the_day_is_the_byline() -> None:
    assert read("<h1>Bridge opens</h1><p>Ida Holm |</p><p>05.04.2025</p><p>The bridge.</p>") == ["Ida Holm"]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Ida Holm</p><p>The bridge is open.</p>",
        "<p>5 May 2025</p><p><a>Ida Holm</a> opened the bridge.</p>",
        "<p>By Harbour Ferries</p><p>5 May 2025</p>",
    ],
)
def test_a_name_alone_is_none_without_a_day_nor_in_a_sentence(html: str) -> None:
    assert "Ida Holm" not in read("<h1>Bridge opens</h1>" + html)
    assert "By Harbour Ferries" not in read("<h1>Bridge opens</h1>" + html)


def test_an_organisation_that_is_printed_as_the_byline_is_the_author() -> None:
    html = '<meta name="author" content="Harbour Team"><h1>Bridge opens</h1><p>By</p><p>Harbour Team</p>'
    html += '<p class="author-check">Ida Holm</p>'
    assert read(html) == ["Harbour Team"]


def test_a_role_after_a_name_is_no_author() -> None:
    html = "<h1>Bridge opens</h1><p><span>By</span> <b>Ida Holm</b> <span>, Harbour Columnist</span></p>"
    assert read(html) == ["Ida Holm"]


def test_all_authors_of_a_paper_are_named() -> None:
    html = '<meta name="dc.creator" content="Holm, Ida">'
    html += "".join(f'<meta name="citation_author" content="{name}">' for name in ("Holm, Ida", "Chen, Bo"))
    assert read(html) == ["Ida Holm", "Bo Chen"]
