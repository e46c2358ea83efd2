from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.article import notations

CET = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05",
        "20240305",
        "2024/03/05",
        "2024-03-05T14:30:00",
        "5 March 2024",
        "5th March 2024",
        "March 5, 2024",
        "Mar. 5, 2024 3:04 PM",
        "Tuesday, March 5th, 2024",
        "Published: 05-Mar-2024",
        "5. März 2024, 14:30 Uhr",
        "5 mars 2024 à 14h30",
        "Publicado el 5 de marzo de 2024",
        "5 marzo 2024",
        "5 de março de 2024",
        "5 maart 2024",
        "5. března 2024",
        "5 marca 2024",
        "5 Mart 2024 Salı",
        "5 Maret 2024",
        "5 марта 2024, 12:00",
        "5 березня 2024",
        "Τρίτη 5 Μαρτίου 2024",
        "5. maaliskuuta 2024",
        "5. marts 2024",
        "٥ مارس ٢٠٢٤",
        "2024年3月5日 12時30分",
        "2024년 3월 5일",
        "2024. 3. 5.",
        "5.3.2024",
        "05.03.24",
        "5/3/2024",
        "5 mars 2024",
        "e martë, 5 mars 2024",
        "5 mart 2024",
        "2024(e)ko martxoaren 5(a)",
        "5 сакавіка 2024 г.",
        "মঙ্গলবার, ৫ মার্চ, ২০২৪",
        "5. ožujka 2024.",
        "5 Marso 2024",
        "5 მარტი, 2024",
        "יום שלישי, 5 במרץ 2024",
        "मंगलवार, 5 मार्च 2024",
        "5 Mac 2024",
        "2024 թ. մարտի 5, երեքշաբթի",
        "2024 ж. 5 наурыз",
        "2024-ж., 5-март",
        "otrdiena, 2024. gada 5. marts",
        "2024 m. kovo 5 d.",
        "5 март 2024 г.",
        "2024 оны 3-р сарын 5",
        "سه‌شنبه ۵ مارس ۲۰۲۴",
        "5. март 2024.",
        "5 மார்ச், 2024",
        "5, మార్చి 2024, మంగళవారం",
        "5 มีนาคม ค.ศ. 2024",
        "วันอังคารที่ 5 มีนาคม พ.ศ. 2567",
        "5 มี.ค. 2567",
        "5 бер. 2024 р.",
        "5 مارچ، 2024",
        "5 tháng 3, 2024",
        "ngày 5 tháng 3 năm 2024",
        "5 thg 3, 2024",
        "\u200f5\u200f/3\u200f/2024",
        "5 ማርች 2024",
    ],
)
def test_the_notations_of_many_countries_are_one_day(text: str) -> None:
    found = notations.parse(text)
    assert found is not None
    assert notations.day(found) == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05T14:30:00Z", datetime(2024, 3, 5, 14, 30, tzinfo=UTC)),
        ("2024-03-05T14:30:15.123+01:00", datetime(2024, 3, 5, 14, 30, 15, tzinfo=CET)),
        ("2024-03-05 14:30:00 +0100", datetime(2024, 3, 5, 14, 30, tzinfo=CET)),
        ("Tue, 05 Mar 2024 14:30:00 GMT", datetime(2024, 3, 5, 14, 30, tzinfo=UTC)),
        ("Tue Mar  5 14:30:00 CET 2024", datetime(2024, 3, 5, 14, 30, tzinfo=CET)),
        ("March 5, 2024 at 2:30 p.m. EST", datetime(2024, 3, 5, 19, 30, tzinfo=UTC)),
        ("1709649000", datetime(2024, 3, 5, 14, 30, tzinfo=UTC)),
        ("1709649000000", datetime(2024, 3, 5, 14, 30, tzinfo=UTC)),
    ],
)
def test_time_and_offset_are_kept(text: str, moment: datetime) -> None:
    assert notations.parse(text) == moment


def test_a_time_without_offset_is_a_day() -> None:
    assert type(notations.parse("2024-03-05T14:30:00")) is date


@pytest.mark.parametrize(
    "text",
    ["", "no date", "1970-01-01", "0000-00-00", "2024-02-30", "May 2024", "version 10.2", "99/99/2024", "5"],
)
def test_what_is_no_day_of_publication_is_none(text: str) -> None:
    assert notations.parse(text) is None


@pytest.mark.parametrize("text", ["10 am 23", "2 के 23", "11 พุทธ 2567", "5 tháng 13, 2024"])
def test_words_that_are_no_months_are_passed_over(text: str) -> None:
    assert notations.parse(text) is None


@pytest.mark.parametrize(
    "text", ["28 كانون الأول 2023", "28 دجنبر 2023", "28 Nollaig 2023", "28 דצמ׳ 2023", "28 ธ.ค. 2566"]
)
def test_names_of_one_region_or_of_two_words(text: str) -> None:
    assert notations.parse(text) == date(2023, 12, 28)


def test_a_time_before_a_day_does_not_hide_it() -> None:
    assert notations.parse("10 am 23 March 2024") == date(2024, 3, 23)


def test_slashes_are_read_as_the_country_writes_them() -> None:
    assert notations.parse("3/4/2024", month_first=True) == date(2024, 3, 4)
    assert notations.parse("3/4/2024") == date(2024, 4, 3)
    assert notations.parse("3/14/2024") == date(2024, 3, 14)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)), st.integers(-14 * 4, 14 * 4))
def test_iso_round_trip(naive: datetime, quarters: int) -> None:
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    assert notations.parse(moment.isoformat()) == moment


@given(
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%Y/%m/%d"]),
)
def test_written_days_round_trip(day: date, pattern: str) -> None:
    assert notations.parse(day.strftime(pattern)) == day


@given(st.text(max_size=500))
def test_any_text_is_parsed_without_error(text: str) -> None:
    assert all(stamp.year >= notations.FIRST_YEAR for stamp in notations.find(text))
