"""The pages, one module each. A new page is a module with `show`, a line here, a template and a test."""

from __future__ import annotations

from typing import Any

from readingroom.pages import article, changed, front, search, versions

ROUTES: list[tuple[str, Any]] = [
    (r"/$", front.show),
    (r"/search$", search.show),
    (r"/changed$", changed.show),
    (r"/article/(?P<id>[0-9]{1,18})$", article.show),
    (r"/article/(?P<id>[0-9]{1,18})/versions$", versions.show),
]
