from __future__ import annotations

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import authors
from pipelines.article.markup import Markup


def read(html: str, url: str = "https://gazette.example/a") -> list[str]:
    return list(authors.read(Markup(LexborHTMLParser(html), url)).names)


def declared(author: object, kind: str = "NewsArticle") -> str:
    node = {"@type": kind, "headline": "Bridge opens", "author": author}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


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


def test_several_names_in_one_object_are_several_authors() -> None:
    assert read(declared({"@type": "Person", "name": ["Ida Holm", "Bo Chen"]})) == ["Ida Holm", "Bo Chen"]


def test_a_name_that_begins_with_the_sites_is_an_organisations() -> None:
    assert read(declared(["Ida Holm", "GAZETTE HARBOUR"])) == ["Ida Holm"]


def test_a_name_with_the_sites_address_is_the_sites() -> None:
    html = '<meta name="author" content="Harbour Wave (www.gazette.example)"><h1>Bridge opens</h1>'
    assert read(html + '<p class="byline">By Ida Holm</p>') == ["Ida Holm"]


@pytest.mark.parametrize("label", ["Reviewed by", "Medically reviewed by", "Edited by", "Photography by"])
def test_whoever_did_other_work_is_no_author(label: str) -> None:
    html = declared(["Ida Holm", "Bo Chen"]) + "<h1>Bridge opens</h1>"
    assert read(f"{html}<p>By <b>Ida Holm</b></p><p>{label}</p><p>Bo Chen</p>") == ["Ida Holm"]


def test_a_byline_that_names_more_than_markup_is_believed() -> None:
    html = declared("Ida Holm") + "<h1>Bridge opens</h1><p>By <a>Ida Holm</a> and <a>Bo Chen</a></p>"
    assert read(html) == ["Ida Holm", "Bo Chen"]


def test_a_long_byline_is_read_to_its_end() -> None:
    people = ["Ida Holm", "Bo Chen", "Anna Lee", "Cara Diaz"]
    html = "By " + ", ".join(f"<a>{name}</a>" for name in people)
    assert read(f"<h1>Bridge opens</h1><p>{html}</p><p>The bridge.</p>") == people


def test_a_single_word_declared_gives_way_to_a_name_beside_the_day() -> None:
    html = declared("webuser") + "<h1>Bridge opens</h1><p>Ida Holm</p><p>5.4.2025</p><p>The bridge.</p>"
    assert read(html) == ["Ida Holm"]
    html = declared("Bo Chen") + "<h1>Bridge opens</h1><p>Ida Holm</p><p>5.4.2025</p><p>The bridge.</p>"
    assert read(html) == ["Bo Chen"]


def test_a_name_with_role_and_day_in_one_line() -> None:
    html = "<h1>Bridge opens</h1><p>Ida van Holm | Senior Writer | July 2, 2025</p><p>The bridge.</p>"
    assert read(html) == ["Ida van Holm"]


@pytest.mark.parametrize("label", ["Author(s)", "Autorin/Autor", "Auteur :", "Автор:"])
def test_names_behind_a_label_in_a_box_of_facts(label: str) -> None:
    html = "<h1>Bridge opens</h1>" + "<p>The bridge.</p>" * 30
    html += f"<ul><li><b>{label}</b></li><li>Ida Holm</li><li>Bo Chen</li><li>More of it</li></ul>"
    assert read(html) == ["Ida Holm", "Bo Chen"]


def test_names_in_strong_type_before_the_body() -> None:
    html = declared({"@type": "Organization", "name": "Gazette"}) + "<h1>Bridge opens</h1>"
    assert read(f"{html}<p><strong>Ida Holm/Bo Chen</strong></p><p>It is open.</p>") == [
        "Ida Holm",
        "Bo Chen",
    ]
    assert read(f"{html}<p>Ida Holm/Bo Chen</p><p>It is open.</p>") == ["Gazette"]


def test_an_acronym_behind_by_is_who_wrote_it() -> None:
    assert read("<h1>Bridge opens</h1><p>By HTN, in</p><p>The bridge.</p>") == ["HTN"]


def test_it_is_told_whether_markup_names_anyone() -> None:
    printed = Markup(LexborHTMLParser("<h1>Bridge opens</h1><p>By Ida Holm</p>"))
    assert not authors.read(printed).declared
    assert authors.read(Markup(LexborHTMLParser(declared("Ida Holm")))).declared
