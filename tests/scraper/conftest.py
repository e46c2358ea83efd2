"""What crawls of small sites share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scraper.localsite import OLD, LocalSite


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite() as site:
        site.front("/news/bridge-to-be-repaired", "/news/mill-opens-its-doors")
        site.article("/news/bridge-to-be-repaired", "Bridge to be repaired")
        site.article("/news/mill-opens-its-doors", "Mill opens its doors", "The mill is open. ")
        site.article("/news/otter-seen-in-the-pond", "Otter seen in the pond", "An otter was seen. ")
        site.sitemap({"/news/bridge-to-be-repaired": OLD, "/news/mill-opens-its-doors": OLD,
                      "/news/otter-seen-in-the-pond": OLD})  # fmt: skip
        yield site
