"""From a capture to rows: what becomes of first, changed, moved, copied, gone, broken and hostile pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipelines import reading
from pipelines.errors import ArchiveUnusable
from pipelines.intake import Intake
from pipelines.model import Capture, Change, Extraction, Kind, Outcome, SiteMemory, Taken
from pipelines.store import Archive
from tests.pipelines.pages import BODY, SITE, capture, page

URL = "https://www.example.com/bridge"
OTHER = "The harbour was closed after a storm tore a crane from its rails. " * 12


def rows(archive: Archive, sql: str) -> list[tuple[Any, ...]]:
    return archive._run(sql).fetchall()


def take(intake: Intake, *visits: Capture) -> Taken:
    """Take all; the answer to the last."""
    return [intake.take(visit, site="example") for visit in visits][-1]


def marked(attributes: str, body: bytes | None = None) -> bytes:
    return (body or page()).replace(b"<html", f"<html {attributes}".encode(), 1)


def test_a_new_article_and_all_that_hangs_on_it(archive: Archive, intake: Intake) -> None:
    body = marked(
        "published='2026-03-01T22:30:00-06:00' modified='2026-03-02' authors='Ann Reed;Bo Li' standfirst='So'"
    )
    taken = take(intake, capture(body))
    assert (taken.outcome, taken.change, taken.article, taken.kind) == (
        Outcome.ARTICLE,
        Change.FIRST,
        1,
        Kind.ARTICLE,
    )
    columns = "key, site, url, title, standfirst, byline, published, modified, utc_offset, day, kind, access"
    assert rows(archive, f"select {columns} from articles") == [
        (
            "example.com/bridge", "example", URL, "Bridge approved", "So", "Ann Reed, Bo Li",
            "2026-03-02T04:30:00Z", "2026-03-02", -360, "2026-03-01", "article", "open",
        )
    ]  # fmt: skip
    assert rows(
        archive, "select word_count, revisions, first_seen, last_seen, gone, confidence from articles"
    ) == [(132, 1, "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", None, 0.9)]
    assert rows(
        archive, "select name, position from article_authors join authors on id = author order by 2"
    ) == [
        ("Ann Reed", 1),
        ("Bo Li", 2),
    ]
    assert rows(archive, "select name from article_tags join tags on id = tag") == [
        ("bridges",),
        ("council",),
    ]
    assert rows(archive, "select article, url, caption, credit from images") == [
        (1, "https://www.example.com/bridge.jpg", "The bridge", "A. Painter")
    ]
    assert rows(archive, "select article, position, reason, text from removed_blocks") == [
        (1, 1, "share", "Share this")
    ]
    assert rows(archive, "select ordinal, change, capture, byline, modified, words_added from revisions") == [
        (1, "first", 1, "Ann Reed, Bo Li", "2026-03-02", 132)
    ]
    archive.commit()


def test_the_proof_of_a_capture_is_kept(archive: Archive, intake: Intake) -> None:
    visit = capture(chain=("http://example.com/b",))
    take(intake, visit)
    columns = "url, site, article, fetched, status, content_type, headers, length, verdict, reason, encoding"
    assert rows(archive, f"select {columns} from captures") == [
        (
            URL, "example", 1, "2026-03-01T12:00:00Z", 200, "text/html", '[["Content-Type", "text/html"]]',
            len(visit.body), "article", "first", "utf-8",
        )
    ]  # fmt: skip
    assert rows(archive, "select digest, chain, warc_file, warc_offset, warc_length from captures") == [
        (visit.digest, '["http://example.com/b"]', "warc/x.warc.gz", 7, 9)
    ]
    assert "newsarchive" in rows(archive, "select extractor from captures")[0][0]


def test_the_same_words_add_no_version(archive: Archive, intake: Intake) -> None:
    spaced = page(text=BODY.replace(" voted", "\u00a0voted"))
    taken = take(intake, capture(), capture(spaced, day=1))
    assert (taken.outcome, taken.article, taken.change) == (Outcome.UNCHANGED, 1, None)
    assert rows(archive, "select revisions, last_seen from articles") == [(1, "2026-03-02T12:00:00Z")]
    assert rows(archive, "select outcome, article from urls") == [("unchanged", 1)]


def test_not_modified_is_unchanged(archive: Archive, intake: Intake) -> None:
    taken = take(intake, capture(), capture(b"", day=1, status=304))
    assert (taken.outcome, taken.article) == (Outcome.UNCHANGED, 1)
    assert rows(archive, "select last_seen from articles") == [("2026-03-02T12:00:00Z",)]


def test_a_correction_rewrites_what_hangs_on_the_article(archive: Archive, intake: Intake) -> None:
    corrected = marked("authors='Cy Poe'", page(text=BODY.replace("Tuesday", "Monday", 1)))
    taken = take(intake, capture(marked("authors='Ann Reed'")), capture(corrected, day=1))
    assert taken.change is Change.CORRECTION
    assert rows(archive, "select ordinal, change, words_added, words_removed from revisions") == [
        (1, "first", 132, 0),
        (2, "correction", 1, 1),
    ]
    assert rows(archive, "select byline, revisions from articles") == [("Cy Poe", 2)]
    assert rows(archive, "select name from article_authors join authors on id = author") == [("Cy Poe",)]
    assert rows(archive, "select count(*) from removed_blocks") == [(1,)]
    assert "Monday" in rows(archive, "select text from article_text")[0][0]
    assert "Monday" not in rows(archive, "select text from revisions where ordinal = 1")[0][0]


def test_gone_leaves_a_tombstone_and_return_clears_it(archive: Archive, intake: Intake) -> None:
    taken = take(intake, capture(), capture(b"Gone", day=1, status=410))
    assert (taken.outcome, taken.change, taken.article) == (Outcome.GONE, Change.WITHDRAWN, 1)
    assert rows(archive, "select gone, revisions, title from articles") == [
        ("2026-03-02T12:00:00Z", 2, "Bridge approved")
    ]
    assert rows(archive, "select text <> '' from article_text") == [(1,)]
    again = take(intake, capture(b"Gone", day=2, status=404))
    assert (again.outcome, again.change) == (Outcome.GONE, None)
    back = take(intake, capture(day=3))
    assert (back.outcome, back.change) == (Outcome.ARTICLE, Change.RETURNED)
    assert rows(archive, "select gone, revisions from articles") == [(None, 3)]
    assert rows(archive, "select change from revisions order by ordinal") == [
        ("first",),
        ("withdrawn",),
        ("returned",),
    ]
    archive.commit()


def test_a_move_with_a_redirect_keeps_one_article(archive: Archive, intake: Intake) -> None:
    taken = take(intake, capture(), capture(path="news/bridge-approved", day=1, chain=(URL,)))
    assert (taken.outcome, taken.article) == (Outcome.UNCHANGED, 1)
    new = "https://www.example.com/news/bridge-approved"
    assert rows(archive, "select url from articles") == [(new,)]
    assert rows(archive, "select url, outcome, reason, article, leads_to from urls order by url") == [
        (URL, "duplicate", "redirect", 1, new),
        (new, "unchanged", "same words", 1, None),
    ]
    later = take(intake, capture(page(text=BODY + "Work starts in May."), path="news/bridge-approved", day=2))
    assert (later.article, later.change) == (1, Change.CORRECTION)


def test_a_door_that_leads_to_one_article_after_another_moves_none(archive: Archive, intake: Intake) -> None:
    today = "https://www.example.com/today"
    first = take(intake, capture(chain=(today,)))
    second = take(intake, capture(page("Harbour closed", OTHER), "harbour", day=1, chain=(today,)))
    assert (first.article, second.article, second.change) == (1, 2, Change.FIRST)
    assert rows(archive, "select article from urls where url = 'https://www.example.com/today'") == [(2,)]


def test_a_move_without_redirect_is_seen_when_the_old_address_is_gone(
    archive: Archive, intake: Intake
) -> None:
    moved = capture(path="news/bridge", day=2)
    taken = take(intake, capture(), capture(b"", day=1, status=404), moved)
    assert (taken.article, taken.change) == (1, Change.RETURNED)
    assert rows(archive, "select url, gone from articles") == [(moved.url, None)]
    late = take(intake, capture(b"", day=3, status=404))
    assert (late.outcome, late.change) == (Outcome.GONE, None)


def test_a_move_is_seen_when_the_new_address_was_met_first(archive: Archive, intake: Intake) -> None:
    """There it was a copy of what stood at the old one, which redirects to it now."""
    moved = capture(path="news/bridge", day=1)
    assert take(intake, capture(), moved).outcome is Outcome.DUPLICATE
    redirect = capture(b"", day=2, status=301, headers=(("Location", "/news/bridge"),))
    assert take(intake, redirect).outcome is Outcome.NOT_ARTICLE
    assert rows(archive, "select url from articles") == [(moved.url,)]
    elsewhere = capture(b"", "news/bridge", day=3, status=302, headers=(("Location", "/today"),))
    take(intake, elsewhere)
    assert rows(archive, "select url from articles") == [(moved.url,)]
    changed = capture(page(text=BODY.replace("Tuesday", "Monday", 1)), "news/bridge", day=4)
    assert take(intake, changed).change is Change.CORRECTION
    assert rows(archive, "select key, url from articles") == [("example.com/news/bridge", moved.url)]


def test_variants_of_an_address_are_one_article(archive: Archive, intake: Intake) -> None:
    tracked = capture(url="http://example.com/bridge?utm_source=feed&fbclid=1#top")
    taken = take(intake, tracked, capture(day=1))
    assert (taken.outcome, taken.article) == (Outcome.UNCHANGED, 1)
    assert rows(archive, "select url from articles") == [(URL,)]
    assert len(rows(archive, "select url from urls where article = 1")) == 2


@pytest.mark.parametrize("address", ["bridge/amp", "print?id=bridge"])
def test_a_copy_that_names_its_canonical_page(archive: Archive, intake: Intake, address: str) -> None:
    copy = capture(marked(f"canonical='{URL}'", page("Bridge approved | print", BODY[:300])), address, day=1)
    taken = take(intake, capture(), copy)
    assert (taken.outcome, taken.article) == (Outcome.DUPLICATE, 1)
    assert rows(archive, "select outcome, article from urls order by first_seen") == [
        ("article", 1),
        ("duplicate", 1),
    ]
    assert rows(archive, "select count(*), max(title) from articles") == [(1, "Bridge approved")]


def test_the_copy_may_come_first(archive: Archive, intake: Intake) -> None:
    copy = capture(marked(f"canonical='{URL}'"), "bridge/amp")
    assert take(intake, copy).change is Change.FIRST
    assert take(intake, capture(copy.body, "bridge/amp", day=1)).outcome is Outcome.UNCHANGED
    assert take(intake, capture(day=2)).article == 1
    assert rows(archive, "select key, url from articles") == [("example.com/bridge", URL)]
    assert take(intake, capture(copy.body, "bridge/amp", day=3)).outcome is Outcome.DUPLICATE


def test_a_template_that_calls_every_page_the_same_is_not_believed(archive: Archive, intake: Intake) -> None:
    lie = f"canonical='{URL}'"
    taken = take(
        intake, capture(marked(lie), "a"), capture(marked(lie, page("Harbour closed", OTHER)), "harbour")
    )
    assert (taken.article, taken.change) == (2, Change.FIRST)
    again = take(intake, capture(marked(lie, page("Harbour closed", OTHER)), "harbour", day=1))
    assert (again.article, again.outcome) == (2, Outcome.UNCHANGED)
    root = capture(marked("canonical='https://www.example.com/'", page("Mill sold", OTHER + "x")), "mill")
    assert take(intake, root).article == 3


def test_a_claim_on_an_address_that_nobody_has_seen_holds_until_it_is_seen(
    archive: Archive, intake: Intake
) -> None:
    """rel=canonical is believed where the texts agree, and nothing is known of it before."""
    harbour = capture(marked(f"canonical='{URL}'", page("Harbour closed", OTHER)), "harbour")
    assert take(intake, harbour).change is Change.FIRST
    wall = capture(page("Just a moment...", "Checking your browser."), day=1)
    assert take(intake, wall).outcome is Outcome.WITHHELD
    assert rows(archive, "select key, url from articles") == [("example.com/bridge", harbour.url)]
    bridge = take(intake, capture(day=2))
    assert (bridge.article, bridge.change) == (2, Change.FIRST)
    assert rows(archive, "select id, key, revisions from articles order by id") == [
        (1, "example.com/harbour", 1),
        (2, "example.com/bridge", 1),
    ]
    again = take(intake, capture(harbour.body, "harbour", day=3))
    assert (again.article, again.outcome) == (1, Outcome.UNCHANGED)


def test_a_listing_refutes_a_claim_too(archive: Archive, intake: Intake) -> None:
    harbour = capture(marked(f"canonical='{URL}'", page("Harbour closed", OTHER)), "harbour")
    listing = capture(page("All of the news", "One. Two.", kind="listing"), day=1)
    assert take(intake, harbour, listing).outcome is Outcome.NOT_ARTICLE
    assert rows(archive, "select key, url from articles") == [("example.com/harbour", harbour.url)]
    assert rows(archive, f"select article from urls where url = '{URL}'") == [(None,)]


def test_an_edition_that_names_the_main_one_stands_alone_whoever_read_it(
    archive: Archive, intake: Intake
) -> None:
    editions = {"en": URL, "es": "https://www.example.com/es/puente"}
    links = (f'<link rel="alternate" hreflang="{tag}" href="{url}">' for tag, url in editions.items())
    spanish = capture(
        marked(f"canonical='{URL}'", page("El puente", OTHER, head="".join(links))), "es/puente"
    )
    found = reading.read(spanish, reading.PAGE, SITE, SiteMemory())
    intake.write(replace(spanish, body=b"in another process"), found, site="example")
    assert rows(archive, "select key from articles") == [("example.com/es/puente",)]


def test_the_same_words_elsewhere_on_the_site_are_a_copy(archive: Archive, intake: Intake) -> None:
    taken = take(intake, capture(), capture(path="2026/03/bridge"))
    assert (taken.outcome, taken.reason, taken.article) == (Outcome.DUPLICATE, "copy", 1)


def test_the_same_words_of_another_day_are_another_article(archive: Archive, intake: Intake) -> None:
    daily = [marked(f"published='2026-03-0{day}'", page("Weather", "Sun.")) for day in (1, 2)]
    taken = take(intake, capture(daily[0], "weather-1"), capture(daily[1], "weather-2"))
    assert (taken.article, taken.change) == (2, Change.FIRST)


def test_what_is_no_article_is_in_the_ledger_with_its_reason(archive: Archive, intake: Intake) -> None:
    take(
        intake,
        capture(page(kind="listing"), ""),
        capture(status=500, path="broken"),
        capture(b"%PDF", "paper.pdf", headers=(("Content-Type", "application/pdf"),)),
        capture(page("Page not found", "Sorry."), "lost"),
        capture(status=404, path="never-there"),
        capture(b"", "old", status=302, headers=(("Location", "/new"),)),
    )
    intake.take(capture(b"User-agent: *", "robots.txt"), site="example", role="robots")
    assert rows(
        archive, "select substr(url, 25), outcome, reason, status, leads_to from urls order by url"
    ) == [
        ("", "not an article", "listing", 200, None),
        ("broken", "failed", "HTTP 500", 500, None),
        ("lost", "withheld", "soft 404", 200, None),
        ("never-there", "gone", "HTTP 404", 404, None),
        ("old", "not an article", "redirect", 302, "https://www.example.com/new"),
        ("paper.pdf", "not an article", "not HTML: application/pdf", 200, None),
        ("robots.txt", "not an article", "robots", 200, None),
    ]
    assert rows(archive, "select count(*) from captures") == [(7,)]
    assert rows(archive, "select count(*) from articles") == [(0,)]


@pytest.mark.parametrize(
    ("bad", "outcome"),
    [
        (capture(status=500, day=1), Outcome.FAILED),
        (capture(page("Page not found", "Sorry."), day=1), Outcome.WITHHELD),
        (capture(marked("access='paywalled'", page(text=BODY[:99])), day=1), Outcome.WITHHELD),
        (capture(page(text="cut"), day=1, truncated="disconnect"), Outcome.FAILED),
        (capture(page(kind="listing"), day=1), Outcome.NOT_ARTICLE),
        (capture(b"explode", day=1), Outcome.FAILED),
        (capture(page(text=BODY + "Older."), day=-1), Outcome.WITHHELD),
    ],
)
def test_a_bad_capture_leaves_the_article_alone(
    archive: Archive, intake: Intake, bad: Capture, outcome: Outcome
) -> None:
    take(intake, capture())
    before = rows(archive, "select * from articles join article_text using (id)")
    assert take(intake, bad).outcome is outcome
    assert rows(archive, "select * from articles join article_text using (id)") == before
    stands = "article" if bad.fetched < capture().fetched else outcome.value
    assert rows(archive, "select outcome, article from urls") == [(stands, 1)]
    assert rows(archive, "select count(*) from revisions") == [(1,)]


def test_a_page_that_breaks_the_cleaner_is_an_outcome(
    archive: Archive, intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("ERROR", logger="pipelines")
    taken = take(
        intake, capture(), capture(b"explode", "bomb"), capture(page("Harbour closed", OTHER), "harbour")
    )
    assert taken.outcome is Outcome.ARTICLE
    assert rows(archive, "select outcome, reason from urls where url like '%bomb'") == [
        ("failed", "error: ValueError")
    ]
    assert "https://www.example.com/bomb" in caplog.text
    archive.commit()
    assert rows(archive, "select articles from sites") == [(2,)]


def test_a_page_that_breaks_between_its_rows_leaves_none_of_them(
    archive: Archive, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("after the article's row")

    monkeypatch.setattr(archive, "put_revision", broken)
    assert take(intake, capture()).reason == "error: RuntimeError"
    archive.commit()
    assert rows(archive, "select count(*) from articles") == [(0,)]
    assert rows(archive, "select articles from sites") == [(0,)]
    assert rows(archive, "select outcome from urls") == [("failed",)]


def test_what_cannot_be_encoded_is_replaced(archive: Archive, intake: Intake) -> None:
    odd = page("T", BODY).replace(b"<h1>T</h1>", "<h1>T \ud83d</h1>".encode("utf-8", "surrogatepass"))
    assert take(intake, capture(odd)).change is Change.FIRST
    assert rows(archive, "select title from articles") == [("T \ufffd",)]


def test_an_unusable_archive_is_not_the_page_s_fault(archive: Archive, intake: Intake) -> None:
    archive.commit()
    archive._run("pragma query_only = on")
    with pytest.raises(ArchiveUnusable):
        take(intake, capture())


def test_a_site_that_is_not_listed(intake: Intake) -> None:
    assert SITE.key in intake._sites
    with pytest.raises(KeyError):
        intake.take(capture(), site="unknown")


def test_an_article_that_redirects_to_what_is_none_keeps_its_text_and_gives_no_address_away(
    archive: Archive, intake: Intake
) -> None:
    front = capture(page(kind="listing"), "", day=1, chain=(URL,))
    taken = take(intake, capture(), front)
    assert (taken.outcome, taken.article, taken.change) == (Outcome.NOT_ARTICLE, 1, None)
    assert rows(archive, "select url, outcome, reason, article from urls order by url") == [
        ("https://www.example.com/", "not an article", "listing", None),
        (URL, "not an article", "redirect", 1),
    ]
    assert rows(archive, "select revisions, gone from articles") == [(1, None)]


def test_an_older_capture_that_is_imported_late_tells_nothing_new(archive: Archive, intake: Intake) -> None:
    taken = take(intake, capture(), capture(b"", day=-1, status=404))
    assert (taken.outcome, taken.change) == (Outcome.GONE, None)
    assert rows(archive, "select outcome, status, first_seen, last_fetched from urls") == [
        ("article", 200, "2026-02-28T12:00:00Z", "2026-03-01T12:00:00Z")
    ]
    assert rows(archive, "select gone from articles") == [(None,)]


def test_an_article_that_redirects_to_nothing_is_gone(archive: Archive, intake: Intake) -> None:
    taken = take(intake, capture(), capture(b"", "404.html", day=1, status=404, chain=(URL,)))
    assert (taken.outcome, taken.change) == (Outcome.GONE, Change.WITHDRAWN)
    assert rows(archive, "select article from urls order by url") == [(None,), (1,)]


def test_plain_text_comes_with_its_reading(archive: Archive, intake: Intake) -> None:
    text = capture(b"Bridge", url="file:///notes/bridge.txt", headers=(("Content-Type", "text/plain"),))
    reading = Extraction(title="Bridge", text=BODY, kind=Kind.ARTICLE)
    first, again = (intake.take(text, site="example", extraction=reading) for _ in range(2))
    assert (first.change, again.outcome, again.article) == (Change.FIRST, Outcome.UNCHANGED, 1)
    assert rows(archive, "select url from articles") == [("file:///notes/bridge.txt",)]


def test_a_stub_that_two_articles_once_shared_does_not_bind_them(archive: Archive, intake: Intake) -> None:
    stub = page("Developing", "More soon.")
    take(intake, capture(stub, "a"), capture(page("Developing", BODY), "a", day=1))
    assert take(intake, capture(stub, "b", day=2)).change is Change.FIRST


def test_the_no_date_of_some_sites_is_kept_without_a_time(archive: Archive, intake: Intake) -> None:
    take(intake, capture(marked("published='0001-01-01T00:00:00+05:00'")))
    assert rows(archive, "select published, day from articles") == [("0001-01-01", "0001-01-01")]


def test_a_page_that_goes_to_and_fro_is_recognised(archive: Archive, intake: Intake) -> None:
    one, other = page(), page("Bridge refused")
    take(intake, *(capture(body, day=day) for day, body in enumerate([one, other, one, one, other])))
    assert rows(archive, "select ordinal, change, same_as, title from revisions order by ordinal") == [
        (1, "first", None, "Bridge approved"),
        (2, "headline", None, "Bridge refused"),
        (3, "reverted", 1, "Bridge approved"),
        (4, "reverted", 2, "Bridge refused"),
    ]
    assert rows(archive, "select title, revisions from articles") == [("Bridge refused", 4)]


def test_a_bad_capture_of_a_known_article_is_in_the_ledger_and_no_version(
    archive: Archive, intake: Intake
) -> None:
    take(
        intake,
        capture(marked("modified='2026-03-01T10:00:00+00:00'")),
        capture(marked("modified='2026-02-01T10:00:00+00:00'", page(text=BODY + "Old.")), day=1),
        capture(marked("access='paywalled'", page(text=BODY[:200])), day=2),
        capture(page("The Example", "Accept all to go on reading."), day=3),
        capture(page("Just a moment...", "Please wait."), day=4),
        capture(page(text=BODY + "New."), day=5, truncated="length"),
        capture(page("Page not found", "Sorry."), day=6),
    )
    assert rows(archive, "select count(*) from revisions") == [(1,)]
    reasons = [reason for (reason,) in rows(archive, "select reason from captures order by id")]
    assert reasons == [
        "first", "older version", "paywall teaser", "consent wall", "captcha", "truncated: length",
        "soft 404",
    ]  # fmt: skip
    assert rows(archive, "select outcome, reason, capture from urls") == [("withheld", "soft 404", 7)]
