"""Articles that changed after they were first seen, the latest change first, headlines word by word.

All changes, or only those that gave an article another headline.
"""

from __future__ import annotations

from typing import Any

from readingroom.difference import compare_line
from readingroom.facts import plain
from readingroom.web import admitted, answer, number

KINDS = {
    "correction": "Correction",
    "rewrite": "Rewrite",
    "headline": "New headline",
    "update": "Update",
    "withdrawn": "Withdrawn",
    "returned": "Returned",
    "reverted": "Back to an earlier version",
}
PAGE = 40
LAST_PAGE = 25
LOOKED_AT = 5_000
"""The newest changes among which other headlines are looked for."""

# One short walk down the index (change, seen) for each kind: (seen) alone would pass every first version.
_NEWEST_OF_EACH = "\nunion all\n".join(
    f"select * from (select id, seen from revisions where change = '{kind}' order by seen desc limit :most)"
    for kind in KINDS
)
LATEST_CHANGES = f"""
with latest as (select id from ({_NEWEST_OF_EACH}) order by seen desc, id desc limit :most)
select r.id, r.article, r.ordinal, r.seen, r.change, r.words_added, r.words_removed,
       before.title as title_before, iif(r.change = 'withdrawn', before.title, r.title) as title,
       a.site, a.language, s.name as site_name
from latest
  join revisions r on r.id = latest.id
  join articles a on a.id = r.article
  left join revisions before on before.article = r.article and before.ordinal = r.ordinal - 1
  left join sites s on s.key = a.site
order by r.seen desc, r.id desc
"""
NEW_HEADLINES = f"""
select * from ({LATEST_CHANGES}) where title <> title_before limit :shown
"""


async def show(datasette: Any, request: Any) -> Any:
    """GET /changed?only=headlines&page="""
    here = await admitted(datasette, request)
    leaf = number(request.args.get("page"), 1, within=(1, LAST_PAGE))
    only = "headlines" if request.args.get("only") == "headlines" else None
    wanted = PAGE * leaf + 1
    if only:
        rows = await here.rows(NEW_HEADLINES, {"most": LOOKED_AT, "shown": wanted})
    else:
        rows = await here.rows(LATEST_CHANGES, {"most": wanted})
    shown = rows[PAGE * (leaf - 1) : PAGE * leaf]
    more = len(rows) > PAGE * leaf and leaf < LAST_PAGE
    onward = here.path("/changed.json", only=only, page=leaf + 1)
    return await answer(here, request, "changed.html", {
        "here": "/changed", "kinds": KINDS, "only": only, "leaf": leaf, "more": more,
        "changes": [(row, compare_line(row["title_before"], row["title"])) for row in shown],
    }, {
        "changes": plain(shown), "next": str(datasette.absolute_url(request, onward)) if more else None,
    })  # fmt: skip
