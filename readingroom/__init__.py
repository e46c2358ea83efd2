"""The reading room: a Datasette plugin with pages for people, over an archive.db that it never writes.

Datasette loads this module by the entry point `readingroom`; the names below are its hooks. Where Datasette
serves no newsarchive database, the plugin keeps quiet and changes nothing.
"""

from readingroom.hooks import (
    asgi_wrapper,
    extra_css_urls,
    extra_js_urls,
    extra_template_vars,
    forbidden,
    handle_exception,
    menu_links,
    prepare_connection,
    register_facet_classes,
    register_routes,
)

__all__ = [
    "asgi_wrapper",
    "extra_css_urls",
    "extra_js_urls",
    "extra_template_vars",
    "forbidden",
    "handle_exception",
    "menu_links",
    "prepare_connection",
    "register_facet_classes",
    "register_routes",
]
