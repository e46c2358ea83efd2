"""archive.db: the one writer of it.

Promises: see `archive`. What is not named here is private to the store; `succession` and `withholding` are
further rooms of the same writer.
"""

from pipelines.store.archive import BEFORE, CRAWL_COUNTS, TAKEDOWN, Archive
from pipelines.store.columns import read_date, stored_date, stored_day, stored_moment
from pipelines.store.connection import DATABASE, LOCK, told
from pipelines.store.entries import (
    Choice,
    CrawlStatus,
    Intaken,
    Note,
    Numbering,
    PageVersion,
    SiteStatus,
    Status,
    Withheld,
)

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
    "read_date",
    "stored_date",
    "stored_day",
    "stored_moment",
    "told",
]
