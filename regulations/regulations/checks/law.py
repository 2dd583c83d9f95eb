"""What a jurist checks before a pack is used: every mistake at once, each with level, file and line.

With an *error* the pack cannot be used. A person must judge a *warning*, for example a rule that counts as verified
although its citation was read second-hand. A *note* is for the record.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import ValidationError

from regulations.articles import Treated
from regulations.catalogue import ReportDate
from regulations.checks.found import Level
from regulations.checks.lists import supplement_mistakes
from regulations.checks.offices import office_findings
from regulations.checks.pack import mistakes
from regulations.checks.reach import reach_findings
from regulations.loader import LISTS, OPENINGS, OPERATIONAL, check_regime, pack_content
from regulations.model import BINDING, Rule
from regulations.pack import Pack
from regulations.source_lines import place
from regulations.supplements import SOURCE, CitationWords
from regulations.toml_files import PackError
from regulations.world import Regime, World

TITLE_LENGTH = 60
"""Letters of a title at most, so that it fits into a line beside the limit and the citation."""
SAME = ("kind", "amount", "unit", "profile", "citation", "confidence")


@dataclass(frozen=True)
class Finding:
    """One thing that a check found. `line` counts from 1; None if the mistake is in no single line."""

    level: Level
    file: str
    line: int | None
    message: str

    @property
    def where(self) -> str:
        """`file:line`, or only the file."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


def check_law(folder: Traversable, world: World) -> tuple[Pack | None, list[Finding]]:
    """The pack in a folder and every finding; the pack is None if its files have an error of shape or of names.

    Args:
        folder: of the pack, installed or a draft.
        world: calendar, directory and regimes that the pack must fit.
    """
    try:
        content = pack_content(folder)
    except PackError as error:
        return None, [_found(folder, "error", str(error))]
    try:
        pack = Pack.model_validate(content)
    except ValidationError as error:
        return None, [_found(folder, "error", message) for message in _shape(error, content)]
    try:
        check_regime(pack, folder.name, world)
        wrong = [f"{source}: {mistake}" for source, mistake in mistakes(pack, folder.name, world.directory.roles)]
    except PackError as error:
        wrong = [str(error)]
    found = [_found(folder, "error", message) for message in wrong]
    unfit = supplement_mistakes(pack, world.directory.roles.keys())
    found += [Finding("error", SOURCE, None, f"{pack.id}: {mistake}") for mistake in unfit]
    if found:
        return None, found
    words = world.supplements.citation_words
    further = (
        *title_findings(pack),
        *reach_findings(pack),
        *citation_findings(pack, words),
        *plan_findings(pack, words),
        *office_findings(pack, world.directory),
    )
    return pack, [_found(folder, level, message) for level, message in further]


def _found(folder: Traversable, level: Level, message: str) -> Finding:
    file, line = place(folder, message)
    message = message.removeprefix(f"{folder.name}/")
    for name in (file, file.removeprefix(f"{folder.name}/")):
        message = message.removeprefix(f"{name}: ")
    return Finding(level, file, line, message)


def _shape(error: ValidationError, content: Mapping[str, Any]) -> Iterator[str]:
    """What does not fit the models, in words. For a row of a list it names the row instead of its number."""
    messages: dict[str, None] = {}
    for detail in error.errors(include_url=False):
        at: Any = content
        words: list[str] = []
        for step in detail["loc"]:
            at = _entry(at, step)
            named = (_entry(at, "id") or _entry(at, "code")) if isinstance(step, int) else None
            words.append(str(named or step))
        file = _file_of(words)
        # one finding for a mistake that is in every lane of a family
        about = [word.partition(":")[0] for word in words] if words[0] == "lanes" else words
        messages[f"{file}{' '.join(about)}: {detail['msg']}"] = None
    yield from messages


def _file_of(words: list[str]) -> str:
    """The file, if the first words name it; empty for a rule, which is found by its id."""
    if words[0] == "lanes" and len(words) > 1:
        return f"{words[1].partition(':')[0]}.toml: "
    fields = {field: file for file, tables in LISTS.items() for field, _ in tables.values()}
    files = {**fields, "openings": OPENINGS, "operational": OPERATIONAL}
    return f"{files[words[0]]}: " if words[0] in files else ""


def _entry(at: Any, step: int | str) -> Any:
    try:
        return at[step]
    except (KeyError, IndexError, TypeError):
        return None


def title_findings(pack: Pack) -> Iterator[tuple[Level, str]]:
    """Rules without a short title in both languages. An official reads the title, not the id."""
    for rule in pack.rules.values():
        words = (rule.title.vi, rule.title.en) if rule.title else ()
        if not words or not all(0 < len(text.strip()) <= TITLE_LENGTH for text in words):
            yield "error", f"{rule.id}: needs a title in vi and en, each of 1 to {TITLE_LENGTH} letters"


def citation_findings(pack: Pack, words: CitationWords) -> Iterator[tuple[Level, str]]:
    """Citations without a number, and citations that do not fit the confidence or the profile of their rule.

    Args:
        pack: to check.
        words: by which a kind of citation is recognised.
    """
    for rule in pack.rules.values():
        if not any(letter.isdigit() for letter in rule.citation):
            yield "error", f"{rule.id}: the citation names no article or number: {rule.citation}"
        if rule.confidence in BINDING and any(word in rule.citation for word in words.second_hand):
            yield "warning", f"{rule.id}: counts as {rule.confidence}, but its citation says otherwise: {rule.citation}"
        if _wrong_profile(rule, words):
            yield "warning", f"{rule.id}: cites criminal procedure, but counts by the profile {rule.profile}"


def plan_findings(pack: Pack, words: CitationWords) -> Iterator[tuple[Level, str]]:
    """Rows that go on after the year of their plan, and rows that bind everybody by the text of one province.

    Args:
        pack: to check.
        words: by which such a citation is recognised.
    """
    for row in (*pack.rules.values(), *pack.reporting.values()):
        if row.valid_to is None and any(word in row.citation for word in words.yearly_plan):
            yield "error", f"{row.id}: cites the plan of one year, so it needs valid_to: {row.citation}"
        local = isinstance(row, ReportDate) and row.places
        if not local and any(word in row.citation for word in words.of_a_province):
            yield "error", f"{row.id}: cites a text of one province, but binds all: {row.citation}"


def _wrong_profile(rule: Rule, words: CitationWords) -> bool:
    criminal = any(word in rule.citation for word in words.criminal_procedure)
    return criminal and rule.profile == "civil" and rule.unit in ("day", "month", "year")


def across(first: Pack, second: Pack) -> Iterator[Finding]:
    """Rules that both packs have, but with another number, citation or counting. One of them may be a mistake."""
    for rule_id in sorted(first.rules.keys() & second.rules.keys()):
        one, other = first.rules[rule_id], second.rules[rule_id]
        odd = [name for name in SAME if getattr(one, name) != getattr(other, name)]
        if odd:
            file = f"{second.id}/{other.lanes[0].partition(':')[0]}.toml"
            message = "; ".join(f"{name} {getattr(one, name)} / {getattr(other, name)}" for name in odd)
            yield Finding("warning", file, None, f"{rule_id}: differs from the same rule of {first.id}: {message}")


def of_law(ids: Set[str], regime: Regime) -> frozenset[str]:
    """Those rules of a list of read rules that are of one law, without the suffix of a shared rule.

    For example, of `A-SELF-04`, `B-SELF-04`, `C-INF-03.66` and `C-INF-03.53` the law with the prefix `B-` and the
    suffix `.53` has `B-SELF-04` and `C-INF-03`.
    """
    suffix = regime.shared_suffix
    shared = {rule.removesuffix(suffix) for rule in ids if rule.endswith(suffix)}
    return frozenset(shared | {rule for rule in ids if rule.startswith(regime.rule_prefix) and "." not in rule})


def article_findings(law: str, rows: Iterable[Treated]) -> Iterator[Finding]:
    """An error for each article of a law that no rule and no list cites, and that has no reason."""
    for one in rows:
        if not one.accounted:
            message = f"article {one.number}: no rule and no list of {law} cites it, and not_clocks.toml has no reason"
            yield Finding("error", "packs/articles.toml", None, message)


@dataclass(frozen=True)
class Account:
    """The rules that were read from the texts of one law: which of them a pack has, and which have a reason not to."""

    law: str
    read: int
    in_pack: frozenset[str]
    reasoned: frozenset[str]
    missing: frozenset[str]
    twice: frozenset[str]
    invented: frozenset[str]

    @property
    def accounted(self) -> int:
        """Rules that are in the pack or have a reason."""
        return len(self.in_pack | self.reasoned)

    def findings(self) -> Iterator[Finding]:
        """A finding for each rule that is missing, stands twice, or was not read."""
        reasons = "packs/not_clocks.toml"
        for rule in sorted(self.missing):
            yield Finding("error", f"{self.law}/pack.toml", None, f"{rule}: neither in the pack nor in {reasons}")
        for rule in sorted(self.twice):
            yield Finding("error", reasons, None, f"{rule}: has a reason to be in no pack, but stands in {self.law}")
        for rule in sorted(self.invented):
            yield Finding("error", f"{self.law}/pack.toml", None, f"{rule}: is not in the list of rules that were read")


def account(regime: Regime, held: Set[str], reasons: Set[str], ids: Set[str]) -> Account:
    """Compare a pack with the list of all rules that were read.

    Args:
        regime: of the pack.
        held: rule ids of the pack, with its report dates. The parts of a split rule have a letter behind the id.
        reasons: ids of the rules that no pack has.
        ids: every rule that was read, of both laws.
    """
    mine = of_law(ids, regime)
    whole = {rule if rule in mine else rule[:-1] for rule in held}
    in_pack, reasoned = frozenset(whole & mine), frozenset((reasons & mine) - whole)
    twice, invented = frozenset(whole & reasons), frozenset(rule for rule in held if not {rule, rule[:-1]} & mine)
    return Account(regime.id, len(mine), in_pack, reasoned, mine - in_pack - reasoned, twice, invented)
