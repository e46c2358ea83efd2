"""What the reading room tells Datasette, through hooks that Datasette 1.0 keeps.

Datasette imports this module while it is itself being imported, so importing `datasette.app` or
`datasette.plugins` from here would leave the plugin half loaded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from typing import Any

from datasette import NotFound, Response
from pluggy import HookimplMarker

from readingroom.facets import side_by_side
from readingroom.guards import MOST_MEMORY, Application, guard, with_headers
from readingroom.pages import ROUTES
from readingroom.web import Room, is_json, nowhere, refused, room, static_route

hookimpl = HookimplMarker("datasette")
LOGIN = "/-/login"


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """The pages, the front page among them, if Datasette serves an archive."""
    return ROUTES if room(datasette) else []


@hookimpl
def extra_template_vars(datasette: Any) -> dict[str, Room | None]:
    """`room` for Datasette's own templates, so that plain pages wear the reading room's head."""
    return {"room": room(datasette)}


@hookimpl
def extra_css_urls(datasette: Any) -> list[str]:
    """The stylesheet that narrows the cells of plain pages."""
    return [static_route("plain.css")] if room(datasette) else []


@hookimpl
def extra_js_urls(datasette: Any) -> list[str]:
    """Names of fields for screen readers, on plain pages; those of the reading room need no script."""
    return [static_route("plain.js")] if room(datasette) else []


@hookimpl(hookwrapper=True)
def menu_links(datasette: Any) -> Generator[None, Any, None]:
    """The way from plain Datasette back to the pages, and none to a form that lets nobody in."""
    others = yield
    if (here := room(datasette)) is None:
        return
    links = others.get_result()
    if not _knows_passwords(datasette):  # datasette-auth-passwords leads to its form all the same
        form = datasette.urls.path(LOGIN)
        links = [
            [link for link in some if link["href"] != form] if isinstance(some, list) else some
            for some in links
        ]
    doors = [{"href": here.path(path), "label": label} for label, path in here.doors]
    others.force_result([doors, *links])


@hookimpl(hookwrapper=True)
def register_facet_classes() -> Generator[None, Any, None]:
    """Datasette's facets, those of several columns counted at once."""
    registered = yield
    registered.force_result([side_by_side(list(of_one)) for of_one in registered.get_result()])


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Bounds on what SQL may reach and build, on every connection."""
    guard(conn)


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    """What is not there, on a page of ours; what the guards refused, as the reader's mistake."""
    if room(datasette) is None:
        return None
    if getattr(exception, "sqlite_errorcode", None) == sqlite3.SQLITE_AUTH:
        return refused(datasette, request, str(exception))
    if isinstance(exception, MemoryError):
        return refused(datasette, request, f"the answer needs more than {MOST_MEMORY >> 20} MiB of memory")
    if isinstance(exception, NotFound) and not is_json(request):
        return nowhere(datasette, request)
    return None


@hookimpl
def forbidden(datasette: Any, request: Any) -> Any:
    """The way to the login, for a reader who has not been there."""
    if not _knows_passwords(datasette) or request.actor or is_json(request) or room(datasette) is None:
        return None
    return Response.redirect(datasette.urls.path(LOGIN))


def _knows_passwords(datasette: Any) -> bool:
    """Whether there is anybody whom the form of datasette-auth-passwords lets in."""
    settings = datasette.plugin_config("datasette-auth-passwords") or {}
    return any(name.endswith("_password_hash") for name in settings)


@hookimpl
def asgi_wrapper(datasette: Any) -> Any:
    """Security headers on every answer."""

    def wrap(application: Application) -> Application:
        return with_headers(application) if room(datasette) else application

    return wrap
