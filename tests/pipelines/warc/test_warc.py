"""WARC files as received, right by independent checkers, whole after any cut, never repaired in silence."""

from __future__ import annotations

import argparse
import contextlib
import errno
import gzip
import io
import random
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from fastwarc.stream_io import ZstdWriter
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from pipelines import coding
from pipelines.errors import DiskFull, WarcError
from pipelines.model import Circumstances, Exchange, Position
from pipelines.warc import (
    Original,
    WarcWriter,
    circumstances,
    decoded,
    payload_digest,
    read_capture,
    repair,
    to_capture,
)

AT = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
HTML = b"<html><h1>Bridge approved</h1><p>The council voted for it.</p></html>"


def exchange(path: str = "bridge", body: bytes = HTML, **other: Any) -> Exchange:
    fields: dict[str, Any] = {
        "url": f"https://www.example.com/{path}",
        "fetched": AT,
        "method": "GET",
        "request_headers": (("Host", "www.example.com"), ("User-Agent", "newsarchive")),
        "status": 200,
        "reason": "OK",
        "protocol": "HTTP/1.1",
        "headers": (("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")),
        "body": body,
        "ip": "192.0.2.7",
    }
    return Exchange(**{**fields, **other})


def writer(folder: Path, **other: Any) -> WarcWriter:
    return WarcWriter(folder, "newsarchive test", **other)


def kill(warc: WarcWriter) -> None:
    """What the operating system does to the files of a process that is killed."""
    segment: Any = warc._segment
    segment._file.close()


def records(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    """What an independent reader sees."""
    with path.open("rb") as stream:
        return [
            (record.rec_type, dict(record.rec_headers.headers), record.raw_stream.read())
            for record in ArchiveIterator(stream, no_record_parse=True)
        ]


def check(path: Path) -> None:
    """All the checkers of the field agree that the file is right."""
    tools = Path(sys.executable).parent
    for command in ([tools / "warcio", "check"], [tools / "fastwarc", "check"], ["gzip", "-t"]):
        done = subprocess.run([*map(str, command), str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def check_here(path: Path) -> None:
    """The same checkers, in this process: for very many files."""
    assert not warcio_complains(path)
    with path.open("rb") as stream:
        for record in FastIterator(stream, parse_http=False, strict_mode=True):
            assert record.verify_block_digest()
    with gzip.open(path) as stream:  # what gzip -t does: inflate all, hold the checksums against it
        while stream.read(1 << 16):
            pass


def warcio_complains(path: Path) -> bool:
    """Whether warcio finds a digest that is not so, or no WARC."""
    options = {"inputs": [str(path)], "verbose": False}
    with contextlib.redirect_stdout(io.StringIO()):
        checker = Checker(argparse.Namespace(**options))
        checker.process_all()
    return bool(checker.exit_value)


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "warc").iterdir())


def test_response_and_request_are_kept_as_they_crossed_the_wire(tmp_path: Path) -> None:
    body = gzip.compress(HTML)
    sent = exchange(
        "a?x=1&y=%20", body, headers=(("content-encoding", "gzip"), ("X-Odd", "1"), ("x-odd", "2"))
    )
    with writer(tmp_path) as warc:
        warc.append(sent)
    (path,) = segments(tmp_path)
    info, response, request = records(path)
    assert (info[0], response[0], request[0]) == ("warcinfo", "response", "request")
    assert response[2] == b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nX-Odd: 1\r\nx-odd: 2\r\n\r\n" + body
    assert request[2].startswith(b"GET /a?x=1&y=%20 HTTP/1.1\r\nHost: www.example.com\r\n")
    assert response[1]["WARC-IP-Address"] == "192.0.2.7"
    assert response[1]["WARC-Date"] == "2026-03-01T12:00:05Z"
    assert request[1]["WARC-Concurrent-To"] == response[1]["WARC-Record-ID"]
    assert response[1]["WARC-Payload-Digest"] == payload_digest(body)
    check(path)


def test_a_capture_is_read_back_as_it_was_made(tmp_path: Path) -> None:
    sent = exchange(body=gzip.compress(HTML), headers=(("Content-Encoding", "gzip"), ("ETag", '"1"')))
    with writer(tmp_path) as warc:
        position, digest = warc.append(sent)
        warc.sync()
        while_open = read_capture(tmp_path, position)
    assert while_open == read_capture(tmp_path, position) == decoded(to_capture(sent, position, digest))
    assert while_open.body == HTML
    assert while_open.header("etag") == '"1"'


def test_a_body_that_came_compressed_is_not_compressed_again(tmp_path: Path) -> None:
    body = gzip.compress(random.Random(1).randbytes(200_000))
    with writer(tmp_path) as warc:
        position, _ = warc.append(exchange(body=body, headers=(("Content-Encoding", "gzip"),)))
    (path,) = segments(tmp_path)
    assert body[:60_000] in path.read_bytes()
    assert len(body) < position.length < len(body) + 1_000
    assert read_capture(tmp_path, position).body == gzip.decompress(body)
    check(path)


def test_an_undone_transfer_coding_is_marked_and_given_its_name_back(tmp_path: Path) -> None:
    sent = exchange(headers=(("Transfer-Encoding", "chunked"),))
    with writer(tmp_path) as warc:
        position, _ = warc.append(sent)
    (path,) = segments(tmp_path)
    assert b"X-Orig-Transfer-Encoding: chunked" in records(path)[1][2]
    assert read_capture(tmp_path, position).headers == sent.headers
    check(path)


def test_odd_exchanges_make_valid_records(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        warc.append(exchange(body=b"", status=301, reason="", headers=(("Location", "/é"),)))
        position, _ = warc.append(
            exchange(body=HTML[:9], truncated="length", headers=(("Content-Length", "68"),))
        )
        warc.append(exchange("x y\r\nEvil: 1", headers=(("A", "1\r\nWARC-Evil: 2"), ("B", "\u4e2d"))))
        warc.append(exchange(body=bytes(range(256)) * 5000))
    (path,) = segments(tmp_path)
    check(path)
    assert read_capture(tmp_path, position).truncated == "length"
    assert not any("WARC-Evil" in fields for _, fields, _ in records(path))


def originals(known: dict[str, Original]) -> Callable[[str, str | None], Original | None]:
    return lambda url, digest: known.get(digest or url)


def test_the_same_payload_is_stored_once_and_found_from_each_visit(tmp_path: Path) -> None:
    known: dict[str, Original] = {}
    with writer(tmp_path, originals=originals(known)) as warc:
        first, digest = warc.append(exchange())
        known[digest] = known["https://www.example.com/bridge"] = Original(
            "https://www.example.com/bridge", AT, digest, first
        )
        again, same = warc.append(exchange(fetched=AT + timedelta(hours=1)))
        unmodified, of = warc.append(exchange(body=b"", status=304, reason="Not Modified", headers=()))
    (path,) = segments(tmp_path)
    kinds = [(kind, fields.get("WARC-Profile", "").rpartition("/")[2]) for kind, fields, _ in records(path)]
    assert kinds[3] == ("revisit", "identical-payload-digest")
    assert kinds[5] == ("revisit", "server-not-modified")
    assert same == of == digest
    assert read_capture(tmp_path, again).body == HTML
    assert read_capture(tmp_path, again).fetched == AT + timedelta(hours=1)
    assert read_capture(tmp_path, unmodified).body == b""
    assert read_capture(tmp_path, unmodified).status == 304
    check(path)


def test_how_a_page_came_to_be_fetched_stands_beside_it(tmp_path: Path) -> None:
    how = Circumstances(
        "example", "feed", 3, "allowed", ("http://a.example/", "http://b.example/"), "http://c/", "expired",
        "ai.txt tdm-reservation=1 tdm-policy=https://a.example/terms",
    )  # fmt: skip
    with writer(tmp_path) as warc:
        warc.append(exchange(), how)
    path = segments(tmp_path)[0]
    _, response, request, metadata = records(path)
    assert [kind for kind, *_ in (response, request, metadata)] == ["response", "request", "metadata"]
    assert metadata[1]["WARC-Concurrent-To"] == response[1]["WARC-Record-ID"]
    assert metadata[1]["WARC-Target-URI"] == response[1]["WARC-Target-URI"]
    assert circumstances.from_fields(metadata[2]) == how
    check(path)


def test_an_imported_file_is_a_resource(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        position, digest = warc.append_resource(
            "file:///notes.txt", b"Bridge\n\nThe council", "text/plain", AT
        )
    found = read_capture(tmp_path, position)
    assert (found.url, found.body, found.digest) == ("file:///notes.txt", b"Bridge\n\nThe council", digest)
    assert found.header("content-type") == "text/plain"
    check(segments(tmp_path)[0])


def test_segments_follow_day_and_size_and_are_never_reopened(tmp_path: Path) -> None:
    with writer(tmp_path, segment_bytes=1500) as warc:
        positions = [warc.append(exchange(str(n)))[0] for n in range(3)]
        positions.append(warc.append(exchange("later", fetched=AT + timedelta(days=1)))[0])
    with writer(tmp_path) as warc:
        positions.append(warc.append(exchange("again"))[0])
    names = [path.name for path in segments(tmp_path)]
    assert names == [
        "2026-03-01-0001.warc.gz",
        "2026-03-01-0002.warc.gz",
        "2026-03-01-0003.warc.gz",
        "2026-03-02-0001.warc.gz",
    ]
    ends = [read_capture(tmp_path, position).url.rpartition("/")[2] for position in positions]
    assert ends == ["0", "1", "2", "later", "again"]


def test_a_cut_at_every_byte_of_the_last_records_leaves_the_ones_before(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        first, _ = warc.append(exchange("kept"))
        last, _ = warc.append(exchange("torn"))
    (path,) = segments(tmp_path)
    whole = path.read_bytes()
    request_at = last.offset + last.length
    for size in range(last.offset, len(whole)):
        path.write_bytes(whole[:size])
        found = repair(path)
        kept = request_at if size >= request_at else last.offset
        assert (found.kept, found.cut, found.damaged_at) == (kept, size - kept, None)
        assert path.stat().st_size == kept
        assert read_capture(tmp_path, first).body == HTML
        check_here(path)
    check(path)


def test_the_checkers_here_would_notice(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        warc.append(exchange())
        last, _ = warc.append(exchange("torn"))
    (path,) = segments(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: last.offset + last.length // 2])
    with pytest.raises((AssertionError, EOFError)):
        check_here(path)
    forged = gzip.compress(gzip.decompress(whole[: last.offset]).replace(b"approved", b"rejected"))
    path.write_bytes(forged)
    assert warcio_complains(path)


def test_what_a_sync_could_not_write_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warc = writer(tmp_path)
    kept, _ = warc.append(exchange("kept"))
    warc.sync()
    warc.append(exchange("lost"))

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", broken)
        with pytest.raises(DiskFull, match="Input/output"):
            warc.sync()
    after, _ = warc.append(exchange("after"))  # the kernel says that all is well again
    warc.close()
    assert after.offset > kept.offset
    found = records(segments(tmp_path)[0])
    names = [fields.get("WARC-Target-URI", "").rpartition("/")[2] for _, fields, _ in found]
    assert names == ["", "kept", "kept", "after", "after"]
    assert read_capture(tmp_path, after).url.endswith("after")
    check(segments(tmp_path)[0])


@pytest.mark.parametrize("reason", ["length", "time", "disconnect", "unspecified"])
def test_a_cut_body_says_so_and_is_valid_all_the_same(tmp_path: Path, reason: str) -> None:
    sent = exchange(body=HTML[:20], truncated=reason, headers=(("Content-Length", str(len(HTML))),))
    part = payload_digest(HTML[:20])
    known = {part: Original("https://www.example.com/", AT, part, Position("warc/x.warc.gz", 0, 1))}
    with writer(tmp_path, originals=originals(known)) as warc:
        position, digest = warc.append(sent)
    _, response, _ = records(segments(tmp_path)[0])
    assert response[0] == "response"  # no revisit of what may differ
    assert response[1]["WARC-Truncated"] == reason
    assert digest == response[1]["WARC-Payload-Digest"] == part
    assert read_capture(tmp_path, position).truncated == reason
    check(segments(tmp_path)[0])


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", None])
def test_the_address_that_answered_stands_in_the_record(tmp_path: Path, address: str | None) -> None:
    known: dict[str, Original] = {}
    with writer(tmp_path, originals=originals(known)) as warc:
        first, digest = warc.append(exchange(ip=address))
        known[digest] = Original("https://www.example.com/bridge", AT, digest, first)
        warc.append(exchange(ip=address))
    fields = {kind: fields for kind, fields, _ in records(segments(tmp_path)[0])}
    assert fields["response"].get("WARC-IP-Address") == fields["revisit"].get("WARC-IP-Address") == address


def test_a_revisit_says_of_what_it_is_one(tmp_path: Path) -> None:
    known: dict[str, Original] = {}
    with writer(tmp_path, originals=originals(known)) as warc:
        first, digest = warc.append(exchange())
        known[digest] = Original("https://www.example.com/bridge", AT, digest, first)
        warc.append(exchange("copy", fetched=AT + timedelta(hours=1)))
    _, response, _, revisit, _ = records(segments(tmp_path)[0])
    names = ("Refers-To-Target-URI", "Refers-To-Date", "Payload-Digest")
    told = {name: revisit[1][f"WARC-{name}"] for name in names}
    assert told == {
        "Refers-To-Target-URI": response[1]["WARC-Target-URI"],
        "Refers-To-Date": response[1]["WARC-Date"],
        "Payload-Digest": response[1]["WARC-Payload-Digest"],
    }
    assert revisit[1]["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert revisit[2].startswith(b"HTTP/1.1 200 OK\r\n")
    assert HTML not in revisit[2]


def test_a_new_writer_settles_what_a_killed_one_left(tmp_path: Path) -> None:
    killed = writer(tmp_path)
    position, _ = killed.append(exchange("kept"))
    kill(killed)
    (path,) = segments(tmp_path)
    assert path.name.endswith(".warc.gz.open")
    with path.open("ab") as stream:
        stream.write(gzip.compress(HTML)[:7])
    with writer(tmp_path) as warc:
        (found,) = warc.repairs
        assert (found.cut, found.damaged_at) == (7, None)
    (path,) = segments(tmp_path)
    assert path.name == "2026-03-01-0001.warc.gz"
    assert read_capture(tmp_path, position).url.endswith("kept")
    check(path)


def test_zeros_after_a_power_cut_are_torn_and_an_empty_segment_goes(tmp_path: Path) -> None:
    killed = writer(tmp_path)
    killed.append(exchange())
    kill(killed)
    (path,) = segments(tmp_path)
    info_end = records_ends(path)[0]
    path.write_bytes(path.read_bytes()[:info_end] + bytes(5000))
    assert writer(tmp_path).repairs[0].cut == 5000
    assert segments(tmp_path) == []


def records_ends(path: Path) -> list[int]:
    ends, rest, at = [], path.read_bytes(), 0
    while rest:
        member = zlib.decompressobj(31)
        member.decompress(rest)
        at += len(rest) - len(member.unused_data)
        ends.append(at)
        rest = member.unused_data
    return ends


def test_a_flipped_byte_is_reported_and_never_repaired_away(tmp_path: Path) -> None:
    killed = writer(tmp_path)
    position, _ = killed.append(exchange("first"))
    killed.append(exchange("second"))
    kill(killed)
    (path,) = segments(tmp_path)
    damaged = bytearray(path.read_bytes())
    damaged[position.offset + position.length // 2] ^= 0xFF
    path.write_bytes(damaged)
    (found,) = writer(tmp_path).repairs
    assert (found.cut, found.damaged_at) == (0, position.offset)
    assert segments(tmp_path)[0].read_bytes() == damaged
    with pytest.raises(WarcError, match="2026-03-01-0001"):
        read_capture(tmp_path, position)


def test_a_record_that_says_other_than_its_digest_is_refused(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        position, _ = warc.append(exchange())
    (path,) = segments(tmp_path)
    content = path.read_bytes()
    end = position.offset + position.length
    forged = gzip.compress(gzip.decompress(content[position.offset : end]).replace(b"approved", b"rejected"))
    path.write_bytes(content[: position.offset] + forged + content[end:])
    with pytest.raises(WarcError, match="digest"):
        read_capture(tmp_path, position)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WarcError, match=r"nowhere\.warc\.gz is missing"):
        read_capture(tmp_path, Position("warc/nowhere.warc.gz", 0, 1))


def test_a_write_that_fails_leaves_the_segment_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warc = writer(tmp_path)
    warc.append(exchange("kept"))
    segment: Any = warc._segment
    real = segment._file

    class FullDisk:
        """Takes half of what it is given, then has no room."""

        def __init__(self) -> None:
            self.room = 100

        def write(self, packed: memoryview) -> int:
            if not self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            taken: int = real.write(packed[: self.room])
            self.room = 0
            return taken

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    monkeypatch.setattr(segment, "_file", FullDisk())
    with pytest.raises(DiskFull, match="No space left"):
        warc.append(exchange("lost"))
    monkeypatch.setattr(segment, "_file", real)
    position, _ = warc.append(exchange("after"))
    warc.close()
    assert read_capture(tmp_path, position).url.endswith("after")
    check(segments(tmp_path)[0])


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("gzip", gzip.compress(HTML, mtime=0)),
        ("x-gzip", gzip.compress(HTML, mtime=0)),
        ("GZIP", gzip.compress(HTML[:9]) + gzip.compress(HTML[9:])),
        ("deflate", zlib.compress(HTML)),
        ("deflate", zlib.compress(HTML)[2:-4]),
        ("br", brotli.compress(HTML)),
        ("br, gzip", gzip.compress(brotli.compress(HTML), mtime=0)),
        ("identity", HTML),
        ("", HTML),
        ("unheard-of", HTML),
    ],
    ids=("gzip", "x-gzip", "members", "zlib", "raw", "br", "br in gzip", "identity", "none", "unknown"),
)
def test_content_codings_are_undone(name: str, encoded: bytes) -> None:
    assert coding.decode(encoded, name) == (HTML, None)


def zstd(body: bytes) -> bytes:
    """Zstandard, by the library that undoes it."""
    packed = io.BytesIO()
    writer = ZstdWriter(packed)
    writer.write(body)
    writer.close()
    return packed.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "br, gzip": lambda body: gzip.compress(brotli.compress(body)),
    "deflate, zstd": lambda body: zstd(zlib.compress(body)),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKERS)
def test_a_bomb_is_bounded_and_a_cut_body_says_so(name: str) -> None:
    pack = PACKERS[name]
    bomb = pack(bytes(5_000_000))
    body, cut = coding.decode(bomb, name, limit=10_000)
    assert (len(body), cut) == (10_000, "length")
    long = HTML * 50
    assert coding.decode(pack(long), name, limit=len(long)) == (long, None)
    if "zstd" not in name:
        assert coding.decode(pack(HTML)[:-5], name)[1] == "unspecified"


def test_a_bomb_takes_no_more_memory_than_it_may_give() -> None:
    for name, pack in PACKERS.items():
        bomb = pack(bytes(30_000_000))
        tracemalloc.start()
        coding.decode(bomb, name, limit=100_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 3_000_000, name


def test_codings_and_members_beyond_count_are_left_on() -> None:
    packed = HTML
    for _ in range(coding.CODINGS_LIMIT + 1):
        packed = gzip.compress(packed, mtime=0)
    names = ", ".join(["gzip"] * (coding.CODINGS_LIMIT + 1))
    assert coding.decode(packed, names)[0] == gzip.compress(HTML, mtime=0)
    many = gzip.compress(b"x") * (coding.MEMBERS_LIMIT + 1)
    assert coding.decode(many, "gzip") == (b"x" * coding.MEMBERS_LIMIT, "length")


@given(
    st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br", "zstd, deflate"])
)
def test_no_body_makes_decoding_raise(body: bytes, name: str) -> None:
    decoded, _ = coding.decode(body, name, limit=1000)
    assert len(decoded) <= 1000
