"""Every record and every pointer is looked at; what is wrong is told with its place, nothing is changed."""

from __future__ import annotations

import gzip
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.store import Archive
from pipelines.verify import Fault, Verification, verify
from pipelines.warc import inventory
from tests.pipelines.archived import OTHER, Crawl, crawled
from tests.pipelines.pages import SITE, page, plain_extract


@pytest.fixture(autouse=True)
def _plain_cleaner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.reading.extract", plain_extract)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return crawled(tmp_path)


def read(folder: Path) -> Verification:
    with Archive.open(folder, write=False) as archive:
        return verify(archive)


def change(folder: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        database.execute(sql, values)
        database.commit()


def places(folder: Path, path: str) -> list[tuple[str, int, int]]:
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        sql = "select warc_file, warc_offset, warc_length from captures where url = ? order by id"
        return database.execute(sql, (SITE.url + path,)).fetchall()


def faults(result: Verification) -> list[Fault]:
    return [finding.fault for finding in result.findings]


def test_an_archive_as_it_was_written_has_no_fault(folder: Path) -> None:
    sizes: list[int] = []
    with Archive.open(folder, write=False) as archive:
        result = verify(archive, sizes.append)
        ((rows,),) = archive.read("select count(*) from captures")
    assert (result.findings, result.orphans, result.unfinished) == ([], 0, [])
    assert (result.files, result.captures) == (2, rows)
    assert sum(sizes) == result.size == sum(path.stat().st_size for path in inventory.segments(folder))


def test_every_flipped_byte_of_a_record_is_told(folder: Path) -> None:
    ((file, offset, length),) = places(folder, "market")[:1]
    path = folder / file
    whole = path.read_bytes()
    count = read(folder).records
    silent = []
    for at in range(offset, offset + length, 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        result = read(folder)
        assert result.records in (count, count - 1)  # reading went on behind it
        if offset not in {finding.offset for finding in result.findings}:
            silent.append(at - offset)
        assert path.read_bytes()[at] != whole[at]
    assert set(silent) <= {4, 5, 6, 7, 8, 9}, "only the time, the level and the system of gzip's header"


def test_a_changed_block_with_a_right_checksum_of_gzip_is_told(tmp_path: Path) -> None:
    with Crawl(tmp_path) as crawl:
        crawl.get("bridge", page())
    ((file, offset, length),) = places(tmp_path, "bridge")
    path = tmp_path / file
    whole = path.read_bytes()
    forged = gzip.compress(gzip.decompress(whole[offset : offset + length]).replace(b"council", b"COUNCIL"))
    path.write_bytes(whole[:offset] + forged + whole[offset + length :])
    result = read(tmp_path)
    assert faults(result) == [Fault.DIGEST]
    assert result.findings[0].capture == 1
    assert "block does not have the digest sha1:" in result.findings[0].message


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("url", f"{SITE.url}dead", "url is https://www.example.com/bridge, and the row says"),
        ("digest", "sha1:AAAA", "the row says sha1:AAAA"),
        ("warc_length", 5, "the row says 5"),
        ("fetched", "2026-03-01T00:00:00Z", "date is 2026-03-01T12:00:0"),
    ],
)
def test_a_row_that_says_other_than_its_record(folder: Path, column: str, value: object, said: str) -> None:
    change(folder, f"update captures set {column} = ? where id = 2", value)
    result = read(folder)
    assert faults(result) == [Fault.POINTER]
    assert (result.findings[0].capture, said in result.findings[0].message) == (2, True)


def test_a_row_that_points_between_records(folder: Path) -> None:
    change(folder, "update captures set warc_offset = warc_offset + 1 where id = 2")
    result = read(folder)
    assert (faults(result), result.orphans) == ([Fault.NO_RECORD], 1)


def test_a_row_that_points_at_a_request(folder: Path) -> None:
    change(folder, "update captures set warc_offset = warc_offset + warc_length where id = 2")
    (finding,) = read(folder).findings
    assert finding.fault is Fault.POINTER
    assert "the record is a request" in finding.message


def test_a_missing_file(folder: Path) -> None:
    inventory.segments(folder)[0].unlink()
    result = read(folder)
    assert faults(result) == [Fault.NO_FILE]
    assert "rows of captures that refer to it: " in result.findings[0].message
    assert result.captures > 0


def test_a_record_that_no_row_names_is_counted_and_no_fault(tmp_path: Path) -> None:
    with Crawl(tmp_path) as crawl:
        crawl.get("bridge", page())
        crawl.get("lost", page("Harbour closed", OTHER), take=False)
    result = read(tmp_path)
    assert (result.findings, result.orphans, result.captures) == ([], 1, 1)


def test_the_torn_end_of_a_segment_that_is_open_is_no_fault(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    crawl.get("bridge", page())
    crawl.warc.sync()
    crawl.archive.commit()
    crawl.get("harbour", page("Harbour closed", OTHER), take=False)
    open_segment: Any = crawl.warc._segment
    open_segment._file.close()
    (segment,) = inventory.segments(tmp_path)
    with segment.open("rb+") as file:
        file.truncate(segment.stat().st_size - 9)
    result = read(tmp_path)
    assert (result.findings, result.unfinished) == ([], [segment.name])
    crawl.archive.close()


def test_the_torn_end_of_a_closed_segment_is_a_fault(folder: Path) -> None:
    segment = inventory.segments(folder)[-1]
    with segment.open("rb+") as file:
        file.truncate(segment.stat().st_size - 9)
    assert Counter(faults(read(folder))) == {Fault.DAMAGED: 1}


def test_rubbish_between_records_is_stepped_over(folder: Path) -> None:
    segment = inventory.segments(folder)[-1]
    whole = segment.read_bytes()
    segment.write_bytes(whole + b"\x1f\x8b\x08rubbish" + b"\0" * 90)
    result = read(folder)
    assert faults(result) == [Fault.DAMAGED]
    assert result.findings[0].offset == len(whole)


def test_an_empty_segment(folder: Path) -> None:
    (folder / "warc" / "2026-03-09-0001.warc.gz").touch()
    assert read(folder).findings == []
