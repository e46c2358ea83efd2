"""The pages, one module each. A new page is a module with `show`, a line here, a template and a test."""

from __future__ import annotations

from typing import Any

from readingroom.pages import (
    article,
    changed,
    concordance,
    databases,
    exports,
    front,
    search,
    timeline,
    versions,
)

ROUTES: list[tuple[str, Any]] = [
    (r"/$", front.show),
    (r"/search(\.json)?$", search.show),
    (r"/search/articles\.(?P<format>csv|json|jsonl|bib|ris|csl\.json)$", exports.export),
    (r"/search/feed\.atom$", exports.feed),
    (r"/concordance(\.json|\.csv)?$", concordance.show),
    (r"/timeline(\.json)?$", timeline.show),
    (r"/compare(\.json)?$", timeline.compare),
    (r"/-/databases(\.json)?$", databases.show),
    (r"/changed$", changed.show),
    (r"/article/(?P<id>[0-9]{1,18})$", article.show),
    (r"/article/(?P<id>[0-9]{1,18})/versions$", versions.show),
]
