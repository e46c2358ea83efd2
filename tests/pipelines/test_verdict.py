"""What never becomes a revision, and why; and what must not be mistaken for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipelines.model import Access, Capture, Drop, Extraction, Known, Outcome
from pipelines.revise import revise
from pipelines.verdict import judge, source
from tests.growth import grows_linearly
from tests.pipelines.pages import BODY, START, capture, page, plain_extract

HTML = (("Content-Type", "text/html; charset=utf-8"),)


def judged(visit: Capture, known: Known | None = None) -> Drop | None:
    return judge(visit, plain_extract(visit.body) if visit.status == 200 else Extraction(), known)


def known(body: bytes | None = None, **other: object) -> Known:
    extraction = plain_extract(body or page())
    latest = revise(None, extraction, withdrawn=False)
    facts = Known(
        1,
        "k",
        "https://www.example.com/bridge",
        extraction.access,
        False,
        None,
        extraction.modified,
        START,
        latest,  # type: ignore[arg-type]
    )
    return replace(facts, **other)  # type: ignore[arg-type]


def test_an_article_is_fit() -> None:
    assert judged(capture()) is None
    assert judged(capture(), known()) is None


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (304, Outcome.UNCHANGED, "not modified"),
        (301, Outcome.NOT_ARTICLE, "redirect"),
        (404, Outcome.GONE, "HTTP 404"),
        (410, Outcome.GONE, "HTTP 410"),
        (403, Outcome.FAILED, "HTTP 403"),
        (429, Outcome.FAILED, "HTTP 429"),
        (503, Outcome.FAILED, "HTTP 503"),
        (999, Outcome.FAILED, "HTTP 999"),
    ],
)
def test_statuses(status: int, outcome: Outcome, reason: str) -> None:
    assert judged(capture(status=status)) == Drop(outcome, reason)


@pytest.mark.parametrize(
    ("visit", "reason"),
    [
        (capture(b"%PDF-1.7", headers=(("content-type", "application/pdf"),)), "not HTML: application/pdf"),
        (capture(b"\x89PNG\r\n\x1a\n\0\0", headers=HTML), "not HTML: binary"),
        (capture(b"only words", headers=()), "not HTML: binary"),
    ],
)
def test_not_html(visit: Capture, reason: str) -> None:
    assert judge(visit, Extraction(), None) == Drop(Outcome.NOT_ARTICLE, reason)


def test_html_is_known_by_its_bytes_when_nothing_declares_it() -> None:
    assert judged(capture(headers=())) is None
    wide = capture(page().decode().encode("utf-16"), headers=HTML)
    assert judge(wide, plain_extract(page()), None) is None


def test_empty_and_truncated() -> None:
    assert judged(capture(b" \n ")) == Drop(Outcome.FAILED, "empty")
    assert judged(capture(truncated="length")) == Drop(Outcome.FAILED, "truncated: length")


@pytest.mark.parametrize("kind", ["listing", "video", "other"])
def test_a_page_of_another_kind(kind: str) -> None:
    assert judged(capture(page(kind=kind))) == Drop(Outcome.NOT_ARTICLE, kind)


@pytest.mark.parametrize("kind", ["live blog", "gallery"])
def test_kinds_that_are_archived(kind: str) -> None:
    assert judged(capture(page(kind=kind))) is None


@pytest.mark.parametrize(
    "title",
    [
        "404", "Error 404", "Page not found", "404 - Not Found", "This article no longer exists",
        "We can't find that page", "Seite nicht gefunden", "Page introuvable", "Página no encontrada",
        "Pagina non trovata", "Página não encontrada", "Pagina niet gevonden", "Sidan hittades inte",
        "Siden blev ikke fundet", "Sivua ei löytynyt", "Strony nie znaleziono - Nie znaleziono",
        "Stránka nenalezena", "Страница не найдена", "Sayfa bulunamadı",
        "ページが見つかりません", "页面不存在",
    ],
)  # fmt: skip
def test_a_soft_404_in_many_languages(title: str) -> None:
    assert judged(capture(page(title, "Try the search."))) == Drop(Outcome.WITHHELD, "soft 404")


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("404 new homes for the harbour", "The council approved the plan on Tuesday."),
        ("Missing walker not found after two days", "The search goes on in the hills."),
        ("Page not found: a history of the error", BODY),
        ("Museum buys a page of the Gutenberg Bible", "It was found in an attic."),
        ("Access to beaches denied", "The council closed them on Tuesday."),
    ],
)
def test_short_news_is_no_soft_404(title: str, text: str) -> None:
    assert judged(capture(page(title, text))) is None


@pytest.mark.parametrize(
    "title", ["Just a moment...", "Attention Required!", "Are you a robot?", "Access Denied"]
)
def test_a_captcha(title: str) -> None:
    assert judged(capture(page(title, "Please wait."))) == Drop(Outcome.WITHHELD, "captcha")


def test_a_consent_wall() -> None:
    wall = page("Before you continue", "We and our partners use cookies. Accept all or manage settings.")
    assert judged(capture(wall)) == Drop(Outcome.WITHHELD, "consent wall")


def test_the_document_title_gives_a_soft_404_away() -> None:
    stub = page("Sorry", "Nothing here.", head="<title>Page not found | The Example</title>")
    assert judged(capture(stub)) == Drop(Outcome.WITHHELD, "soft 404")


def test_an_article_without_text() -> None:
    assert judged(capture(page(text=""))) == Drop(Outcome.NOT_ARTICLE, "no text")


TEASER = page(text=BODY[:200]).replace(b"<html", b"<html access='paywalled'")


def test_a_teaser_is_archived_unless_the_full_text_is_known() -> None:
    assert judged(capture(TEASER)) is None
    assert judged(capture(TEASER), known()) == Drop(Outcome.WITHHELD, "paywall teaser")
    assert judged(capture(TEASER), known(TEASER, access=Access.PAYWALLED)) is None


def test_the_full_text_may_follow_a_teaser() -> None:
    assert judged(capture(), known(TEASER, access=Access.PAYWALLED)) is None


def dated(modified: str, text: str) -> bytes:
    return page(text=text).replace(b"<html", f"<html modified='{modified}'".encode())


def test_an_older_version_is_withheld() -> None:
    newer = known(dated("2026-03-01T12:00:00+01:00", BODY))
    stale = dated("2026-03-01T10:00:00+00:00", BODY + "Old.")
    assert judged(capture(stale), newer) == Drop(Outcome.WITHHELD, "older version")
    assert judged(capture(dated("2026-03-01T11:00:00+00:00", BODY + "New.")), newer) is None
    assert judged(capture(dated("2026-03-01", BODY + "New.")), newer) is None


def test_a_capture_from_before_the_known_one_is_withheld_unless_it_says_the_same() -> None:
    later = known(seen=START + timedelta(days=1))
    assert judged(capture(page(text=BODY + "Old.")), later) == Drop(Outcome.WITHHELD, "older version")
    assert judged(capture(), later) is None


def paywalled(text: str, access: str = "paywalled") -> bytes:
    return page(text=text).replace(b"<html", f"<html access='{access}'".encode())


@pytest.mark.parametrize("access", ["paywalled", "metered"])
def test_a_teaser_is_known_by_its_beginning_where_the_full_text_was_marked_too(access: str) -> None:
    full = known(paywalled(BODY, access), access=Access(access))
    cut = " ".join(BODY.split()[:30])
    for teaser in (cut, cut + "\n\nSubscribe to read"):
        assert judged(capture(paywalled(teaser, access)), full) == Drop(Outcome.WITHHELD, "paywall teaser")
    assert judged(capture(paywalled("Quite another story it is now. " * 4, "metered")), full) is None
    assert judged(capture(page(text=cut)), full) is None  # an editor may cut an open article


def test_a_date_in_the_future_holds_up_no_later_version() -> None:
    wrong = known(dated("2126-03-01T12:00:00+00:00", BODY))
    assert judged(capture(dated("2026-03-02T12:00:00+00:00", BODY + "New."), day=1), wrong) is None
    wrong = known(dated("2126-03-01", BODY))
    assert judged(capture(dated("2026-03-02", BODY + "New."), day=1), wrong) is None


@pytest.mark.parametrize(
    ("before", "after", "older"),
    [
        ("2026-03-01T10:00:00+00:00", "2026-02-27", True),
        ("2026-03-01T10:00:00+00:00", "2026-02-28", False),
        ("2026-03-01", "2026-02-27T23:00:00+00:00", True),
        ("2026-03-01", "2026-02-28T02:00:00+00:00", False),
        ("2026-03-01", "2026-02-28", True),
        ("2026-03-01T10:00:00", "2026-02-28T10:00:00", True),
        ("0001-01-01T00:00:00+14:00", "2026-03-01", False),
    ],
)
def test_moments_and_days_are_compared_with_care(before: str, after: str, older: bool) -> None:
    told = judged(capture(dated(after, BODY + "Other.")), known(dated(before, BODY)))
    assert told == (Drop(Outcome.WITHHELD, "older version") if older else None)


def test_a_part_of_a_page_is_truncated() -> None:
    assert judged(capture(status=206)) == Drop(Outcome.FAILED, "truncated: partial content")


LONG_WALL = (
    "We and our 843 partners store and use cookies on your device. You may accept all, or manage your "
    "privacy settings. We value your privacy. "
    + "A partner measures how you read, and keeps that for a while. "
    * 25
)


def test_a_long_consent_wall() -> None:
    assert len(LONG_WALL.split()) > 300
    assert judged(capture(page("The Example", LONG_WALL))) == Drop(Outcome.WITHHELD, "consent wall")


def test_an_article_about_cookies_is_none() -> None:
    text = (
        "Sites that use cookies must ask, the court said. " + "Readers accept all too often, it found. " * 12
    )
    assert judged(capture(page("What cookies may do", text))) is None


@pytest.mark.parametrize(
    "mark", ["window._cf_chl_opt={}", "<div id='px-captcha'>", "Incapsula incident ID: 1"]
)
def test_a_captcha_in_any_language_is_known_by_its_guard(mark: str) -> None:
    stub = page("Einen Augenblick", "Bitte warten.", head=mark)
    assert judged(capture(stub)) == Drop(Outcome.WITHHELD, "captcha")
    assert judged(capture(page(head=mark))) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Please confirm that you are not a robot to go on.", "captcha"),
        ("Accept all to go on reading for free.", "consent wall"),
        ("Sorry, the page could not be found; see our front page. Page not found.", "soft 404"),
    ],
)
def test_a_wall_where_an_article_stood_needs_one_cue(text: str, reason: str) -> None:
    wall = capture(page("The Example", text))
    assert judged(wall, known()) == Drop(Outcome.WITHHELD, reason)


def test_an_article_that_was_cut_short_may_speak_of_robots() -> None:
    before = known(page(text="Shops must ask: are you a robot? So the council voted. " * 20))
    assert (
        judged(capture(page(text="Shops must ask: are you a robot? So the council voted.")), before) is None
    )


@pytest.mark.parametrize(
    "title", ["500 Internal Server Error", "Service unavailable", "Down for maintenance", "Wartungsarbeiten"]
)
def test_an_error_page_under_status_200(title: str) -> None:
    drop = judged(capture(page(title, "Please come back later.")))
    assert drop == Drop(Outcome.WITHHELD, "error page")
    assert drop is not None
    assert drop.evidence == f'says "{title}"'
    assert judged(capture(page(title))) is None  # an article about one


def test_a_page_that_ends_within_a_tag_or_before_what_is_known() -> None:
    cut = page()[:-40] + b'<p class="standf'
    assert judged(capture(cut)) == Drop(Outcome.FAILED, "truncated: ends within a tag")
    whole = page()
    half = page(text=BODY[: len(BODY) // 2]).partition(b"</body>")[0]
    assert judged(capture(half), known(whole)) == Drop(Outcome.FAILED, "truncated: no end")
    assert judged(capture(half)) is None  # nobody knows that there was more
    assert judged(capture(page(text=BODY[: len(BODY) // 2])), known(whole)) is None  # shortened, and ended


def test_another_language_edition_is_no_version() -> None:
    drop = judge(
        capture(page(text=GERMAN)),
        replace(plain_extract(page(text=GERMAN)), language="de"),
        known(language="en"),
    )
    assert drop == Drop(Outcome.WITHHELD, "wrong language edition")
    assert drop is not None
    assert drop.evidence == "is in de, the article is in en"
    corrected = replace(plain_extract(page(text=BODY + "More.")), language="de")
    assert judge(capture(page(text=BODY + "More.")), corrected, known(language="en")) is None


GERMAN = "Der Rat beschloss am Montag, die alte Mühle zu erhalten und sie im Sommer allen zu zeigen. " * 12


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (page("Page not found", "Try the search."), 'says "Page not found"'),
        (page("Log in", "<input type=password>"), 'says "Log in", and asks for a password'),
    ],
)
def test_a_verdict_carries_its_evidence(body: bytes, said: str) -> None:
    drop = judged(capture(body))
    assert drop is not None
    assert drop.evidence == said


def test_the_source_of_a_page_is_looked_at_in_linear_time() -> None:
    def looked_at(body: bytes) -> object:
        return source(capture(body), Extraction())

    assert grows_linearly(looked_at, lambda times: b"<title" * times, 1_300)
    assert source(capture(b"<input type=password>"), Extraction()).asks_password
