"""Scrapy's settings, in code: nothing that this project does not need is switched on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scraper.declarations import Declarations
from scraper.netguard import GuardedResolver
from scraper.probe import Probing
from scraper.recorder import Recorder, WireHandler
from scraper.robots import Robots
from scraper.scheduler import Scheduler

CONCURRENT_REQUESTS = 64
"""Requests under way at once over all sites; each host has one."""


def settings(private_hosts: Sequence[str], log_level: str) -> dict[str, Any]:
    """Scrapy's settings for one crawl.

    The *_BASE settings are emptied, so that what a Scrapy release adds by default (a telnet console, cookies,
    its own retries, redirects, robots and decompression, handlers for file:, data:, ftp: and s3:) never comes
    in unasked.
    """
    return {
        "SCHEDULER": Scheduler,
        "DOWNLOAD_HANDLERS_BASE": {},
        "DOWNLOAD_HANDLERS": {"http": WireHandler, "https": WireHandler},
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "DOWNLOADER_MIDDLEWARES": {Robots: 100, Declarations: 150, Probing: 200, Recorder: 900},
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        "ITEM_PIPELINES": {"scraper.archiving.Archiving": 100},
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "NETGUARD_PRIVATE_HOSTS": list(private_hosts),
        "CONCURRENT_ITEMS": 1,
        "CONCURRENT_REQUESTS": CONCURRENT_REQUESTS,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 2,
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_MAXSIZE": 0,  # the recorder cuts, and says so, instead of dropping
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": False,  # recorded as cut
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "COOKIES_ENABLED": False,
        "LOG_LEVEL": log_level,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "STATS_DUMP": False,
    }
