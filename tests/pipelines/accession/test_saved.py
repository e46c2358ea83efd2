"""Files that others saved: found, read in any encoding, kept as they are, taken once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.accession import plaintext
from pipelines.accession.saved import IMPORTED, Imported, Importer, Result, SavedFile, find
from pipelines.model import Site
from pipelines.store import Archive
from pipelines.warc import WarcWriter, read_capture
from tests.pipelines.accession.test_plaintext import BODY, STANDFIRST, TITLE, page

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
TEXT = page(TITLE, STANDFIRST, "3 March 2021", *BODY)
GAZETTE = Site("gazette", "https://gazette.example/", name="The Gazette")
HTML = f"""<!DOCTYPE html><html lang=en><head><title>{TITLE}</title>
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{TITLE}"}}</script>
<link rel=canonical href="https://www.gazette.example/2021/breakwater"></head>
<body><article><h1>{TITLE}</h1>{"".join(f"<p>{line}</p>" for line in BODY * 2)}</article></body></html>"""

ELSEWHERE = "https://elsewhere.example/2021/03/03/board-agrees-to-rebuild-breakwater"

Take = Callable[..., Imported]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive") as opened:
        yield opened


@pytest.fixture
def take(archive: Archive) -> Iterator[Take]:
    with WarcWriter(archive.folder, "test") as warc:
        importer = Importer(archive, warc, {GAZETTE.key: GAZETTE})

        def one(path: Path, name: str | None = None, **options: str) -> Imported:
            taken = importer.take(SavedFile(path, name or path.name), now=NOW, **options)
            warc.sync()
            archive.commit()
            return taken

        yield one


def rows(archive: Archive, sql: str) -> list[tuple[object, ...]]:
    return list(archive._connection.execute(sql).fetchall())


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_text_becomes_an_article_of_the_imported(archive: Archive, take: Take, tmp_path: Path) -> None:
    taken = take(written(tmp_path, "break water.txt", TEXT))
    assert (taken.result, taken.reason) == (Result.ARTICLE, "first")
    assert rows(archive, "select site, url, title, standfirst, published, language from articles") == [
        ("imported", "import:break%20water.txt", TITLE, STANDFIRST, "2021-03-03", "en")
    ]
    assert rows(archive, "select name, url from sites") == [(IMPORTED.name, "import:")]


def test_the_bytes_are_kept_as_they_are(archive: Archive, take: Take, tmp_path: Path) -> None:
    raw = TEXT.replace("\n", "\r\n").encode("utf-16")
    take(written(tmp_path, "wide.txt", raw))
    sql = "select warc_file, warc_offset, warc_length from captures"
    from pipelines.model import Position

    [position] = rows(archive, sql)
    capture = read_capture(archive.folder, Position(*position))  # type: ignore[arg-type]
    assert capture.body == raw
    assert capture.header("content-type") == "text/plain"
    assert rows(archive, "select encoding, status from captures") == [("utf-16le", 200)]


def test_the_same_file_again_adds_nothing(archive: Archive, take: Take, tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", TEXT)
    take(path)
    size = sum(file.stat().st_size for file in (archive.folder / "warc").iterdir())
    again = take(path)
    elsewhere = take(written(tmp_path, "b.txt", TEXT))
    assert again.result is elsewhere.result is Result.UNCHANGED
    assert rows(archive, "select count(*) from captures") == [(1,)]
    assert sum(file.stat().st_size for file in (archive.folder / "warc").iterdir()) == size


def test_a_file_that_was_corrected_is_a_version(archive: Archive, take: Take, tmp_path: Path) -> None:
    take(written(tmp_path, "a.txt", TEXT))
    taken = take(written(tmp_path, "a.txt", TEXT.replace("nine million", "ten million")))
    assert (taken.result, taken.reason) == (Result.ARTICLE, "correction")
    assert rows(archive, "select revisions from articles") == [(2,)]


def test_another_article_by_the_same_name_is_another_article(
    archive: Archive, take: Take, tmp_path: Path
) -> None:
    take(written(tmp_path, "a.txt", TEXT))
    other = " ".join(f"Sheep{n} wool{n} prices{n} fell{n} sharply{n}." for n in range(30))
    taken = take(written(tmp_path, "a.txt", page("Wool prices fall in the hills", other)))
    assert taken.reason == "first"
    urls = [url for (url,) in rows(archive, "select url from articles order by id")]
    assert urls[0] == "import:a.txt"
    assert str(urls[1]).startswith("import:a.txt?")


def test_the_same_words_in_another_file_are_no_second_article(
    archive: Archive, take: Take, tmp_path: Path
) -> None:
    take(written(tmp_path, "a.txt", TEXT))
    taken = take(written(tmp_path, "b.txt", TEXT + "\n\n\n"))
    assert taken.result is Result.UNCHANGED
    assert rows(archive, "select count(*) from articles") == [(1,)]


def test_a_saved_page_goes_to_the_site_it_was_saved_from(
    archive: Archive, take: Take, tmp_path: Path
) -> None:
    assert take(written(tmp_path, "page.html", HTML)).result is Result.ARTICLE
    assert rows(archive, "select site, url, title from articles") == [
        ("gazette", "https://www.gazette.example/2021/breakwater", TITLE)
    ]


def test_a_text_that_names_its_address_goes_there(archive: Archive, take: Take, tmp_path: Path) -> None:
    take(written(tmp_path, "a.txt", page(f"Title: {TITLE}", "URL: https://gazette.example/x", *BODY)))
    assert rows(archive, "select site, url from articles") == [("gazette", "https://gazette.example/x")]


def test_site_and_address_can_be_given(archive: Archive, take: Take, tmp_path: Path) -> None:
    take(written(tmp_path, "a.txt", TEXT), site="gazette")
    take(written(tmp_path, "b.html", HTML), url=ELSEWHERE)
    assert rows(archive, "select site, url from articles order by id") == [
        ("gazette", "import:a.txt"),
        ("imported", ELSEWHERE),
    ]


def test_what_is_no_article_is_kept_and_in_the_ledger(archive: Archive, take: Take, tmp_path: Path) -> None:
    taken = take(written(tmp_path, "list.txt", "Menu\n\nHome\n\nA list\n"))
    assert taken.result is Result.NOT_ARTICLE
    assert taken.reason
    assert rows(archive, "select url, outcome from urls") == [("import:list.txt", "not an article")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b" \n", "empty"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 40, "binary, not text"),
        ("crawl.warc.gz", b"x", ".gz cannot be imported; what can: plain text (.txt, .text, .md)"),
        ("crawl.warc", b"x", ".warc cannot be imported; what can: plain text (.txt, .text, .md)"),
        ("README", b"x", "a file without suffix cannot be imported"),
    ],
)
def test_what_cannot_be_read_says_why(
    archive: Archive, take: Take, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    taken = take(written(tmp_path, name, content))
    assert taken.result is Result.UNREADABLE
    assert taken.reason.startswith(reason)
    assert rows(archive, "select count(*) from urls") == [(0,)]


@pytest.mark.parametrize("name", ["gone.txt", "gone", "gone.pdf"])
def test_a_missing_file_is_a_result_too(take: Take, tmp_path: Path, name: str) -> None:
    taken = take(tmp_path / name)
    assert (taken.result, taken.reason) == (Result.UNREADABLE, "No such file or directory")


def test_folders_are_walked_in_order_and_other_kinds_counted(tmp_path: Path) -> None:
    root = tmp_path / "saved"
    for name in (
        "b.txt",
        "a.HTML",
        "c.jpg",
        "2019/d.md",
        "a_files/ad.html",
        "lone_files/e.html",
        "2019/f.JPG",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    files, others = find([root, tmp_path / "x.pdf"])
    assert [file.name for file in files] == [
        "saved/a.HTML", "saved/b.txt", "saved/2019/d.md", "saved/lone_files/e.html", "x.pdf",
    ]  # fmt: skip
    assert others == {".jpg": 2}


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16le"), ("utf-16-le", "utf-16le"),
     ("utf-16-be", "utf-16be"), ("windows-1252", "windows-1252")],
)  # fmt: skip
def test_encodings(encoding: str, name: str) -> None:
    text = TEXT.replace("harbour", "“hårbour”")
    assert plaintext.decode(text.encode(encoding)) == (text, name)
    found = plaintext.extract(text.encode(encoding))
    assert (found.encoding, found.published) == (name, date(2021, 3, 3))
    assert "“hårbour”" in found.text
    assert not plaintext.is_binary(text.encode(encoding))
