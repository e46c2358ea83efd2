"""What a reader types in the search box -> an FTS5 expression. Never an error: what is no word is left out.

    lamp rail             both words            "hauled up"      the phrase
    lamp OR rail          either                lamp -rail       the first without the second (also NOT)
    light*                words that begin so   title:lamp       in the headline (standfirst:, author:, text:)
    NEAR(lamp rail, 5)    with at most five words between them; ten, if no number is given

OR binds loosest: `a OR b c` is a, or both b and c. Every term reaches SQLite as a quoted string, so that no
punctuation means anything there. https://www.sqlite.org/fts5.html#full_text_query_syntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

COLUMNS = {"title": "title", "standfirst": "standfirst", "author": "byline", "text": "text"}
LONGEST = 500
"""Characters of a query that are read; the rest is ignored."""
TERM = re.compile(
    rf"(?P<minus>-)?(?:(?P<column>{'|'.join(COLUMNS)}):)?"
    r"(?:NEAR\((?P<near>[^()]*?)(?:,\s*(?P<distance>[0-9]{1,3}))?\)|"
    r"\"(?P<phrase>[^\"]*)\"?|(?P<word>[^\s\"]+))(?P<star>\*)?"
)


NEARBY = re.compile(
    r"(?P<column>(?!))?(?P<near>(?!))?(?:\"(?P<phrase>[^\"]*)\"?|(?P<word>[^\s\"]+))(?P<star>\*)?"
)
"""What may stand in NEAR(): words and phrases, of the same names as TERM's."""


@dataclass(slots=True)
class _Group:
    """The terms between two ORs."""

    wanted: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)

    def expression(self) -> str:
        """FTS5's words for this group; empty if it asks for nothing (FTS5 cannot find all but)."""
        if not self.wanted:
            return ""
        wanted = " AND ".join(self.wanted)
        return f"({wanted})" + "".join(f" NOT {term}" for term in self.unwanted)


def expression(query: str) -> str:
    """The FTS5 expression that finds what `query` asks for; empty if it names no word to look for."""
    groups = [_Group()]
    negated = False
    for match in TERM.finditer(query[:LONGEST].replace("\0", " ")):
        operator = match["word"] if match[0] == match["word"] else None
        if operator == "OR":
            groups.append(_Group())
        elif operator == "NOT":
            negated = True
        elif operator != "AND" and (term := _term(match)):
            refused = negated or match["minus"]
            (groups[-1].unwanted if refused else groups[-1].wanted).append(term)
            negated = False
    return " OR ".join(f"({found})" for group in groups if (found := group.expression()))


def _term(match: re.Match[str]) -> str:
    """One quoted term with its column and star; empty when there is no letter or digit in it."""
    column = f"{{{COLUMNS[match['column']]}}} : " if match["column"] else ""
    if match["near"] is not None:
        near = " ".join(filter(None, map(_term, NEARBY.finditer(match["near"]))))
        return f"{column}NEAR({near}, {match['distance'] or 10})" if near else ""
    said = match["phrase"] if match["phrase"] is not None else match["word"]
    if not any(char.isalnum() for char in said):
        return ""
    star = " *" if match["star"] or said.endswith("*") else ""
    return f'{column}"{said.rstrip("*")}"{star}'
