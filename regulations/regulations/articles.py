"""What became of each article of a law: the rules and list rows that cite it, or the reason why nothing does.

`packs/articles.toml` has the titles of all articles, `packs/not_clocks.toml` the reasons.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from regulations.model import Part, Rule
from regulations.pack import Pack

IN_BRACKETS = re.compile(r"\([^()]*\)")
NUMBERS = re.compile(r"^ Arts?\.? (?P<numbers>\d[\d\s,-]*(?:and \d+)?)")
RANGE = re.compile(r"(\d+)(?:-(\d+))?")


class Article(Part):
    """One article of a law, by its number and title."""

    number: int = Field(gt=0)
    title: str = Field(min_length=2)


class LawArticles(Part):
    """All articles of a law."""

    id: str = Field(description="Id of its pack.")
    cited_as: str = Field(min_length=3, description="How citations of the packs begin if they name this law.")
    beside: tuple[str, ...] = Field(
        default=(), description="Words after a comma behind an article: they name a part of it, and no other one."
    )
    article: tuple[Article, ...]


class Reason(Part):
    """Why no pack has anything of an article."""

    law: str
    number: int
    reason: str = Field(min_length=20)


@dataclass(frozen=True)
class Treated:
    """What became of one article. `lists`: words for rows of the lists of the pack that cite it."""

    number: int
    title: str
    rules: tuple[Rule, ...]
    lists: tuple[str, ...]
    reason: str | None

    @property
    def accounted(self) -> bool:
        """Whether it is a rule or a row of a list, or has a reason to be neither."""
        return bool(self.rules or self.lists or self.reason)


def cited(citation: str, law: LawArticles) -> frozenset[int]:
    """The articles of a law that a citation names."""
    found: set[int] = set()
    for part in _whole(citation, law.beside).split(";"):
        begin, named, rest = part.partition(law.cited_as)
        if named and not begin.strip(" ("):
            found |= _numbers(rest)
    return frozenset(found)


def _whole(citation: str, beside: Iterable[str]) -> str:
    """A citation without clauses and letters, which stand in brackets, and without words after a comma (`beside`)."""
    while (shorter := IN_BRACKETS.sub("", citation)) != citation:
        citation = shorter
    for words in beside:
        citation = citation.replace(f", {words}", "")
    return citation


def _numbers(rest: str) -> set[int]:
    match = NUMBERS.match(re.sub(r"-(?=\s|$|,)", "", rest))
    if match is None:
        return set()
    pairs = (one.groups() for one in RANGE.finditer(match["numbers"]))
    return {number for first, last in pairs for number in range(int(first), int(last or first) + 1)}


def treated(pack: Pack, law: LawArticles, reasons: Iterable[Reason]) -> tuple[Treated, ...]:
    """What became of each article of a law in its pack, in the order of the articles."""
    why = {one.number: one.reason for one in reasons if one.law == law.id}
    rules = [(rule, cited(rule.citation, law)) for rule in pack.rules.values()]
    lists = [(words, cited(citation, law)) for words, citation in _listed(pack)]
    return tuple(
        Treated(
            number=one.number,
            title=one.title,
            rules=tuple(rule for rule, numbers in rules if one.number in numbers),
            lists=tuple(dict.fromkeys(words for words, numbers in lists if one.number in numbers)),
            reason=why.get(one.number),
        )
        for one in law.article
    )


def _listed(pack: Pack) -> Iterator[tuple[str, str]]:
    tables: Mapping[str, Mapping[str, object]] = {
        "entitlements": pack.entitlements,
        "measures of protection": pack.measures,
        "risks": pack.risks,
        "sources of evidence": pack.evidence_sources,
        "grounds of an identification": pack.grounds,
        "duties of secrecy": pack.secrecy,
        "who may open sealed text": pack.confidentiality,
        "what sealed text is opened for": pack.purposes,
        "who certifies by itself": pack.certifying_routes,
        "changes of route": {str(place): row for place, row in enumerate(pack.route_changes)},
    }
    for words, rows in tables.items():
        yield from ((words, str(getattr(row, "citation", ""))) for row in rows.values())
