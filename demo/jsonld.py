"""A story as schema.org JSON-LD, the way newspapers' systems print it. Nothing here is HTML."""

from __future__ import annotations

from typing import Any

from demo.stories import SECTIONS, Story, plain

_TYPES = {"article": "NewsArticle", "gallery": "ImageGallery", "live blog": "LiveBlogPosting"}


def news_article(story: Story, base: str, paper: str) -> dict[str, Any]:
    """The NewsArticle, LiveBlogPosting or ImageGallery of a story."""
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _TYPES[story.kind],
        "mainEntityOfPage": base + story.path,
        "headline": story.title,
        "description": plain(story.standfirst),
        "datePublished": story.published.isoformat(),
        "dateModified": story.modified.isoformat(),
        "author": [_author(name, paper) for name in story.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": paper, "url": f"{base}/"},
        "image": [f"{base}/pictures/{story.slug}.svg"],
        "articleSection": SECTIONS[story.section],
        "inLanguage": story.language,
        "keywords": list(story.tags),
        "isAccessibleForFree": story.access != "paywalled",
    }
    if story.access == "paywalled":
        facts["hasPart"] = {
            "@type": "WebPageElement",
            "isAccessibleForFree": False,
            "cssSelector": ".members-only",
        }
    if story.kind == "live blog":
        facts |= _live(story, base)
    return facts


def _author(name: str, paper: str) -> dict[str, str]:
    return {"@type": "Organization" if name == paper else "Person", "name": name}


def _live(story: Story, base: str) -> dict[str, Any]:
    updates: list[dict[str, Any]] = []
    for block in story.body:
        if block.kind == "entry":
            hour, minute = block.time.split(":")
            at = story.published.replace(hour=int(hour), minute=int(minute))
            updates.append({"@type": "BlogPosting", "headline": block.text, "datePublished": at.isoformat(),
                            "url": f"{base}{story.path}#t{hour}{minute}", "articleBody": ""})  # fmt: skip
        elif updates:
            updates[-1]["articleBody"] = f"{updates[-1]['articleBody']} {block.prose}".strip()
    return {"coverageStartTime": updates[-1]["datePublished"], "coverageEndTime": story.modified.isoformat(),
            "liveBlogUpdate": updates}  # fmt: skip


def breadcrumbs(story: Story, base: str) -> dict[str, Any]:
    """Home, section, story."""
    steps = [("Home", "/"), (SECTIONS[story.section], f"/{story.section}/"), (story.title, story.path)]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": base + path}
            for place, (name, path) in enumerate(steps, 1)
        ],
    }
