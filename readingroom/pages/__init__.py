"""The pages, one module each. A new page is a module with `show`, a line here, a template and a test."""

from __future__ import annotations

from typing import Any

from readingroom.pages import (
    about,
    article,
    capture,
    changed,
    concordance,
    databases,
    exports,
    front,
    search,
    sites,
    status,
    timeline,
    versions,
)

ROUTES: list[tuple[str, Any]] = [
    (r"/$", front.show),
    (r"/front\.json$", front.show),
    (r"/search(\.json)?$", search.show),
    (r"/search/articles\.(?P<format>csv|json|jsonl|bib|ris|csl\.json)$", exports.export),
    (r"/search/feed\.atom$", exports.feed),
    (r"/concordance(\.json|\.csv)?$", concordance.show),
    (r"/timeline(\.json)?$", timeline.show),
    (r"/compare(\.json)?$", timeline.compare),
    (r"/sites(\.json)?$", sites.directory),
    (r"/sites/(?P<key>[a-z0-9-]{1,80})(\.json)?$", sites.show),
    (r"/sites/(?P<key>[a-z0-9-]{1,80})/(?P<day>\d{4}-\d\d-\d\d)(\.json)?$", capture.day),
    (r"/status(\.json)?$", status.show),
    (r"/about(\.json)?$", about.show),
    (r"/-/databases(\.json)?$", databases.show),
    (r"/changed(\.json)?$", changed.show),
    (r"/article/(?P<id>[0-9]{1,18})(\.json)?$", article.show),
    (r"/article/(?P<id>[0-9]{1,18})/versions(\.json)?$", versions.show),
    (r"/article/(?P<id>[0-9]{1,18})/cite\.(?P<format>bib|ris|csl\.json)$", article.cite),
    (r"/capture/(?P<id>[0-9]{1,18})(\.json)?$", capture.show),
    (r"/capture/(?P<id>[0-9]{1,18})/page$", capture.frame),
    (r"/capture/(?P<id>[0-9]{1,18})\.warc\.gz$", capture.record),
]
