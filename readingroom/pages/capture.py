"""A capture replayed: the page as its site served it, from its WARC record, in a frame that can do nothing.

Only captures of articles are replayed, and none that the archive withholds: those belong to no article.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from datasette import Response

from pipelines.article.guard import MAX_BYTES
from pipelines.errors import WarcError
from pipelines.model import Capture, Position
from pipelines.warc import open_segment, read_capture, target_uri
from readingroom.facts import plain
from readingroom.replay import POLICY, Inert, inert, inert_text, told
from readingroom.web import Room, admitted, answer, missing, number

REPLAYED = ("article", "unchanged", "duplicate")
"""Verdicts on captures that hold an article's page; not among them: withheld, gone, failed."""
CAPTURE = f"""
select c.*, a.title, a.language, a.utc_offset, s.name as site_name,
       (select ordinal from revisions r where r.article = c.article and r.seen <= c.fetched
        order by ordinal desc limit 1) as ordinal
from captures c join articles a on a.id = c.article left join sites s on s.key = c.site
where c.id = :id and c.verdict in {REPLAYED}
"""
DAY = f"""
select c.id, c.fetched, c.url, c.status, c.verdict, c.reason, c.article, a.title, a.language, a.utc_offset,
       c.verdict in {REPLAYED} and a.id is not null as replayed
from captures c left join articles a on a.id = c.article
where c.site = :site and c.fetched >= :day and c.fetched < :day || '~' order by c.fetched, c.id
limit :most offset :skip
"""
IN_DAY = "select count(*) from captures where site = :site and fetched >= :day and fetched < :day || '~'"
NO_CAPTURE = "There is no capture {id} of an article in this archive."
NOT_HERE = "The captures are not part of this copy of the archive, only where they lie."
PAGE = 200
SEGMENT = re.compile(r"warc/[\w.-]+\.warc\.gz")
TOLD = (
    "id", "article", "url", "fetched", "status", "content_type", "digest", "warc_file",
    "warc_offset", "warc_length",
)  # fmt: skip
_READERS = ThreadPoolExecutor(2, "replay")
"""So few that hostile pages, each of which may take a second and 100 MB, cannot take more together."""
Result = TypeVar("Result")


async def show(datasette: Any, request: Any) -> Any:
    """GET /capture/ID?styles=none: the frame, and above it what was left out of the page."""
    here = await admitted(datasette, request)
    row = await _row(here, request)
    if row is None:
        return await missing(here, request, NO_CAPTURE.format(**request.url_vars))
    page = await _in_thread(partial(_inert, here, row, styled=_styled(request)))
    shown, why = (page, "") if isinstance(page, Inert) else (None, page)
    left_out = shown.left_out if shown else {}
    return await answer(
        here, request, "capture.html",
        {"capture": row, "shown": shown, "why": why, "left_out": told(left_out), "styled": _styled(request)},
        {"capture": {name: row[name] for name in TOLD}, "replayed": shown is not None, "why_not": why or None,
         "left_out": dict(left_out), "is_cut": bool(shown and shown.is_cut)},
        framing=True,
    )  # fmt: skip


async def frame(datasette: Any, request: Any) -> Any:
    """GET /capture/ID/page?styles=none: the page itself, inert, under a policy of its own."""
    here = await admitted(datasette, request)
    row = await _row(here, request)
    page = await _in_thread(partial(_inert, here, row, styled=_styled(request))) if row else None
    if not isinstance(page, Inert):
        return await missing(here, request, page or NO_CAPTURE.format(**request.url_vars))
    return Response.html(page.html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "private"})


async def record(datasette: Any, request: Any) -> Any:
    """GET /capture/ID.warc.gz: the record as it lies in its file, to be kept or checked by other programs."""
    here = await admitted(datasette, request)
    row = await _row(here, request)
    packed = await _in_thread(partial(_packed, here, row)) if row else NO_CAPTURE.format(**request.url_vars)
    if isinstance(packed, str):
        return await missing(here, request, packed)
    name = f"capture-{request.url_vars['id']}.warc.gz"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": POLICY}
    return Response(packed, content_type="application/warc", headers=headers)


async def day(datasette: Any, request: Any) -> Any:
    """GET /sites/KEY/DAY?page=: the captures of one day, each with what became of it."""
    here = await admitted(datasette, request)
    asked = {"site": request.url_vars["key"], "day": request.url_vars["day"]}
    count = (await here.rows(IN_DAY, asked))[0][0]
    if not count:
        return await missing(here, request, f"There is no capture of {asked['site']} on {asked['day']}.")
    named = await here.row("select name from sites where key = :site", {"site": asked["site"]})
    page = _page(request, count)
    rows = await here.rows(DAY, {**asked, "most": PAGE, "skip": (page - 1) * PAGE})
    onward = here.path(request.path, page=page + 1) if count > page * PAGE else None
    return await answer(
        here, request, "day.html",
        {"here": "/sites", **asked, "site_name": named["name"] if named else asked["site"], "captures": rows,
         "count_of": count, "onward": onward},
        {**asked, "count": count, "captures": plain(rows), "next": onward},
    )  # fmt: skip


async def _row(here: Room, request: Any) -> sqlite3.Row | None:
    return await here.row(CAPTURE, {"id": int(request.url_vars["id"])})


def _styled(request: Any) -> bool:
    return str(request.args.get("styles")) != "none"


async def _in_thread(work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_READERS, work)


def _inert(here: Room, row: sqlite3.Row, *, styled: bool) -> Inert | str:
    """The capture's page made inert, or why it cannot be shown."""
    capture = _capture(here.captures, row)
    if isinstance(capture, str):
        return capture
    kind = (row["content_type"] or "text/html").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return inert(capture.body, row["url"], row["content_type"], styled=styled)
    if kind == "text/plain":
        return inert_text(capture.body, row["content_type"])
    return f"What was captured is no page but {kind}."


def _page(request: Any, count: int) -> int:
    return number(request.args.get("page"), 1, within=(1, -(-count // PAGE)))


def _packed(here: Room, row: sqlite3.Row) -> bytes | str:
    """The bytes of the record, or why they cannot be had."""
    folder = here.captures
    capture = _capture(folder, row)
    if isinstance(capture, str) or folder is None or capture.position is None:
        return capture if isinstance(capture, str) else NOT_HERE
    with open_segment(folder, capture.position.file) as segment:
        segment.seek(capture.position.offset)
        return segment.read(capture.position.length)


def _capture(folder: Path | None, row: sqlite3.Row) -> Capture | str:
    """The capture from its record, its digests checked; or why it cannot be had, without any path."""
    if not row["warc_file"]:
        return "No record is kept of this capture."
    if folder is None:
        return NOT_HERE
    if not SEGMENT.fullmatch(row["warc_file"]) or not isinstance(row["warc_offset"], int):
        return f"{row['warc_file']} is no WARC file of an archive."
    if max(row["length"] or 0, row["warc_length"] or 0) > MAX_BYTES:
        return f"The page is larger than {MAX_BYTES:,} bytes; newsarchive export takes it out of the archive."
    try:
        capture = read_capture(
            folder, Position(row["warc_file"], row["warc_offset"], row["warc_length"] or 0), limit=MAX_BYTES
        )
    except WarcError:
        return "Its record is missing or damaged; newsarchive verify tells more."
    if capture.url != target_uri(row["url"]) or (row["digest"] and capture.digest != row["digest"]):
        return "The record that lies at its place is of another page; newsarchive verify tells more."
    if not capture.body:
        return "The site sent no page: it said that nothing had changed since the capture before."
    return capture
