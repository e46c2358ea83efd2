"""What this archive is, how to cite it, and how programs ask it: every address, and SQL that runs as it
stands."""

from __future__ import annotations

from typing import Any

from readingroom.compat import metadata
from readingroom.question import A_DATE
from readingroom.web import admitted, answer

ADDRESSES = (
    ("/front.json", "what the archive holds, its newest articles and changes"),
    ("/search.json?q=", "articles that have the words, twenty at a time; the address under next leads on"),
    (
        "/search/articles.jsonl?q=",
        "all of them as a file: csv, json, jsonl, parquet, bib, ris, csl.json; with texts by text=1",
    ),
    ("/search/feed.atom?q=", "the newest of them as a feed"),
    ("/concordance.json?q=", "every place where the words stand; also .csv; sort=left or right"),
    ("/timeline.json?q=", "counts over time; by=year, month or day"),
    ("/compare.json?q=&site=&q=&site=", "up to four counts over time"),
    ("/article/1.json", "one article with text, versions, captures, headers, addresses, what was left out"),
    ("/article/1/versions.json?old=1&new=1", "two versions, with every word kept, added or removed"),
    ("/article/1/cite.ris", "its reference; also .bib and .csl.json"),
    ("/capture/1.json", "a capture as it was: what of its page is shown, and what was left out"),
    ("/changed.json", "what changed lately; only=headlines"),
    ("/sites.json", "the sites, with what became of their addresses"),
    ("/status.json", "crawls, and the ledger by outcome and reason"),
)
FILTERS = (
    ("site", "key of a site"),
    ("section", "as the site names it"),
    ("author", "a name as printed"),
    ("language", "such as en"),
    ("since", f"{A_DATE}, UTC, included"),
    ("until", "likewise"),
    ("kind", "article, live blog or gallery"),
    ("access", "open, metered or paywalled"),
    ("order", "best, newest or oldest"),
)
EXAMPLES = (
    (
        "Articles since a day, newest first",
        """select id, title, site, published from articles
where published >= '2020-01-01'
order by published desc limit 100""",
    ),
    (
        "The best matches of some words, with the passage",
        """select a.id, a.title, a.published,
  snippet(articles_fts, 3, '[', ']', ' … ', 24) as passage
from articles_fts f join articles a on a.id = f.rowid
where articles_fts match '"council" OR "town"'
order by bm25(articles_fts, 8, 4, 2, 1) limit 50""",
    ),
    (
        "Articles of each site by year",
        """select site, substr(published, 1, 4) as year, count(*) as articles
from articles where published > '' group by site, year order by site, year""",
    ),
    (
        "Who writes most",
        """select authors.name, count(*) as articles
from article_authors join authors on authors.id = article_authors.author
group by authors.id order by articles desc limit 50""",
    ),
    (
        "Headlines that changed",
        """select r.article, before.title as was, r.title as became, r.seen
from revisions r join revisions before on before.article = r.article and before.ordinal = r.ordinal - 1
where r.change in ('headline', 'correction', 'rewrite') and r.title <> before.title
order by r.seen desc limit 50""",
    ),
    (
        "What was left out of the archive, and why",
        """select outcome, reason, count(*) as addresses
from urls group by outcome, reason order by addresses desc limit 50""",
    ),
    (
        "Where the proof of an article lies",
        """select c.fetched, c.digest, c.warc_file, c.warc_offset, c.warc_length
from captures c where c.article = 1 order by c.fetched""",
    ),
)
LIMITS = ("sql_time_limit_ms", "max_returned_rows")


SAID = ("title", "description", "license", "license_url", "source", "source_url", "about", "about_url")
"""What metadata.yml says of the archive as a whole."""


async def show(datasette: Any, request: Any) -> Any:
    """GET /about"""
    here = await admitted(datasette, request)
    told = {name: metadata(datasette, name) for name in SAID}
    tables = {
        name: {"description": table.get("description", ""), "columns": table.get("columns", {})}
        for name, table in (metadata(datasette, "tables", here.database) or {}).items()
        if not table.get("hidden")
    }
    limits = {name: datasette.setting(name) for name in LIMITS}
    page = str(datasette.absolute_url(request, here.path("/")))
    return await answer(here, request, "about.html", {
        "here": "/about", "told": told, "page": page, "tables": tables, "addresses": ADDRESSES,
        "filters": FILTERS, "examples": EXAMPLES, "limits": limits,
    }, {
        "metadata": told, "tables": tables, "limits": limits, "addresses": dict(ADDRESSES),
        "filters": dict(FILTERS), "examples": [{"title": title, "sql": sql} for title, sql in EXAMPLES],
    })  # fmt: skip
