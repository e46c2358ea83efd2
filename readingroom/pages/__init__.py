"""The pages, one module each. A new page is a module with a view, a line here, a template and a test."""

from __future__ import annotations

from typing import Any

from readingroom.pages.article import article
from readingroom.pages.changed import changed
from readingroom.pages.front import front
from readingroom.pages.search import search
from readingroom.pages.versions import versions

ROUTES: list[tuple[str, Any]] = [
    (r"/$", front),
    (r"/search$", search),
    (r"/changed$", changed),
    (r"/article/(?P<id>[0-9]{1,18})$", article),
    (r"/article/(?P<id>[0-9]{1,18})/versions$", versions),
]
