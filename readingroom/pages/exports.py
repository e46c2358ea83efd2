"""A search's whole result as a file, written while it is read; and its newest articles as a feed."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from array import array
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any
from xml.etree import ElementTree

from datasette import Response
from datasette.utils.asgi import AsgiStream

from pipelines.formats import ARTICLE, TEXT, Parquet, harmless
from readingroom.citation import Reference, written
from readingroom.facts import ENTRY
from readingroom.pages.search import by_date, counted, every_id
from readingroom.question import Order, Question
from readingroom.web import Room, admitted, unreadable

SECONDS = 20
"""How long finding all the articles may take; the rest is read in small bites."""
BITE = 200
GROUP_ROWS = 2_000
"""Articles of one row group of Parquet, which are held at once."""
PARQUET = tuple(column for column in ARTICLE if column.name in {*ENTRY, "authors"})
FEED = 50
ROWS = """
select a.*, s.name as site_name, t.text,
       (select json_group_array(name) from (select authors.name from article_authors w
          join authors on authors.id = w.author where w.article = a.id order by w.position)) as authors
from articles a left join sites s on s.key = a.site left join article_text t on t.id = a.id
where a.id in (select value from json_each(:ids))
"""
TYPES = {
    "csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "parquet": "application/vnd.apache.parquet", "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "csl.json": "application/vnd.citationstyles.csl+json; charset=utf-8",
}  # fmt: skip
ATOM = "http://www.w3.org/2005/Atom"
XML_REFUSES = {code: None for code in range(32) if chr(code) not in "\t\n\r"} | {0xFFFE: None, 0xFFFF: None}


async def export(datasette: Any, request: Any) -> Any:
    """GET /search/articles.FORMAT?...&text=1: every article of the search in its order; with its text, if
    asked."""
    here = await admitted(datasette, request)
    form = request.url_vars["format"]
    asked = Question.read(request.args)
    if answered := unreadable(asked):
        return answered
    # The ids of a million articles are 8 MB. A cursor kept open for as long as a slow reader takes would hold
    # one of Datasette's few connections, and keep the WAL of an archive that is being crawled from ending.
    ids = array("q")
    for statement in [] if asked.vain else every_id(asked):
        try:
            ids += await here.ids(statement, SECONDS)
        except sqlite3.OperationalError as error:
            return Response.text(f"The articles could not be put in order in {SECONDS} seconds ({error}); "
                                 "ask in order of date, or narrow the search.\n", status=503)  # fmt: skip
    if form == "parquet":
        columns = (*PARQUET, *([TEXT] if request.args.get("text") else []))
        return _Bytes(here, ids, Parquet(columns, group_rows=GROUP_ROWS))
    writer = _WRITERS[form](here.title, bool(request.args.get("text")))

    async def stream(out: Any) -> None:
        await out.write(writer.head)
        for first in range(0, len(ids), BITE):
            bite = ids[first : first + BITE]
            await out.write(writer.body(await _rows(here, bite), first == 0))
        await out.write(writer.foot)

    headers = {"Content-Disposition": f'attachment; filename="articles.{form}"'}
    return AsgiStream(stream, headers=headers, content_type=TYPES[form])


async def feed(datasette: Any, request: Any) -> Any:
    """GET /search/feed.atom?...: the newest articles of the search, as RFC 4287 has it."""
    here = await admitted(datasette, request)
    asked = Question.read(
        {**{name: request.args.get(name) for name in request.args}, "order": Order.NEWEST.value}
    )
    if answered := unreadable(asked):
        return answered
    found = [] if asked.vain else await by_date(here, asked, FEED, None, await counted(here, asked))
    rows = await _rows(here, [row["id"] for row in found])

    def absolute(path: str, **query: object) -> str:
        return str(datasette.absolute_url(request, here.path(path, **query)))

    parameters = {name: value for name, value in asked.parameters.items() if name != "order"}
    document = _atom(
        here.title,
        asked,
        rows,
        absolute("/search", **parameters, order="newest"),
        absolute("/search/feed.atom", **parameters),
        lambda number: absolute(f"/article/{number}"),
    )
    return Response(document, content_type="application/atom+xml; charset=utf-8")


async def _rows(here: Room, ids: Sequence[int]) -> list[sqlite3.Row]:
    found = {row["id"]: row for row in await here.rows(ROWS, {"ids": json.dumps(list(ids))})}
    return [found[number] for number in ids if number in found]


class _Bytes(AsgiStream):  # type: ignore[misc]
    """The answer that is Parquet: what AsgiStream itself writes is text."""

    def __init__(self, here: Room, ids: Sequence[int], writer: Parquet) -> None:
        self._here, self._ids, self._writer = here, ids, writer

    async def asgi_send(self, send: Any) -> None:
        """Send the file while it is made."""
        headers = {"content-type": TYPES["parquet"],
                   "content-disposition": 'attachment; filename="articles.parquet"'}  # fmt: skip
        told = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        await self._write(send, self._writer.head())
        for first in range(0, len(self._ids), BITE):
            rows = await _rows(self._here, self._ids[first : first + BITE])
            listed = [{**dict(row), "authors": json.loads(row["authors"] or "[]")} for row in rows]
            await self._write(send, self._writer.rows(listed))
        await self._write(send, self._writer.end())
        await send({"type": "http.response.body", "body": b""})

    async def _write(self, send: Any, content: bytes) -> None:
        if content:
            await send({"type": "http.response.body", "body": content, "more_body": True})


class _Csv:
    """A table with a head; a cell that a spreadsheet would run as a formula begins with an apostrophe."""

    def __init__(self, _: str, text: bool) -> None:
        self.columns = (*ENTRY, *(("text",) if text else ()))
        self.head, self.foot = self._lines([self.columns]), ""

    def body(self, rows: Sequence[sqlite3.Row], _: bool) -> str:
        return self._lines([[harmless(row[name]) for name in self.columns] for row in rows])

    def _lines(self, rows: Sequence[Sequence[object]]) -> str:
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        return out.getvalue()


class _Json:
    """One array, or with `lines` one object on each line."""

    def __init__(self, _: str, text: bool, lines: bool = False) -> None:
        self.columns = (*ENTRY, *(("text",) if text else ()))
        self.lines = lines
        self.head, self.foot = ("", "") if lines else ("[", "\n]\n")

    def body(self, rows: Sequence[sqlite3.Row], first: bool) -> str:
        objects = [json.dumps(_told(row, self.columns), ensure_ascii=False) for row in rows]
        if self.lines:
            return "".join(f"{line}\n" for line in objects)
        return ("\n" if first else ",\n") + ",\n".join(objects)


class _References:
    """BibTeX, RIS or CSL-JSON."""

    def __init__(self, archive: str, form: str) -> None:
        self.archive, self.form = archive, form
        self.head, self.foot = ("[", "\n]\n") if form == "csl.json" else ("", "")

    def body(self, rows: Sequence[sqlite3.Row], first: bool) -> str:
        text = written(self.form, [reference(row, self.archive) for row in rows])
        if self.form != "csl.json":
            return text + "\n"
        return ("" if first else ",") + text[1:-2]


def reference(row: sqlite3.Row, archive: str) -> Reference:
    """The reference of a row with its column `authors`, a JSON array of names."""
    return Reference.read(row, json.loads(row["authors"] or "[]"), archive)


_WRITERS: dict[str, Callable[[str, bool], Any]] = {
    "csv": _Csv,
    "json": _Json,
    "jsonl": lambda archive, text: _Json(archive, text, lines=True),
    "bib": lambda archive, _: _References(archive, "bib"),
    "ris": lambda archive, _: _References(archive, "ris"),
    "csl.json": lambda archive, _: _References(archive, "csl.json"),
}


def _told(row: sqlite3.Row, columns: Sequence[str]) -> dict[str, object]:
    return {**{name: row[name] for name in columns}, "authors": json.loads(row["authors"] or "[]")}


def _atom(
    archive: str,
    asked: Question,
    rows: Sequence[sqlite3.Row],
    page: str,
    own: str,
    address: Callable[[int], str],
) -> str:
    """The feed document; `address` makes the address of an article's page from its id."""
    root = ElementTree.Element("feed", xmlns=ATOM)
    narrowed = ", ".join(filter(None, (asked.typed, *asked.filters.values())))
    updated = max((_instant(row["last_seen"]) for row in rows), default="1970-01-01T00:00:00Z")
    _elements(root, title=f"{archive}: {narrowed}" if narrowed else archive, id=own, updated=updated)
    ElementTree.SubElement(root, "link", rel="self", href=own)
    ElementTree.SubElement(root, "link", rel="alternate", type="text/html", href=page)
    for row in islice(rows, FEED):
        item = ElementTree.SubElement(root, "entry")
        _elements(
            item,
            title=row["title"] or "Untitled",
            id=address(row["id"]),
            updated=_instant(row["last_seen"]),
            published=_instant(row["published"]) if row["published"] else None,
            summary=row["standfirst"],
        )
        ElementTree.SubElement(item, "link", rel="alternate", type="text/html", href=address(row["id"]))
        for name in json.loads(row["authors"] or "[]") or [row["site_name"] or row["site"]]:
            _elements(ElementTree.SubElement(item, "author"), name=name)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _elements(parent: ElementTree.Element, **texts: str | None) -> None:
    for name, text in texts.items():
        if text is not None:
            ElementTree.SubElement(parent, name).text = text.translate(XML_REFUSES)


def _instant(stored: str) -> str:
    """A stored time, or the beginning of a stored day, as RFC 3339 wants it."""
    return stored if "T" in stored else f"{stored[:10]}T00:00:00Z"
