"""The dated office directory: which office has a role at a place on a day, who is above it, and who followed it.

An office is an organisation. Its id tells only its role; where it is, which places it serves and from when to when
stands here. Rules and standings name roles and offices; nobody but this module knows how an id is built. An office is
dissolved on a day of its own, with its role or with its place; it keeps its past facts, and its successor becomes
holder for later days.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from contracts.ids import role_of
from regulations.model import Label
from regulations.offices import EVERYWHERE, Division, Group, Level, Office, Role, name_of, sites_of
from regulations.places import ABROAD, LOCAL, NATION, Place, Places

AskedT = ParamSpec("AskedT")
AnswerT = TypeVar("AnswerT")
COORDINATING_ROLE = "steering_committee"
_REMEMBERED = 4_000
"""Answers that are remembered. A process asks for few of the ten thousand communes."""


class Directory:
    """Places, roles, and the offices that follow from them or are rows.

    Args:
        places: every place with the other words for it.
        roles: code → role.
        rows: the offices that do not follow from role and place, or differ from what follows.
        divisions: of the country into provinces, in the order of their days.
        groups: of provinces.
        given: (role, place) → since which day which office was given the role there, in the order of days.

    Attributes:
        version: hash of the changes; empty for a directory as it was read.
    """

    def __init__(
        self,
        places: Places,
        roles: Mapping[str, Role],
        rows: Iterable[Office] = (),
        divisions: tuple[Division, ...] = (),
        groups: Mapping[str, Group] | None = None,
        given: Mapping[tuple[str, str], tuple[tuple[date, str], ...]] | None = None,
    ) -> None:
        self.version, self.given = "", given or {}
        self.places, self.roles, self.divisions, self.groups = places, roles, divisions, groups or {}
        self.rows: Mapping[str, Office] = {office.ref: office for office in rows}
        self._sites = {role.code: sites_of(role, self.groups) for role in roles.values()}
        self._serving: defaultdict[tuple[str, str], list[Office]] = defaultdict(list)
        self._unplaced: defaultdict[tuple[str, str], list[Office]] = defaultdict(list)
        self._posts: defaultdict[tuple[str, str], list[Office]] = defaultdict(list)
        self._replaced: set[tuple[str, str]] = set()
        for office in self.rows.values():
            self._enter(office)
        for role in roles.values():
            if role.national and (office := self._made(f"{role.code}/{role.national}")):
                self._serving[role.code, NATION].append(office)
        self.changes = self._changes()
        self._remember()

    def _enter(self, office: Office) -> None:
        kind = EVERYWHERE.get(self.roles[office.role].level)
        for code in office.serves:
            self._serving[office.role, code].append(office)
            place = self.places.get(code)
            if place is not None and place.kind == kind:
                self._replaced.add((office.role, code))
        if office.unplaced_in:
            self._unplaced[office.role, office.unplaced_in].append(office)
        own = self.places.get(office.place)
        if own is not None and own.kind == "post":
            for _, above in own.parents:
                self._posts[office.role, above].append(office)

    def _changes(self) -> tuple[date, ...]:
        """Days on which a place, a role, a group of provinces or an office that is a row begins or ends, in order."""
        days: set[date | None] = {group.valid_from for group in self.groups.values()}
        days.update(since for rows in self.given.values() for since, _ in rows)
        for dated in (*self.roles.values(), *self.rows.values(), *self.places.kept.values()):
            days.update((dated.valid_from, dated.valid_to))
        return tuple(sorted(day for day in days if day))

    def _remember(self) -> None:
        """Answers are remembered for each period in which nothing changes, because a fold asks them again and again."""
        self._made_once = lru_cache(_REMEMBERED)(self._made)
        self._at_in = lru_cache(_REMEMBERED)(self._at_of_period)
        self._chain_in = lru_cache(_REMEMBERED)(self._chain_of_period)
        self._former_in = lru_cache(_REMEMBERED)(self._former_of_period)
        self._questions: dict[Any, Any] = {}

    def remembered(self, question: "Callable[Concatenate[Directory, AskedT], AnswerT]") -> Callable[AskedT, AnswerT]:
        """A function of a directory, for this one. Its answers are forgotten together with the directory."""
        if question not in self._questions:
            self._questions[question] = lru_cache(_REMEMBERED)(partial(question, self))
        return self._questions[question]

    def _day_of(self, period: int) -> date:
        """A day of a period: the first one, or the last one before the first change."""
        return self.changes[period - 1] if period else self.changes[0] - timedelta(days=1)

    def _period(self, on: date) -> int:
        return bisect_right(self.changes, on)

    # places

    def chain(self, place: str, on: date) -> tuple[str, ...]:
        """The place as it is on a day, then what it lies in, up to the nation. Of an unknown place the nation alone."""
        return self._chain_in(place, self._period(on))

    def _chain_of_period(self, place: str, period: int) -> tuple[str, ...]:
        return self.places.chain(place, self._day_of(period))

    def place(self, word: str) -> Place | None:
        """The place that a code or another word for it names; None if there is none."""
        return self.places.get(word)

    def lies_in(self, place: str, other: str, on: date) -> bool:
        """Whether a place is another one, or lies in it, on a day. What has become of them by then counts."""
        now = self.places.now(other, on)
        return now is not None and now.code in self.chain(place, on)

    def province(self, place: str, on: date) -> str | None:
        """The province in which a place lies on a day; None for the nation and for a place abroad."""
        found = (self.place(code) for code in self.chain(place, on))
        return next((one.code for one in found if one is not None and one.kind == "province"), None)

    def is_abroad(self, place: str, on: date) -> bool:
        """Whether a place lies outside the country."""
        return ABROAD in self.chain(place, on)

    def provinces_on(self, on: date) -> tuple[str, ...]:
        """Codes of the provinces that exist on a day."""
        return tuple(one.code for one in self.places.of_kind("province") if one.exists(on))

    def local(self, province: str, word: str, on: date) -> str | None:
        """Code of the commune, border post, former district or country that a report names inside a province or abroad.

        Args:
            province: code of a province of that day, or `abroad`.
            word: code of the place, or another word for it.
            on: legal date of the report.

        Returns:
            None if the word names no such place on that day, or one that lies elsewhere.
        """
        place = self.places.get(word, on)
        if place is None or place.kind not in LOCAL or not self.places.known(word, on):
            return None
        return place.code if province in self.chain(place.code, on) else None

    def begins_at(self, province: str, commune: str | None, reporter: str, on: date) -> str:
        """The place at which the lanes of a report open.

        It is the commune of the report. Without one it is the commune, post or country of the reporter, if that lies in
        the named province, else the province. A shelter's or a provider's own place never counts.
        """
        found = self.local(province, commune, on) if commune else None
        if found is not None:
            return found
        office = self.office(reporter)
        if office is not None and self.roles[office.role].settles:
            found = self.local(province, self._home(office, on), on)
        known = self.place(province)
        return found or (known.code if known else province)

    def remote(self, place: str) -> bool | None:
        """Whether a commune is remote; None if no source says so or denies it, and for a wider place."""
        found = self.place(place)
        while found is not None and found.kind == "post":
            found = self.place(found.parents[-1][1]) if found.parents else None
        return found.remote if found is not None and found.kind == "commune" else None

    # offices

    def office(self, ref: str) -> Office | None:
        """An office by its id, also one that was dissolved; None if the directory has no such office."""
        return self.rows.get(ref) or self._made_once(ref)

    def _made(self, ref: str) -> Office | None:
        """The office that follows from role and place under this id."""
        role, _, code = ref.partition("/")
        place = self.places.get(code)
        known = self.roles.get(role)
        return self._by_rule(known, place) if known is not None and place is not None and place.code == code else None

    def offices(self, without: Container[Level] = ()) -> Iterator[Office]:
        """Every office, dissolved ones too: tens of thousands. Of the levels `without` it gives only the rows."""
        yield from self.rows.values()
        for role in self.roles.values():
            kind = None if role.level in without else EVERYWHERE.get(role.level)
            for place in self.places.of_kind(kind) if kind else ():
                office = self._by_rule(role, place)
                if office is not None and office.ref not in self.rows:
                    yield office

    def _by_rule(self, role: Role, place: Place) -> Office | None:
        """The office that follows from a role and a place of its level; None if a row stands in its stead."""
        sites = self._sites[role.code]
        if place.kind != EVERYWHERE.get(role.level) or (role.code, place.code) in self._replaced:
            return None
        if sites is not None and place.code not in sites:
            return None
        since = (role.valid_from, place.valid_from, sites[place.code] if sites else None)
        begin = max((day for day in since if day), default=None)
        end = min((day for day in (role.valid_to, place.valid_to) if day), default=None)
        if begin is not None and end is not None and begin >= end:
            return None
        return Office(f"{role.code}/{place.code}", role.code, place.code, (place.code,), None, begin, end)

    def direct(self, role: str, code: str) -> tuple[Office, ...]:
        """The offices that at any time have a role at a place itself, not at one around it."""
        place, known = self.place(code), self.roles.get(role)
        by_rule = self._by_rule(known, place) if known is not None and place is not None else None
        return (*self._serving.get((role, code), ()), *((by_rule,) if by_rule else ()))

    def place_of(self, ref: str) -> str | None:
        """Where an office is; None for an unknown office."""
        office = self.office(ref)
        return office.place if office else None

    def _home(self, office: Office, on: date) -> str:
        """Where an office is on a day: an office that went on through a reform is at the unit of that day."""
        known = ((code, self.place(code)) for code in (office.place, *office.serves))
        return next((code for code, place in known if place is not None and place.exists(on)), office.place)

    def name(self, ref: str) -> Label | None:
        """What people call an office; None for an unknown one."""
        office = self.office(ref)
        if office is None or office.name is not None:
            return office.name if office else None
        return name_of(office, self.roles[office.role], self.place(office.place))

    def at(self, role: str, place: str, on: date) -> str | None:
        """The office that has a role at a place on a day; None if there is none.

        The place is climbed: if the commune has no office of this role, its province may have one, then the nation. It
        is never gone down: the case of a commune that was divided goes to no commune until somebody assigns it. For a
        dissolved role it is the office of the role that took over.
        """
        return self._at_in(role, place, self._period(on))

    def _at_of_period(self, role: str, place: str, period: int) -> str | None:
        known, on = self.roles.get(role), self._day_of(period)
        if known is None:
            return None
        if known.valid_to is not None and on >= known.valid_to:
            return self._at_in(known.successor, place, period) if known.successor else None
        asked = self.places.get(place, on)
        is_unplaced = asked is not None and asked.kind == "province"
        return self._first(known, self._chain_in(place, period), on, is_unplaced)

    def _first(self, role: Role, chain: Iterable[str], on: date, is_unplaced: bool) -> str | None:
        """The first office of a role on a chain of places. `is_unplaced`: the chain begins at a province as such."""
        for step, code in enumerate(chain):
            if found := self._given_at(role.code, code, on):
                return found
            served = self.direct(role.code, code)
            unplaced = self._unplaced.get((role.code, code), ()) if step == 0 and is_unplaced else ()
            for office in (*served, *unplaced):
                if office.exists(on):
                    return office.ref
            heirs = [self._heir(office, on) for office in (*served, *unplaced)]
            around = (one.place for one in unplaced if one.place != code)  # the place that is asked is not asked again
            heirs += [self.at(role.code, place, on) for place in around]
            if found := next((one for one in heirs if one and role_of(one) == role.code), None):
                return found
        return None

    def _given_at(self, role: str, code: str, on: date) -> str | None:
        """The office, or its successor, to which a role at a place itself was given by a day."""
        known = [office for since, office in self.given.get((role, code), ()) if since <= on]
        return self._heir(self.office(known[-1]), on) if known else None

    def _heir(self, found: Office | None, on: date) -> str | None:
        """The office itself, or the one that is named as its successor; None if it is dissolved and names none."""
        while found is not None and found.valid_to is not None and on >= found.valid_to:
            found = self.office(found.successor) if found.successor else None
        return found.ref if found is not None and found.exists(on) else None

    def offices_at(self, role: str, place: str, on: date) -> tuple[str, ...]:
        """The office that has a role at a place on a day, and the posts of this role that lie in it."""
        found = self.at(role, place, on)
        posts = self._posts.get((role, self.chain(place, on)[0]), ())
        refs = (*((found,) if found else ()), *(office.ref for office in posts if office.exists(on)))
        return tuple(dict.fromkeys(refs))

    def acts_at(self, ref: str, place: str, on: date) -> bool:
        """Whether an office acts at a place on a day.

        It serves the place, or is a post that lies in it, or is an organisation of its own in the same province: a
        hospital takes persons from every commune of its province.
        """
        return ref in self.offices_at(role_of(ref), place, on) or self._is_organisation_near(ref, place, on)

    def _is_organisation_near(self, ref: str, place: str, on: date) -> bool:
        office = self.office(ref)
        if office is None or self.roles[office.role].level != "organisation" or not office.exists(on):
            return False
        province = self.province(office.place, on)
        return province is not None and province == self.province(place, on)

    def acts_locally(self, ref: str, place: str, on: date) -> bool:
        """Whether an office acts at a place on a day, and not only as an office of the whole nation."""
        own = self.place_of(ref)
        if own is None or own == NATION or not self.acts_at(ref, place, on):
            return False
        here, there = self.chain(place, on), self.chain(own, on)
        if self._is_organisation_near(ref, place, on):
            return True
        return there[0] in here or here[0] in there[:-1]

    def moved(self, place: str, to: str, on: date, named: str | None = None) -> str:
        """Where a lane is after a hand-over, or a transfer, of a lane at `place`.

        Args:
            place: where the lane is.
            to: the office that accepted.
            on: legal date of the hand-over.
            named: the place that the hand-over names; it counts if the receiver serves it.

        Returns:
            The named place; else the same place if the receiver serves it; else the place of the receiver. A shelter or
            a provider never moves a lane. An office of the capital that also acts for the nation serves every place
            abroad, but a person whom it receives from there is now where it is.
        """
        office = self.office(to)
        if office is None or not self.roles[office.role].settles:
            return place
        known = self.place(named) if named else None
        if known is not None and self.acts_at(to, known.code, on):
            return known.code
        crosses = office.place != NATION and self.is_abroad(place, on) != self.is_abroad(office.place, on)
        return place if self.acts_at(to, place, on) and not crosses else self._home(office, on)

    # what follows on an office, and who is above it

    def former(self, role: str, place: str, on: date) -> tuple[str, ...]:
        """Offices of a role, dissolved by this day, that served the place in their time. They enter what they did."""
        return self._former_in(role, place, self._period(on))

    def _former_of_period(self, role: str, place: str, period: int) -> tuple[str, ...]:
        found: dict[str, None] = {}
        today = self._day_of(period)
        for before in range(period):
            office = self.office(self._at_in(role, place, before) or "")
            if office is not None and office.role == role and not office.exists(today):
                found[office.ref] = None
        return tuple(found)

    def successor(self, ref: str) -> str | None:
        """The office that took over from a dissolved office; None if it was not dissolved."""
        office = self.office(ref)
        if office is None or office.valid_to is None:
            return None
        return self.living(ref, office.valid_to)

    def living(self, ref: str | None, on: date) -> str | None:
        """This office, or its successor if it is dissolved on that day. None if it has no successor, and for None."""
        office = self.office(ref or "")
        if office is None or office.valid_to is None or on < office.valid_to:
            return ref
        if office.successor is not None:
            return self.living(office.successor, on)
        return self.at(office.role, office.place, on)

    def is_dissolved(self, ref: str, on: date) -> bool:
        """Whether an office no longer exists on a day."""
        office = self.office(ref)
        return office is not None and office.valid_to is not None and on >= office.valid_to

    def supervisor(self, ref: str, on: date) -> str | None:
        """The office that supervises this one; None for the highest office and for an unknown one."""
        return self._above(ref, "supervisor", on)

    def fallback(self, ref: str, on: date) -> str | None:
        """The office that is named if this one does not answer; None if there is none."""
        return self._above(ref, "fallback", on)

    def _above(self, ref: str, field: Literal["supervisor", "fallback"], on: date) -> str | None:
        office = self.office(ref)
        role: str | None = getattr(self.roles[office.role], field) if office else None
        if office is None or role is None:
            return None
        chain = self.chain(office.place, on)
        return next((found for code in chain if (found := self.at(role, code, on)) not in (None, ref)), None)

    def coordinating(self, place: str, on: date) -> str | None:
        """The coordinating authority of a place; if it has none, that of the nation."""
        return self.at(COORDINATING_ROLE, place, on)
