"""The front page: what is in the archive, what is new in it, whose it is. Never counts rows."""

from __future__ import annotations

from typing import Any

from readingroom.compat import metadata
from readingroom.facts import entry, plain
from readingroom.pages.changed import LATEST_CHANGES
from readingroom.web import admitted, answer

DIRECTORY = """
select s.key, s.name, s.url, s.language, s.licence, s.articles, s.first_crawl, s.last_crawl, s.health, s.why,
       s.health_since,
       (select published from articles where site = s.key and published > '' order by published limit 1)
         earliest,
       (select published from articles where site = s.key order by published desc limit 1) latest
from sites s order by s.articles desc, s.name limit :most
"""
CONTENTS = """
select (select sum(articles) from sites) as articles,
       (select count(*) from sites) as sites,
       (select day from articles where day > '' order by day limit 1) as earliest,
       (select day from articles order by day desc limit 1) as latest
"""
SITES = 60
LAST_CRAWL = "select id, started, finished, state from crawls order by id desc limit 1"
NEWEST = """
select a.*, s.name as site_name
from articles a left join sites s on s.key = a.site
order by a.published desc limit 12
"""


async def show(datasette: Any, request: Any) -> Any:
    """GET / and /front.json"""
    here = await admitted(datasette, request)
    contents, crawl = await here.row(CONTENTS), await here.row(LAST_CRAWL)
    newest, sites = await here.rows(NEWEST), await here.rows(DIRECTORY, {"most": SITES})
    changes = await here.rows(LATEST_CHANGES, {"most": 5})
    return await answer(here, request, "front.html", {
        "here": "/", "description": metadata(datasette, "description"), "contents": contents, "crawl": crawl,
        "newest": newest, "sites": sites, "changes": changes,
    }, {
        "description": metadata(datasette, "description"), "contents": dict(contents or {}),
        "last_crawl": dict(crawl) if crawl else None, "newest": [entry(row) for row in newest],
        "changes": plain(changes), "sites": plain(sites),
    })  # fmt: skip
