"""The back-fills of one crawl: what each site's walk (scraper.backfill) learns from the frontier at its
beginning, from the listings that come in, and from the archive; how far it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

from pipelines.store import Archive
from scraper import dated
from scraper.backfill import LEFT_FOR, NOTHING_NEW, OLDER, PAST, Named, Walk
from scraper.discovery.candidate import Candidate, Place, Role
from scraper.frontier import Due, Found, Task
from scraper.report import Past
from scraper.yields import BARREN

if TYPE_CHECKING:
    from scraper.run import Run


def begin(run: Run, now: float) -> None:
    """Queue the listings that are known, to be walked again; those of a walk cut off wait already."""
    for site, walk in run.walks.items():
        _begin(run, site, walk, now)


def _begin(run: Run, site: str, walk: Walk, now: float) -> None:
    before = run.frontier.past.last(site)
    since = walk.since.isoformat()
    if before is not None and before.ended is None and before.since == since:
        run.tally.note(site, f"goes on with the back-fill that began {_moment(before.begun)}")
    else:
        run.frontier.past.begin(site, since, now, _listings(run, site, walk))
    walk.left += run.frontier.past.postpone_sitemaps(
        site, lambda url: walk.is_older(None, dated.sitemap_period(url)), now + LEFT_FOR
    )


def _listings(run: Run, site: str, walk: Walk) -> list[tuple[str, int]]:
    """(key, what is added to its priority) of the known pages of listings that are worth another look."""
    scope = run.scopes[site]
    return [
        (key, walk.rank(url))
        for key, url, role in run.frontier.past.listings(site, (BARREN, OLDER, NOTHING_NEW))
        if (role == Role.LISTING or scope.judge(url).reason in PAST) and not walk.forbids(url)
    ]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def is_past(run: Run, task: Task) -> bool:
    """Whether a page is one of the past, for the walk of its site to judge."""
    if task.site not in run.walks:
        return False
    is_new = task.due is Due.NEW
    return task.due is Due.BACKFILL or (is_new and run.scopes[task.site].judge(task.url).reason in PAST)


def refusal(run: Run, task: Task) -> str | None:
    """Why a page of the past is not worth its fetch, by what the walk has seen of its listing, or None."""
    return run.walks[task.site].refusal(task.url, task.found_on, partial(_published, run.archive))


def walked(run: Run, task: Task, named: Iterable[tuple[Found, Candidate]]) -> list[Found]:
    """A listing came, naming this for the first time in this crawl; what else may lie in the past behind
    it."""
    return _entries(run, task, run.walks[task.site].walked(task.url, _articles(run, named)))


def months(run: Run, task: Task, named: Iterable[tuple[Found, Candidate]]) -> list[Found]:
    """Where the months of what a feed names may be listed."""
    return _entries(run, task, run.walks[task.site].months(_articles(run, named)))


def _articles(run: Run, named: Iterable[tuple[Found, Candidate]]) -> list[Named]:
    likely = [found.url for found, said in named if run.candidates.may_be_article(found, said)]
    return [Named(url, _last_day(url)) for url in likely]


def _last_day(url: str) -> date | None:
    """The day that an address names; of a month the last, so that nothing of it is taken for older."""
    named = dated.period(url)
    return named.last if named else None


def _entries(run: Run, task: Task, urls: Iterable[str]) -> list[Found]:
    past = (Candidate(url, Role.LISTING, task.url, Place.PAST) for url in urls)
    found = [run.candidates.entry(candidate, task.site, task.depth) for candidate in past]
    return [entry for entry in found if entry is not None]


def _published(archive: Archive, url: str) -> date | None:
    """When the article at this address was published, as far as the archive knows."""
    known = archive.article_by_url(url)
    return date.fromisoformat(known.day) if known is not None and known.day else None


def end(run: Run, state: str) -> None:
    """Say how far back each site's walk has come."""
    for site, walk in run.walks.items():
        walk.assess_all(partial(_published, run.archive))
        report = run.tally.sites[site]
        is_done = state == "finished" and report.error is None and run.may_fetch_pages(site)
        complete = run.frontier.past.end(site, datetime.now(UTC).timestamp()) if is_done else False
        days = run.archive.read(
            """select substr(published, 1, 4), count(*), min(substr(published, 1, 10)),
            max(substr(published, 1, 10)) from articles where site = ? and published >= ?
            group by 1 order by 1""",
            (site, walk.since.isoformat()),
        )
        report.past = Past(
            walk.since, complete, walk.pages, walk.left,
            date.fromisoformat(days[0][2]) if days else None,
            date.fromisoformat(days[-1][3]) if days else None,
            {int(year): count for year, count, _, _ in days},
        )  # fmt: skip
