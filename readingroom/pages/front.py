"""The front page: what is in the archive, what is new in it, whose it is. Never counts rows."""

from __future__ import annotations

from typing import Any

from readingroom.pages.changed import LATEST_CHANGES
from readingroom.web import admitted, page

SITES = """
select s.key, s.name, s.url, s.language, s.articles, s.last_crawl,
       (select published from articles where site = s.key and published > '' order by published limit 1)
         earliest,
       (select published from articles where site = s.key order by published desc limit 1) latest
from sites s order by s.articles desc, s.name limit 60
"""
CONTENTS = """
select (select sum(articles) from sites) as articles,
       (select count(*) from sites) as sites,
       (select day from articles where day > '' order by day limit 1) as earliest,
       (select day from articles order by day desc limit 1) as latest
"""
LAST_CRAWL = "select id, started, finished, state from crawls order by id desc limit 1"
NEWEST = """
select a.*, s.name as site_name
from articles a left join sites s on s.key = a.site
order by a.published desc limit 12
"""


async def show(datasette: Any, request: Any) -> Any:
    """GET /"""
    here = await admitted(datasette, request)
    return await page(here, request, "front.html", {
        "here": "/",
        "description": datasette.metadata("description"),
        "contents": await here.row(CONTENTS),
        "crawl": await here.row(LAST_CRAWL),
        "newest": await here.rows(NEWEST),
        "sites": await here.rows(SITES),
        "changes": await here.rows(LATEST_CHANGES, {"most": 5}),
    })  # fmt: skip
