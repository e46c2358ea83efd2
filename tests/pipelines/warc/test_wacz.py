"""WACZ: whole by its own list, right by independent checkers, replayed by pywb, and nothing in it too many.

The tests with pywb and py-wacz need their commands on PATH (CONTRIBUTING.md), and skip where they are not.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli
import pytest

from pipelines import withholding
from pipelines.errors import ArchiveError
from pipelines.intake import Intake
from pipelines.model import Exchange, Site
from pipelines.store import Archive, Choice
from pipelines.warc import WarcWriter, cdx, to_capture, wacz
from tests.pipelines.foreignwarc import page
from tests.pipelines.warc.test_warc import check

GAZETTE = Site("gazette", "https://gazette.example/", name="The Gazette")
HERALD = Site("herald", "https://herald.example/", name="The Herald")
NOW = datetime(2026, 5, 9, 9, 30, tzinfo=UTC)
SITES = {site.key: site for site in (GAZETTE, HERALD)}


def exchange(site: Site, number: int, day: int, body: bytes | None = None, **other: Any) -> Exchange:
    fields: dict[str, Any] = {
        "url": f"{site.url}2026/story-{number}", "fetched": datetime(2026, 5, day, 12, tzinfo=UTC),
        "method": "GET", "request_headers": (("Host", "x"),), "status": 200, "reason": "OK",
        "protocol": "HTTP/1.1", "headers": (("Content-Type", "text/html; charset=utf-8"),),
        "body": page(number) if body is None else body,
    }  # fmt: skip
    return Exchange(**{**fields, **other})


def coded(site: Site, number: int, day: int, name: str, body: bytes) -> Exchange:
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", name),
               ("Transfer-Encoding", "chunked"))  # fmt: skip
    return exchange(site, number, day, body, headers=headers)


EXCHANGES = [
    (GAZETTE, exchange(GAZETTE, 1, 1)),
    (GAZETTE, coded(GAZETTE, 2, 1, "gzip", gzip.compress(page(2)))),
    (GAZETTE, coded(GAZETTE, 3, 2, "br", brotli.compress(page(3)))),
    (HERALD, exchange(HERALD, 4, 2)),
    (GAZETTE, exchange(GAZETTE, 1, 3)),  # a revisit: the same bytes
    (GAZETTE, exchange(GAZETTE, 5, 3, b"gone", status=404, reason="Not Found")),
]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    folder = tmp_path / "archive"
    with Archive.create(folder) as opened:
        opened.put_sites(SITES.values())
        intake = Intake(opened, SITES)
        with WarcWriter(folder, "test", originals=opened.original) as warc:
            for site, each in EXCHANGES:
                intake.take(to_capture(each, *warc.append(each)), site=site.key)
        opened.commit()
        yield opened


def export(archive: Archive, choice: Choice | None = None, name: str = "out.wacz") -> Path:
    path = archive.folder.parent / name
    wacz.export(archive, path, choice or Choice(), software="newsarchive test", now=NOW, title="Two papers")
    return path


def unpacked(path: Path) -> Path:
    folder = path.with_suffix("")
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    return folder


def index(folder: Path) -> list[tuple[str, str, dict[str, str]]]:
    lines = (folder / "indexes" / "index.cdx").read_text().splitlines()
    assert lines == sorted(lines)
    return [(key, moment, json.loads(rest)) for key, moment, rest in (line.split(" ", 2) for line in lines)]


def test_the_list_of_parts_is_true(archive: Archive) -> None:
    folder = unpacked(export(archive))
    package = json.loads((folder / "datapackage.json").read_text())
    assert (package["profile"], package["wacz_version"]) == ("data-package", "1.1.1")
    assert (package["title"], package["created"]) == ("Two papers", "2026-05-09T09:30:00Z")
    assert [part["path"] for part in package["resources"]] == [
        "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl",
    ]  # fmt: skip
    for part in package["resources"]:
        content = (folder / part["path"]).read_bytes()
        assert part["bytes"] == len(content)
        assert part["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    digest = json.loads((folder / "datapackage-digest.json").read_text())
    assert digest == {
        "path": "datapackage.json",
        "hash": f"sha256:{hashlib.sha256((folder / 'datapackage.json').read_bytes()).hexdigest()}",
    }


def test_the_warc_lies_in_the_zip_as_it_is(archive: Archive) -> None:
    with zipfile.ZipFile(export(archive)) as packed:
        assert packed.getinfo("archive/data.warc.gz").compress_type == zipfile.ZIP_STORED


def test_every_line_of_the_index_leads_to_its_record(archive: Archive) -> None:
    folder = unpacked(export(archive))
    content = (folder / "archive" / "data.warc.gz").read_bytes()
    lines = index(folder)
    assert len(lines) == len(EXCHANGES)
    for key, moment, told in lines:
        begun, length = int(told["offset"]), int(told["length"])
        record = gzip.decompress(content[begun : begun + length]).decode("latin-1")
        assert f"WARC-Target-URI: {told['url']}\r\n" in record
        assert (key, moment[:8]) == (
            cdx.key(told["url"]),
            record.partition("WARC-Date: ")[2][:10].replace("-", ""),
        )
    assert [told["mime"] for _, _, told in lines].count("warc/revisit") == 1


def test_requests_come_with_their_captures(archive: Archive) -> None:
    folder = unpacked(export(archive, Choice(site="herald")))
    plain = gzip.decompress((folder / "archive" / "data.warc.gz").read_bytes())
    assert plain.count(b"WARC-Type: ") == 3
    for kind in (b"warcinfo", b"response", b"request"):
        assert plain.count(b"WARC-Type: " + kind + b"\r\n") == 1
    assert b"gazette" not in plain


def test_pages_are_the_versions_of_articles(archive: Archive) -> None:
    folder = unpacked(export(archive))
    head, *pages = map(json.loads, (folder / "pages" / "pages.jsonl").read_text().splitlines())
    assert head["format"] == "json-pages-1.0"
    assert [(each["url"], each["ts"]) for each in pages] == [
        ("https://gazette.example/2026/story-1", "2026-05-01T12:00:00Z"),
        ("https://gazette.example/2026/story-2", "2026-05-01T12:00:00Z"),
        ("https://gazette.example/2026/story-3", "2026-05-02T12:00:00Z"),
        ("https://herald.example/2026/story-4", "2026-05-02T12:00:00Z"),
    ]
    assert pages[0]["title"] == "Breakwater number 1 is rebuilt after the storm"
    assert "Pier 1 part 0" in pages[0]["text"]


def test_a_choice_of_days(archive: Archive) -> None:
    day = Choice(since=datetime(2026, 5, 2, tzinfo=UTC), until=datetime(2026, 5, 3, tzinfo=UTC))
    assert {told["url"][-1] for _, _, told in index(unpacked(export(archive, day)))} == {"3", "4"}


def test_a_revisit_brings_the_record_it_refers_to(archive: Archive) -> None:
    late = Choice(since=datetime(2026, 5, 3, tzinfo=UTC))
    lines = index(unpacked(export(archive, late)))
    assert [(moment, told["mime"]) for _, moment, told in lines] == [
        ("20260501120000", "text/html"), ("20260503120000", "warc/revisit"), ("20260503120000", "text/html"),
    ]  # fmt: skip


def test_what_is_withheld_is_left_out(archive: Archive) -> None:
    withholding.withhold(archive, "https://gazette.example/2026/story-1", "a court", NOW)
    archive.commit()
    for choice in (Choice(), Choice(since=datetime(2026, 5, 3, tzinfo=UTC))):
        folder = unpacked(export(archive, choice, f"{choice.since and 'late'}.wacz"))
        assert "1" not in {told["url"][-1] for _, _, told in index(folder)}
        assert "Pier 1" not in (folder / "pages" / "pages.jsonl").read_text()
        assert b"Pier 1" not in gzip.decompress((folder / "archive" / "data.warc.gz").read_bytes())


def test_damage_is_told_and_left_out(archive: Archive) -> None:
    [(file, offset)] = archive._connection.execute(
        "select warc_file, warc_offset from captures where url like '%story-2'"
    )
    segment = archive.folder / file
    content = bytearray(segment.read_bytes())
    content[offset + 60] ^= 0xFF
    segment.write_bytes(content)
    path = archive.folder.parent / "damaged.wacz"
    done = wacz.export(archive, path, Choice(), software="test", now=NOW)
    assert done.damages == [f"{file} at byte {offset:,}: damaged: it cannot be unpacked"]
    assert done.captures == len(index(unpacked(path))) == len(EXCHANGES) - 1


def test_a_file_that_is_there_stays(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "out.wacz").write_bytes(b"mine")
    with pytest.raises(ArchiveError, match=r"out\.wacz is there already"):
        export(archive)
    assert (tmp_path / "out.wacz").read_bytes() == b"mine"


def test_nothing_is_left_of_an_export_that_failed(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wacz, "_write_pages", full)
    with pytest.raises(ArchiveError, match="make room"):
        export(archive)
    assert not list(tmp_path.glob("out.wacz*"))


def test_the_index_of_the_archive_leads_into_its_own_files(archive: Archive, tmp_path: Path) -> None:
    done = wacz.index(archive, tmp_path / "index.cdxj", Choice())
    assert done.captures == len(EXCHANGES)
    for line in (tmp_path / "index.cdxj").read_text().splitlines():
        told = json.loads(line.split(" ", 2)[2])
        content = (archive.folder / "warc" / told["filename"]).read_bytes()
        begun = int(told["offset"])
        assert told["url"].encode() in gzip.decompress(content[begun : begun + int(told["length"])])


# What others say of it.


def test_the_checkers_of_warc_agree(archive: Archive) -> None:
    """Of the days without a br body, which warcio's checker cannot decode with today's brotli."""
    first = export(archive, Choice(until=datetime(2026, 5, 2, tzinfo=UTC)), "first.wacz")
    last = export(archive, Choice(since=datetime(2026, 5, 3, tzinfo=UTC)), "last.wacz")
    for path in (first, last):
        check(unpacked(path) / "archive" / "data.warc.gz")


@pytest.mark.skipif(not shutil.which("wacz"), reason="py-wacz's command `wacz` is not on PATH")
def test_py_wacz_agrees(archive: Archive) -> None:
    checked = subprocess.run(
        ["wacz", "validate", "-f", export(archive)], capture_output=True, text=True, check=False
    )
    assert "the passed WACZ is valid" in checked.stdout


@pytest.mark.skipif(
    not (shutil.which("wb-manager") and shutil.which("wayback")), reason="pywb's commands are not on PATH"
)
def test_pywb_replays(archive: Archive, tmp_path: Path) -> None:
    collections = tmp_path / "pywb"
    collections.mkdir()
    for command in (["init", "papers"], ["add", "--unpack-wacz", "papers", str(export(archive))]):
        subprocess.run(["wb-manager", *command], cwd=collections, check=True, capture_output=True, timeout=60)
    with played(collections) as address:
        for _, each in EXCHANGES:
            status, body = fetched(f"{address}/papers/{each.fetched:%Y%m%d%H%M%S}id_/{each.url}")
            assert status == each.status
            assert body == (b"gone" if each.status == 404 else page(int(each.url[-1]))), each.url
        assert fetched(f"{address}/papers/20260501id_/https://gazette.example/none")[0] == 404


@contextmanager
def played(folder: Path) -> Iterator[str]:
    """pywb on loopback, for a minute at most."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["timeout", "60", "wayback", "-b", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            for _ in range(200):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def fetched(url: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status, coding, body = answer.status, answer.headers.get("Content-Encoding"), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    if coding == "gzip":
        body = gzip.decompress(body)
    return status, brotli.decompress(body) if coding == "br" else body
