"""archive.db: the one writer of it.

Promises: see `archive`. What is not named here is private to the store; `succession` and `withholding` are
further rooms of the same writer.
"""

from pipelines.store.archive import BEFORE, CRAWL_COUNTS, TAKEDOWN, Archive
from pipelines.store.columns import read_date, stored_date, stored_day, stored_moment
from pipelines.store.connection import DATABASE, LOCK, told
from pipelines.store.entries import Choice, Intaken, Note, Numbering, PageVersion, Withheld
from pipelines.store.status import CrawlStatus, SiteStatus, Status, overview

__all__ = [
    "BEFORE",
    "CRAWL_COUNTS",
    "DATABASE",
    "LOCK",
    "TAKEDOWN",
    "Archive",
    "Choice",
    "CrawlStatus",
    "Intaken",
    "Note",
    "Numbering",
    "PageVersion",
    "SiteStatus",
    "Status",
    "Withheld",
    "overview",
    "read_date",
    "stored_date",
    "stored_day",
    "stored_moment",
    "told",
]
