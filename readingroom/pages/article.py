"""One article to read; beneath it its versions, its source, its addresses, what the cleaner left out."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from datasette import Response
from markupsafe import Markup

from readingroom.citation import FILES, STYLES, Reference, coins, inert_json, schema_org, written
from readingroom.facts import entry, plain
from readingroom.markup import body, web_address
from readingroom.pages.capture import REPLAYED
from readingroom.pages.changed import KINDS
from readingroom.pages.exports import TYPES
from readingroom.web import Room, admitted, answer, missing

ARTICLE = """
select a.*, s.name as site_name, s.licence, t.text, t.html
from articles a left join article_text t on t.id = a.id left join sites s on s.key = a.site
where a.id = :id
"""
VERSIONS = """
select ordinal, seen, change, title, words_added, words_removed, capture from revisions
where article = :id order by ordinal desc limit 200
"""
ADDRESSES = """
select url, outcome, reason, status, leads_to from urls
where article = :id or leads_to in (select url from urls where article = :id)
order by first_seen, url limit 100
"""
CAPTURES = "select * from captures where article = :id order by id desc limit 50"
AUTHORS = """
select name from article_authors join authors on authors.id = article_authors.author
where article = :id order by position
"""
TAGS = """
select name from article_tags join tags on tags.id = article_tags.tag
where article = :id order by name limit 100
"""
IMAGES = "select url, caption, credit from images where article = :id order by id limit 20"
NO_ARTICLE = "There is no article {id} in this archive."
REMOVED = "select reason, text from removed_blocks where article = :id order by position limit 200"


ELSEWHERE = """
with same(article) as (
  select article from revisions
  where hash in (select hash from revisions where article = :id and change <> 'withdrawn')
  union select id from articles where story_id = (select story_id from articles where id = :id)
)
select a.id, a.title, a.site, s.name as site_name, a.url, a.published, a.utc_offset, a.language
from same join articles a on a.id = same.article left join sites s on s.key = a.site
where a.id <> :id order by a.published, a.id limit 50
"""
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
HANGINGS = {"addresses": ADDRESSES, "authors": AUTHORS, "tags": TAGS, "images": IMAGES, "removed": REMOVED,
            "elsewhere": ELSEWHERE, "versions": VERSIONS, "captures": CAPTURES}  # fmt: skip
PROVEN = (
    "fetched", "url", "status", "content_type", "digest", "length", "verdict", "reason", "extractor",
    "encoding", "warc_file", "warc_offset", "warc_length",
)  # fmt: skip


async def show(datasette: Any, request: Any) -> Any:
    """GET /article/ID?pictures=1; with `pictures` the reader's browser fetches them from their sites."""
    here = await admitted(datasette, request)
    found = await article_row(here, request)
    if found is None:
        return await missing(here, request, NO_ARTICLE.format(**request.url_vars))
    rest = {name: await here.rows(sql, {"id": found["id"]}) for name, sql in HANGINGS.items()}
    source = _source(rest["versions"], rest["captures"])
    ref = Reference.read(found, [row["name"] for row in rest["authors"]], here.title)
    cited = {style: cite(ref) for style, cite in STYLES.items()}
    wayback = _wayback(found["url"], source)
    address = str(datasette.absolute_url(request, here.path(f"/article/{found['id']}")))
    pictures = {row["url"]: origin for row in rest["images"] if (origin := _origin(row["url"]))}
    asked = bool(request.args.get("pictures"))
    shown = {
        **rest, "article": found, "body": body(found["html"]), "source": source, "chain": _chain(source),
        "headers": _pairs(source), "wayback": wayback, "kinds": KINDS, "cited": cited, "files": FILES,
        "coins": coins(ref), "about": Markup(inert_json(schema_org(ref, archivedAt=address))),
        "pictures": pictures, "replayed": REPLAYED, "asked_for_pictures": asked,
    }  # fmt: skip
    facts = {**_facts(found, rest, source), "citations": cited, "wayback": wayback}
    images = sorted(set(pictures.values())) if asked else ()
    return await answer(here, request, "article.html", shown, facts, images=images)


def _facts(
    found: sqlite3.Row, rest: Mapping[str, list[sqlite3.Row]], source: sqlite3.Row | None
) -> dict[str, object]:
    """What the page says of the article and of what hangs on it, as JSON."""
    return {
        "article": entry(found, key=found["key"], confidence=found["confidence"], story_id=found["story_id"]),
        "authors": [row["name"] for row in rest["authors"]],
        "tags": [row["name"] for row in rest["tags"]],
        "text": found["text"],
        "html": str(body(found["html"])),
        **{name: plain(rest[name]) for name in ("images", "versions", "addresses", "elsewhere")},
        "removed_blocks": plain(rest["removed"]),
        "source": _provenance(source),
        "captures": [_provenance(row) for row in rest["captures"]],
    }


async def cite(datasette: Any, request: Any) -> Any:
    """GET /article/ID/cite.FORMAT: the article's reference, for a program that keeps references."""
    here = await admitted(datasette, request)
    found, form = await article_row(here, request), request.url_vars["format"]
    if found is None:
        return await missing(here, request, NO_ARTICLE.format(**request.url_vars))
    names = [row["name"] for row in await here.rows(AUTHORS, {"id": found["id"]})]
    ref = Reference.read(found, names, here.title)
    disposition = {"Content-Disposition": f'attachment; filename="{ref.key}.{form}"'}
    return Response(written(form, [ref]), content_type=TYPES[form], headers=disposition)


async def article_row(here: Room, request: Any) -> sqlite3.Row | None:
    """The article that the address names, with its text and its site's name, or None."""
    return await here.row(ARTICLE, {"id": int(request.url_vars["id"])})


def _source(versions: list[sqlite3.Row], captures: list[sqlite3.Row]) -> sqlite3.Row | None:
    """The capture that the text shown was read from: that of the newest version which is not a tombstone."""
    wanted = next((version["capture"] for version in versions if version["change"] != "withdrawn"), None)
    return next((capture for capture in captures if capture["id"] == wanted), None)


def _chain(capture: sqlite3.Row | None) -> list[str]:
    """The addresses that redirected to the capture; none where the column holds no such list."""
    try:
        chain = json.loads((capture and capture["chain"]) or "[]")
    except ValueError:
        return []
    return [str(url) for url in chain] if isinstance(chain, list) else []


def _pairs(capture: sqlite3.Row | None) -> list[tuple[str, str]]:
    """Names and values of the headers that came with the capture, as received."""
    try:
        pairs = json.loads((capture and capture["headers"]) or "[]")
        return [(str(name), str(value)) for name, value in pairs]
    except (ValueError, TypeError):
        return []


def _provenance(capture: sqlite3.Row | None) -> dict[str, object] | None:
    """A capture as JSON tells it."""
    if capture is None:
        return None
    return {**{name: capture[name] for name in PROVEN}, "chain": _chain(capture), "headers": _pairs(capture)}


def _origin(url: str) -> str | None:
    """Where a picture would come from, fit to stand in a Content-Security-Policy; None for what is no
    address."""
    try:
        parts = urlsplit(url if web_address(url) else "")
    except ValueError:
        return None
    return f"{parts.scheme.lower()}://{parts.netloc}" if HOST.fullmatch(parts.netloc) else None


def _wayback(url: str, capture: sqlite3.Row | None) -> str:
    """The Wayback Machine's copy nearest to the capture."""
    stamp = "".join(char for char in (capture["fetched"] if capture else "") if char.isdigit()) or "2"
    return f"https://web.archive.org/web/{stamp}/{url}"
