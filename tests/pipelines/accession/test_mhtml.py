"""Pages that browsers save in one file."""

from __future__ import annotations

import quopri
from datetime import UTC, datetime

import pytest

from pipelines.accession import mhtml
from pipelines.errors import InputUnreadable
from tests.pipelines.foreignwarc import page

HEAD = (
    "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://gazette.example/a?b=1\r\n"
    "Subject: =?utf-8?Q?Breakwater?=\r\nDate: Wed, 1 May 2024 14:00:00 +0200\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/related; type="text/html"; boundary="----B----"\r\n\r\n'
)
PICTURE = "------B----\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n"


def saved(
    body: bytes = page(1), *, head: str = HEAD, charset: str = "", content_id: str = "<frame-1>"
) -> bytes:
    part = (
        f"------B----\r\nContent-Type: text/html{charset}\r\nContent-ID: {content_id}\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\nContent-Location: https://gazette.example/part\r\n\r\n"
    )
    quoted = quopri.encodestring(body).replace(b"\n", b"\r\n")
    return head.encode() + PICTURE.encode() + part.encode() + quoted + b"\r\n------B------\r\n"


def test_a_page_saved_by_chromium() -> None:
    found = mhtml.read(saved())
    assert found.body.strip() == page(1)
    assert (found.content_type, found.url) == ("text/html", "https://gazette.example/a?b=1")
    assert found.saved == datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_a_page_without_date_and_snapshot_address() -> None:
    head = HEAD.replace("Snapshot-Content-Location", "X-Other").replace("Date: Wed", "Date: sometime, Wed")
    found = mhtml.read(saved("Grüße".encode("windows-1252"), head=head, charset='; charset="Windows-1252"'))
    assert found.body.strip() == "Grüße".encode("windows-1252")
    assert found.content_type == "text/html; charset=windows-1252"
    assert (found.url, found.saved) == ("https://gazette.example/part", None)


def test_the_start_part_is_the_page() -> None:
    head = HEAD.replace("type=", 'start="<second>"; type=')
    frame = saved(b"<p>a frame</p>", head=head).partition(b"------B------")[0]
    main = saved(page(2), head="", content_id="<second>").partition(PICTURE.encode())[2]
    assert mhtml.read(frame + main).body.strip() == page(2)


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\r\n\0", HEAD.encode() + PICTURE.encode(), b"Subject: x\r\n\r\ntext"]
)
def test_what_holds_no_page(content: bytes) -> None:
    with pytest.raises(InputUnreadable, match="no HTML page in it"):
        mhtml.read(content)


def test_an_empty_page() -> None:
    with pytest.raises(InputUnreadable, match="empty"):
        mhtml.read(saved(b""))
