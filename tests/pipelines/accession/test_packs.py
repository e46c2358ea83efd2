"""WARC and WACZ files of others in the archive: copied, sorted, taken once, gone on with after a kill."""

from __future__ import annotations

import gzip
import itertools
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.accession import packs
from pipelines.accession.packs import Accession, Accessions
from pipelines.errors import InputUnreadable
from pipelines.model import Position, Site
from pipelines.store import Archive
from pipelines.warc import WarcWriter, read_capture
from tests.pipelines.foreignwarc import chunked, digest, http, members, page, record, story
from tests.pipelines.warc.test_warc import records as written_records

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
GAZETTE = Site("gazette", "https://gazette.example/", name="The Gazette")
HTML = "https://gazette.example/2024/story-1"

Take = Callable[..., Accession]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive") as opened:
        yield opened


def take_in(archive: Archive, path: Path, site: str | None = None, groups: int | None = None) -> Accession:
    """Import, durable group by group; `groups`: killed after so many."""
    with WarcWriter(archive.folder, "test", originals=archive.original) as warc:
        accessions = Accessions(archive, warc, {GAZETTE.key: GAZETTE})
        reports = []
        for report in itertools.islice(accessions.take(path, now=NOW, site=site), groups):
            warc.sync()
            archive.commit()
            reports.append(report)
    archive.rollback()
    return reports[-1]


@pytest.fixture
def take(archive: Archive, tmp_path: Path) -> Take:
    def one(*records: bytes, name: str = "crawl.warc.gz", **options: str) -> Accession:
        path = tmp_path / name
        path.write_bytes(members(records) if name.endswith(".gz") else b"".join(records))
        return take_in(archive, path, **options)  # type: ignore[arg-type]

    return one


def rows(archive: Archive, sql: str) -> list[tuple[object, ...]]:
    return list(archive._connection.execute(sql).fetchall())


def count(archive: Archive, table: str) -> int:
    [(number,)] = rows(archive, f"select count(*) from {table}")
    return int(str(number))


def copies(archive: Archive) -> list[tuple[str, dict[str, str], bytes]]:
    return [
        each
        for path in sorted((archive.folder / "warc").iterdir())
        for each in written_records(path)
        if each[0] not in ("warcinfo", "metadata")
    ]


def test_a_page_becomes_an_article_of_its_site(archive: Archive, take: Take) -> None:
    report = take(story(1))
    assert dict(report.counts) == {"article": 1}
    assert rows(archive, "select site, url, first_seen from articles") == [
        ("gazette", HTML, "2024-05-01T12:00:00Z")
    ]


def test_the_copy_says_where_it_comes_from_and_invents_no_request(archive: Archive, take: Take) -> None:
    take(record("https://gazette.example/x", http(b"{}", content_type="application/json")), story(1))
    [(kind, fields, _)] = copies(archive)
    assert kind == "response"
    assert fields["X-Source-Filename"] == "crawl.warc.gz"
    assert int(fields["X-Source-Offset"]) > 0
    assert fields["X-Source-Record-ID"].startswith("<urn:uuid:")
    [position] = rows(archive, "select warc_file, warc_offset, warc_length from captures")
    capture = read_capture(archive.folder, Position(*position))  # type: ignore[arg-type]
    assert (capture.url, capture.body) == (HTML, page(1))


def test_sites(archive: Archive, take: Take) -> None:
    take(
        story(1, host="www.gazette.example"),
        story(2, host="www.elsewhere.example:8080"),
        story(3, host="far-away.example"),
    )
    assert rows(archive, "select site from articles order by id") == [
        ("gazette",), ("elsewhere-example-8080",), ("far-away-example",),
    ]  # fmt: skip
    take(story(4, host="far-away.example"), story(5, host="far.away.example"), name="b.warc")
    assert rows(archive, "select site from articles order by id")[3:] == [
        ("far-away-example",), ("far-away-example-2",),
    ]  # fmt: skip
    assert ("far-away-example-2", "far.away.example", "https://far.away.example/") in rows(
        archive, "select key, name, url from sites"
    )


def test_a_site_that_is_named_gets_what_no_site_has(archive: Archive, take: Take) -> None:
    take(story(1), story(2, host="elsewhere.example"), site="gazette")
    assert rows(archive, "select site from articles") == [("gazette",), ("gazette",)]


def test_other_types_are_counted_and_passed_over(archive: Archive, take: Take) -> None:
    report = take(
        record("https://gazette.example/a.jpg", http(b"\xff\xd8", content_type="image/jpeg")),
        record("https://gazette.example/b.jpg", http(b"\xff\xd9", content_type="image/jpeg")),
        record("dns:gazette.example", b"20240501 192.0.2.1", content_type="text/dns"),
        record("urn:pageinfo:x", b"{}", kind="resource", content_type="application/json"),
        record("https://gazette.example/", b"GET / HTTP/1.1\r\n\r\n", kind="request"),
        record("https://gazette.example/", b"via: x", kind="metadata"),
        story(1),
    )  # fmt: skip
    assert dict(report.passed_over) == {
        "image/jpeg": 2, "dns: text/dns": 1, "urn: application/json": 1,
    }  # fmt: skip
    assert dict(report.counts) == {"article": 1}
    assert count(archive, "captures") == 1


def test_what_other_crawlers_write(archive: Archive, take: Take) -> None:
    report = take(
        record("<https://gazette.example/1>", http(page(1), status="HTTP/1.0 200 OK")),
        record("https://gazette.example/2", http(chunked(page(2)), "Transfer-Encoding: chunked")),
        record("https://gazette.example/3", http(page(3), "Content-Encoding: br")),
        record("https://gazette.example/4", http(gzip.compress(page(4)), "Content-Encoding: gzip")),
        record("https://gazette.example/5", page(5), kind="resource", content_type="text/html"),
        record("https://gazette.example/6", page(6), content_type="text/html"),
    )  # fmt: skip
    assert dict(report.counts) == {"article": 6}
    for position in rows(archive, "select warc_file, warc_offset, warc_length from captures"):
        capture = read_capture(archive.folder, Position(*position))  # type: ignore[arg-type]
        assert capture.body == page(int(capture.url[-1]))


def test_errors_and_redirects_are_in_the_ledger(archive: Archive, take: Take) -> None:
    report = take(
        record("https://gazette.example/old", http(b"moved", "Location: /new", status="HTTP/1.1 301 Moved")),
        record("https://gazette.example/no", http(b"<html>no", status="HTTP/1.1 404 Not Found")),
    )
    assert dict(report.counts) == {"not an article": 2}
    assert rows(archive, "select reason from urls order by url") == [("HTTP 404",), ("redirect",)]


def test_a_revisit_gets_the_payload_that_the_archive_has(archive: Archive, take: Take) -> None:
    same = {
        "kind": "revisit",
        "date": "2024-06-01T12:00:00Z",
        "fields": [
            "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
            f"WARC-Payload-Digest: {digest(page(1))}",
        ],
    }
    report = take(story(1), record(HTML, http(b""), **same))  # type: ignore[arg-type]
    assert dict(report.counts) == {"article": 1, "unchanged": 1}
    assert [kind for kind, _, _ in copies(archive)] == ["response", "revisit"]
    assert rows(archive, "select last_seen, revisions from articles") == [("2024-06-01T12:00:00Z", 1)]


def test_a_revisit_of_what_is_not_there_is_counted(archive: Archive, take: Take) -> None:
    fields = [f"WARC-Payload-Digest: {digest(page(9))}"]
    report = take(record(HTML, http(b""), kind="revisit", fields=fields))
    assert dict(report.passed_over) == {"text/html, revisit of a page that is not in the archive": 1}
    assert count(archive, "urls") == 0


def test_a_304_says_that_the_article_stands(archive: Archive, take: Take) -> None:
    later = record(
        HTML, http(b"", status="HTTP/1.1 304 Not Modified"), kind="revisit", date="2024-06-01T00:00:00Z"
    )
    report = take(story(1), later)
    assert dict(report.counts) == {"article": 1, "unchanged": 1}
    assert rows(archive, "select last_seen from articles") == [("2024-06-01T00:00:00Z",)]
    assert dict(take(story(1), later, story(2), name="more.warc").counts) == {"article": 1, "unchanged": 2}


def test_the_same_file_again_adds_nothing(archive: Archive, take: Take) -> None:
    take(story(1), story(2))
    before = [count(archive, table) for table in ("captures", "revisions", "urls")], len(copies(archive))
    again = take(story(1), story(2), name="by-another-name.warc.gz")
    assert again.before == "2026-05-01T09:30:00Z"
    assert again.pages == 0
    plain = take(story(1), story(2), name="plain.warc")
    assert dict(plain.counts) == {"unchanged": 2}
    assert (
        [count(archive, table) for table in ("captures", "revisions", "urls")],
        len(copies(archive)),
    ) == before


def test_a_killed_import_goes_on_where_it_was(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "GROUP_PAGES", 2)
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(members(story(number) for number in range(7)))
    first = take_in(archive, path, groups=2)
    assert first.counts["article"] == 4
    assert rows(archive, "select pages, finished from imports") == [(4, None)]
    rest = take_in(archive, path)
    assert dict(rest.counts) == {"article": 3}
    assert rows(archive, "select pages, articles, finished from imports") == [(7, 7, "2026-05-01T09:30:00Z")]
    assert len(copies(archive)) == count(archive, "captures") == 7


def test_damage_is_told_and_all_else_taken(archive: Archive, take: Take, tmp_path: Path) -> None:
    bad = record("https://gazette.example/bad", http(page(8)), fields=[f"WARC-Block-Digest: {digest(b'')}"])
    content = members([story(1)]) + b"\0\0junk\0" + members([bad, story(2)]) + members([story(3)])[:-9]
    path = tmp_path / "torn.warc.gz"
    path.write_bytes(content)
    report = take_in(archive, path)
    assert dict(report.counts) == {"article": 2}
    assert report.damaged == 3
    assert [told.partition(": ")[2] for told in report.damages] == [
        "damaged: it cannot be unpacked", "damaged: it does not match its digest",
        "torn: the file ends inside the record",
    ]  # fmt: skip
    assert report.damages[0].startswith(f"torn.warc.gz at byte {len(members([story(1)])):,}: ")
    assert rows(archive, "select damaged from imports") == [(3,)]


def test_a_good_copy_of_a_damaged_file_is_read(archive: Archive, take: Take, tmp_path: Path) -> None:
    path, good = tmp_path / "a.warc", b"".join(story(number) for number in range(3))
    broken = good.replace(b"WARC/1.0", b"XXXX/1.0", 2).replace(b"XXXX/1.0", b"WARC/1.0", 1)
    accessions = []
    for content in (broken, good):
        path.write_bytes(content)
        accessions.append(take_in(archive, path))
    assert [each.counts["article"] for each in accessions][1] == 3 - accessions[0].counts["article"]
    assert accessions[0].damaged


def test_a_wacz(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "crawl.wacz"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("datapackage.json", "{}")
        packed.writestr("archive/a.warc.gz", members([story(1), story(2)]))
        packed.writestr("archive/b.warc.gz", members([story(3)]), compress_type=zipfile.ZIP_DEFLATED)
    report = take_in(archive, path)
    assert dict(report.counts) == {"article": 3}
    assert report.done == report.size
    assert rows(archive, "select file from imports order by 1") == [
        ("crawl.wacz/archive/a.warc.gz",), ("crawl.wacz/archive/b.warc.gz",),
    ]  # fmt: skip
    assert take_in(archive, path).before


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.arc.gz", b"x", "ARC is not supported; make a WARC of it first: `warcio recompress"),
        ("a.warc", b"", "empty, or damaged"),
        ("a.warc", b"<html>", "no WARC file"),
        ("a.wacz", b"no zip", "File is not a zip file"),
        ("a.warc", None, "No such file or directory"),
    ],
)
def test_what_is_none(
    archive: Archive, tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert packs.is_pack(tmp_path / name)
    with pytest.raises(InputUnreadable) as caught:
        take_in(archive, tmp_path / name)
    assert str(caught.value).startswith(reason)


def test_an_empty_wacz(archive: Archive, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.wacz", "w") as packed:
        packed.writestr("datapackage.json", "{}")
    with pytest.raises(InputUnreadable, match="no WARC file in it"):
        take_in(archive, tmp_path / "a.wacz")
