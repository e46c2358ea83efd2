from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import dates
from pipelines.article.markup import Markup

CET = timezone(timedelta(hours=1))


def read(html: str, url: str | None = None, language: str | None = "en") -> dates.Dates:
    return dates.read(Markup(LexborHTMLParser(html), url), language)


ARTICLE = (
    '<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Bridge opens", {}}}</script>'
)


def test_publication_comes_before_modification() -> None:
    html = ARTICLE.format(
        '"datePublished": "2024-03-05T10:00:00+01:00", "dateModified": "2024-03-07T10:00:00+01:00"'
    )
    found = read(html)
    assert found.published == datetime(2024, 3, 5, 10, tzinfo=CET)
    assert found.modified == datetime(2024, 3, 7, 10, tzinfo=CET)


def test_an_impossible_declaration_gives_way_to_the_next_one() -> None:
    html = ARTICLE.format('"datePublished": "1970-01-01T00:00:00Z"')
    html += '<meta property="article:published_time" content="2024-03-05">'
    assert read(html).published == date(2024, 3, 5)


def test_modification_alone_stands_for_publication() -> None:
    assert read('<meta property="og:updated_time" content="2024-03-05">').published == date(2024, 3, 5)


def test_a_time_element_tells_the_offset_of_a_utc_moment() -> None:
    html = ARTICLE.format('"datePublished": "2024-03-05T23:30:00Z"')
    html += '<h1>Bridge opens</h1><time datetime="2024-03-06T00:30:00+01:00">6 March</time>'
    published = read(html).published
    assert isinstance(published, datetime)
    assert published.isoformat() == "2024-03-06T00:30:00+01:00"


def test_a_printed_clock_tells_the_offset_of_a_utc_moment() -> None:
    html = ARTICLE.format('"datePublished": "2024-03-06T01:48:19Z"')
    html += '<h1>Bridge opens</h1><time datetime="2024-03-05 20:48:19">March 5 at 8:48 p.m.</time>'
    published = read(html).published
    assert isinstance(published, datetime)
    assert published.utcoffset() == timedelta(hours=-5)


def test_a_printed_date_near_the_headline_beats_one_of_a_teaser() -> None:
    html = """<body><div class="teaser"><time datetime="2019-01-01">1 Jan 2019</time></div>
    <h1>Bridge opens</h1><p class="published">Posted 5 March 2024</p>
    <div class="related"><span class="date">7 May 2020</span></div>"""
    assert read(html).published == date(2024, 3, 5)


def test_an_update_gives_way_to_a_publication() -> None:
    html = '<h1>x</h1><i class="date">Updated 7 March 2024</i><i class="date">5 March 2024</i>'
    assert read(html).published == date(2024, 3, 5)


def test_an_unmarked_text_near_the_headline_is_found() -> None:
    assert read("<h1>Brücke offen</h1><div>Von Ida Holm</div><div>5. März 2024</div>").published == date(
        2024, 3, 5
    )


def test_the_address_tells_a_date_where_nothing_else_does() -> None:
    assert read("<h1>x</h1>", "https://news.example/2024/03/05/bridge").published == date(2024, 3, 5)
    assert read("<h1>x</h1>", "https://news.example/2024/mar/05/bridge").published == date(2024, 3, 5)
    assert read("<h1>x</h1>", "https://news.example/20240305-bridge").published == date(2024, 3, 5)
    assert read("<h1>x</h1>", "https://news.example/12345678/bridge").published is None


def test_numbers_are_read_in_the_language_of_the_page() -> None:
    html = '<h1>x</h1><span class="date">3/4/2024</span>'
    assert read(html, language="en").published == date(2024, 3, 4)
    assert read(html, language="fr").published == date(2024, 4, 3)


def test_a_page_without_any_date_has_none() -> None:
    assert read("<h1>Bridge opens</h1><p>Nothing here</p>") == dates.Dates()


def test_the_address_tells_the_first_publication_of_an_article_that_was_moved() -> None:
    html = ARTICLE.format('"datePublished": "2024-03-05T10:00:00+01:00"')
    assert read(html, "https://news.example/2017/7/12/bridge").published == date(2017, 7, 12)


def test_the_address_of_a_copy_in_a_web_archive_is_not_its_date() -> None:
    address = "https://archive.example/web/20160218174457/http://news.example/bridge"
    assert read("<h1>x</h1>", address).published is None
    assert read("<h1>x</h1>", address.replace("bridge", "2010/05/19/bridge")).published == date(2010, 5, 19)


def test_a_step_of_the_address_is_the_local_day_of_a_utc_moment() -> None:
    html = ARTICLE.format('"datePublished": "2018-12-31T23:11:59Z"')
    assert read(html, "https://news.example/2019/01/01/bridge/").published == date(2019, 1, 1)


def test_a_printed_day_corrects_a_declaration_that_is_the_last_change() -> None:
    html = ARTICLE.format('"datePublished": "2025-11-05", "dateModified": "2025-11-05"')
    html += '<h1>Bridge opens</h1><p class="date">January 31, 2024</p>'
    assert read(html).published == date(2024, 1, 31)


def test_a_later_printed_day_does_not_replace_the_declared_publication() -> None:
    html = ARTICLE.format('"datePublished": "2024-03-05", "dateModified": "2024-09-05"')
    html += '<h1>Bridge opens</h1><p class="date">September 5, 2024</p>'
    assert read(html).published == date(2024, 3, 5)


def test_an_embedded_post_is_not_the_article() -> None:
    html = ARTICLE.format('"datePublished": "2024-03-05", "dateModified": "2024-03-05"')
    html += '<h1>Bridge opens</h1><div class="instagram-media"><time datetime="2018-03-27">x</time></div>'
    assert read(html).published == date(2024, 3, 5)


def test_figures_that_tell_no_month_follow_the_other_dates_of_the_page() -> None:
    html = ARTICLE.format('"datePublished": "03-09-2026"') + "<h1>Bridge opens</h1><p>March 9, 2026</p>"
    assert read(html).published == date(2026, 3, 9)


def test_the_label_before_a_date_says_which_it_is() -> None:
    html = "<h1>x</h1><p>By Ida Holm. Last updated 4 June 2020, originally created 17 June 2019</p>"
    assert read(html).published == date(2019, 6, 17)
    apart = "<b>Reviewed</b><i class=date>2 May 2024</i><b>Published</b><i class=date>5 March 2024</i>"
    assert read("<h1>x</h1>" + apart).published == date(2024, 3, 5)


@pytest.mark.parametrize(
    "html",
    [
        "<h1>Brücke offen <small>05.03.2024 • Ort</small></h1>",
        f"<h1>Brücke</h1><p>(05.03.2024) {'Die Brücke ist wieder offen. ' * 9}</p>",
        f"<h1>Brücke</h1><p>5.3.2024 - {'Die Brücke ist wieder offen. ' * 9}</p>",
        "<title>Brücke offen | Anzeiger | 05.03.2024</title><h1>Brücke offen</h1>",
        "<div>05.03.2024</div><ul>" + "<li>Ort</li>" * 300 + "</ul><h1>Suche</h1>",
        "<h1>Brücke</h1><table><tr><td>05 | 03 | 2024</td></tr></table>",
    ],
)
def test_places_where_a_date_stands(html: str) -> None:
    assert read(html, language="de").published == date(2024, 3, 5)


def test_of_the_days_printed_one_of_the_month_in_the_address_is_the_articles() -> None:
    html = "<h1>New books</h1><p>by Ida Holm · Dec 20, 2025</p><p>Released: June 17, 2025</p>"
    assert read(html, "https://gazette.example/2025/12/new-books").published == date(2025, 12, 20)


def test_an_earlier_day_printed_as_that_of_publication_comes_before_what_markup_says() -> None:
    html = (
        '<meta property="article:published_time" content="2026-03-13T10:00:00+02:00">'
        '<meta property="article:modified_time" content="2026-03-14T10:00:00+02:00">'
        '<h1>Bridge opens</h1><p class="date">Published 27 March 2025</p>'
    )
    assert read(html).published == date(2025, 3, 27)


def test_without_an_h1_the_lower_heading_that_says_the_title_is_the_place_of_the_day() -> None:
    html = (
        "<title>The harbour bridge opens - Gazette</title><p class=date>6 May 2025</p><h2>Tides of today</h2>"
        "<h2>The harbour bridge opens</h2><p class=date>Published 5 May 2025</p>"
    )
    assert read(html).published == date(2025, 5, 5)


def test_a_script_beside_the_headline_is_no_text() -> None:
    html = "<h1>Bridge opens</h1><script>published('1 May 2020')</script><p>5 May 2025</p>"
    assert read(html).published == date(2025, 5, 5)


@pytest.mark.parametrize(
    "html",
    [
        '<div class="page withsidebar"><h1>Bridge opens</h1><p class="date">5 March 2024</p></div>',
        '<h1>Bridge opens</h1><div class="elementor-widget"><p class="date">5 March 2024</p></div>',
        '<h1>Bridge opens</h1><div class="entry-footer"><p class="date">5 March 2024</p></div>',
    ],
)
def test_layout_around_an_article_does_not_hide_its_date(html: str) -> None:
    html = '<meta property="article:published_time" content="2024-04-24T10:00:00+02:00">' + html
    assert read(html).published == date(2024, 3, 5)


REPRINTED = (
    '<meta property="article:published_time" content="2013-03-11T10:00:00+01:00">{}<h1>Bridge opens</h1>{}'
)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", '<p class="posted-on">20 March 2023</p>'),
        ("", "<p>Published 20 March 2023</p>"),
        ('<meta name="date" content="2023-03-20">', "<p>20 March 2023</p>"),
    ],
)
def test_a_later_day_is_believed_that_is_printed_as_publication_or_named_twice(head: str, body: str) -> None:
    assert read(REPRINTED.format(head, body)).published == date(2023, 3, 20)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "<p>20 March 2023</p>"),
        ("", '<p class="posted-on">12 March 2013</p>'),
        ("", '<p class="posted-on">20 March 2023</p><p class="posted-on">18 March 2023</p>'),
        ("", "<p>Updated on <time class='entry-date published'>20 March 2023</time></p>"),
        ("", "<p>First published in 2013. Last updated on 20 March 2023.</p>"),
        ('<meta property="article:modified_time" content="2023-03-20">', "<p>Published 20 March 2023</p>"),
        (
            '<meta name="date" content="2023-03-20">',
            '<p class="date">20 March 2023</p><p>Updated: 20 March 2023</p>',
        ),
    ],
)
def test_a_later_day_that_is_a_change_or_only_printed_is_not_the_publication(head: str, body: str) -> None:
    assert str(read(REPRINTED.format(head, body)).published) == "2013-03-11 10:00:00+01:00"


def test_json_in_a_meta_element_is_read_where_nothing_else_has_a_day() -> None:
    html = '<meta name="page-data" content=\'{"title": "Bridge opens", "pub_date": "2024-03-05"}\'>'
    assert read(html).published == date(2024, 3, 5)


def test_an_address_that_ends_with_the_year_is_read_where_nothing_else_has_a_day() -> None:
    assert read("<h1>Bridge opens</h1>", "https://gazette.example/news/29-10-2021").published == date(
        2021, 10, 29
    )


@pytest.mark.parametrize(
    "label",
    [
        "Uppdaterad",
        "Oppdatert",
        "Päivitetty",
        "Aktualizacja:",
        "Frissítve:",
        "Оновлено",
        "更新日:",
        "Cập nhật",
    ],
)
def test_a_day_that_is_labelled_as_a_change_in_some_language_gives_way(label: str) -> None:
    html = f"<h1>Bridge opens</h1><p>{label} 7.3.2024</p><p>5.3.2024</p>"
    assert read(html, language="fi").published == date(2024, 3, 5)
