"""Who is let in by the list of an office: at once, within a minute, and while NATS is away."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from contracts.members import Member, OfficeMembers, Position, position_of
from contracts.problems import Forbidden, Unauthenticated, Unavailable
from contracts.topology import MEMBERS
from kit.auth import Principal
from kit.membership import AGAIN_SECONDS, KEPT, LOOK_SECONDS, Membership, check_may_write
from tests.integration.own_bucket import OwnBucket

OFFICE, FREE = "commune/lao-cai", "commune/sa-pa"
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
TODAY = date(2026, 11, 20)
TOMORROW = TODAY + timedelta(1)
HEAD = Member(subject="act_head", position=Position.HEAD)


def person(subject: str = "act_head", office: str = OFFICE, position: str = "") -> Principal:
    return Principal(office, office.partition("/")[0], subject, position=position)


class Door:
    """One process: a bucket that it reaches or not, and a clock."""

    def __init__(self) -> None:
        self.bucket, self.seconds, self.version = OwnBucket(MEMBERS), 0.0, 0
        self.membership = Membership(self.bucket, now=lambda: self.seconds)

    def listed(self, *members: Member, office: str = OFFICE) -> None:
        self.version += 1
        self.bucket.put(office, self.version, OfficeMembers(members=members))

    async def admits(self, principal: Principal, at: datetime = NOON) -> str | None:
        """The position with which it lets somebody in; None: it refuses."""
        try:
            return (await self.membership.admit(principal, at)).position
        except Unauthenticated:
            return None


async def test_without_a_list_whoever_has_a_token_is_let_in_with_the_position_of_the_token() -> None:
    door = Door()
    door.listed(HEAD)
    assert await door.admits(person("act_stranger", FREE)) == ""
    assert await door.admits(person("act_stranger", FREE, "duty_officer")) == "duty_officer"


async def test_with_a_list_only_a_member_of_the_day_is_let_in_and_the_list_says_the_position() -> None:
    door = Door()
    door.listed(
        HEAD,
        Member(subject="act_left", position=Position.OFFICER, valid_to=TODAY),
        Member(subject="act_leaves", position=Position.OFFICER, valid_to=TOMORROW),
        Member(subject="act_comes", position=Position.OFFICER, valid_from=TOMORROW),
        Member(subject="act_system", position=Position.SYSTEM),
    )
    assert await door.admits(person(position="auditor")) == "head", "the list, not the token"
    assert await door.admits(person("act_system")) == "system"
    assert await door.admits(person("act_stranger")) is None
    assert await door.admits(person("act_left")) is None
    assert await door.admits(person("act_leaves")) == "officer"
    assert await door.admits(person("act_comes")) is None
    midnight = datetime(2026, 11, 20, 17, tzinfo=UTC)  # 21 November, 0:00 of legal time
    assert await door.admits(person("act_leaves"), midnight) is None
    assert await door.admits(person("act_comes"), midnight) == "officer"


async def test_a_member_of_one_office_is_nobody_in_another() -> None:
    door = Door()
    door.listed(HEAD)
    door.listed(Member(subject="act_other", position=Position.OFFICER), office=FREE)
    assert await door.admits(person("act_head")) == "head"
    assert await door.admits(person("act_head", FREE)) is None


async def test_a_service_is_let_in_and_no_list_is_asked_for() -> None:
    door = Door()
    door.bucket.down = True
    service = Principal("", "", "svc_intake", "intake")
    assert await door.membership.admit(service, NOON) == service


async def test_a_leaver_is_refused_within_a_minute_and_an_asked_office_costs_no_look(capsys: Any) -> None:
    door = Door()
    leaver = Member(subject="act_leaver", position=Position.OFFICER)
    door.listed(HEAD, leaver)
    assert await door.admits(person("act_leaver")) == "officer"
    asked = door.bucket.asked
    door.listed(HEAD)
    door.seconds += LOOK_SECONDS - 1
    assert await door.admits(person("act_leaver")) == "officer"
    assert door.bucket.asked == asked, "what is known costs nothing"
    door.seconds += 1
    assert await door.admits(person("act_leaver")) is None
    assert await door.admits(person()) == "head"
    with capsys.disabled():
        print(f"\nleaver: refused (after {LOOK_SECONDS:.0f} s at the latest)", end=" ")


async def test_who_was_just_added_is_let_in_within_seconds_and_a_stranger_is_no_load() -> None:
    door = Door()
    door.listed(HEAD)
    assert await door.admits(person("act_new")) is None
    door.listed(HEAD, Member(subject="act_new", position=Position.OFFICER))
    asked = door.bucket.asked
    for _ in range(20):
        assert await door.admits(person("act_stranger")) is None
    assert door.bucket.asked == asked, "the last look is just over"
    door.seconds += AGAIN_SECONDS
    assert await door.admits(person("act_new")) == "officer"


async def test_an_office_that_gets_its_first_list_is_closed_to_others_within_a_minute() -> None:
    door = Door()
    assert await door.admits(person("act_stranger")) == ""
    door.listed(HEAD)
    door.seconds += LOOK_SECONDS
    assert await door.admits(person("act_stranger")) is None


async def test_while_nats_is_away_known_offices_go_on_and_an_unknown_one_is_unavailable() -> None:
    door = Door()
    door.listed(HEAD)
    await door.admits(person())
    await door.admits(person(office=FREE))
    door.bucket.down = True
    door.seconds += 24 * 3600
    assert await door.admits(person()) == "head"
    assert await door.admits(person("act_stranger")) is None
    assert await door.admits(person(office=FREE)) == ""
    asked = door.bucket.asked
    await door.admits(person())
    assert door.bucket.asked == asked, "it does not ask at every request"
    with pytest.raises(Unavailable):
        await door.admits(person(office="commune/moi"))
    door.bucket.down = False
    door.listed(Member(subject="act_new", position=Position.HEAD))
    door.seconds += AGAIN_SECONDS
    assert await door.admits(person()) is None
    assert await door.admits(person("act_new")) == "head"


async def test_a_list_never_goes_backwards() -> None:
    """Also not when the bucket shows an older version, or nothing, for example while it is filled again."""
    door = Door()
    door.listed(HEAD, Member(subject="act_leaver", position=Position.OFFICER))
    older = dict(door.bucket._messages)  # pyright: ignore[reportPrivateUsage]
    door.listed(HEAD)
    assert await door.admits(person("act_leaver")) is None
    for bucket in (older, {key: one for key, one in older.items() if OFFICE not in key}):
        door.bucket._messages = bucket  # pyright: ignore[reportPrivateUsage]
        door.seconds += LOOK_SECONDS
        assert await door.admits(person("act_leaver")) is None
        assert await door.admits(person()) == "head"


async def test_a_document_that_this_release_cannot_read_leaves_the_last_list() -> None:
    class OfLaterRelease(BaseModel):
        members: list[dict[str, str]]

    door = Door()
    door.listed(HEAD)
    await door.admits(person())
    door.bucket.put(OFFICE, 2, OfLaterRelease(members=[{"subject": "act_x", "position": "of-later"}]))
    door.seconds += LOOK_SECONDS
    assert await door.admits(person()) == "head"


async def test_a_process_is_ready_once_the_bucket_has_answered() -> None:
    door = Door()
    door.bucket.down = True
    with pytest.raises(Unavailable):
        await door.membership.ready()
    door.bucket.down = False
    assert await door.membership.ready()
    asked, door.bucket.down = door.bucket.asked, True
    assert await door.membership.ready(), "while NATS is away later, known offices are served"
    assert door.bucket.asked == asked


async def test_what_is_remembered_is_bounded() -> None:
    door = Door()
    for number in range(KEPT + 10):
        await door.admits(person(office=f"commune/x-{number}"))
    assert len(door.membership._kept) == KEPT  # pyright: ignore[reportPrivateUsage]


def test_an_auditor_reads_and_does_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for position in Position:
        if position != Position.AUDITOR:
            check_may_write(person(position=position), "intake.submit_report")
    with pytest.raises(Forbidden):
        check_may_write(person(position="auditor"), "intake.submit_report")
    assert "denied: intake.submit_report to commune/lao-cai act_head, an auditor" in caplog.text


@pytest.mark.parametrize("word", ["director", "", "HEAD", None, 1, ["head"], {"head": 1}])
def test_a_word_that_is_no_position_is_passed_over(word: Any) -> None:
    assert position_of(word) is None
    assert Principal.of({"sub": "a", "office": OFFICE, "position": word}, "sub").position == ""
    assert Principal.of({"sub": "a", "office": OFFICE, "rank": "head"}, "sub", "rank").position == "head"


@pytest.mark.parametrize(
    ("who", "is_person"),
    [
        (person(position="officer"), True),
        (person(position="head"), True),
        (person(position="auditor"), True),
        (person(position="system"), False),
        (dataclasses.replace(person(position="system"), acr="mfa"), False),
        (dataclasses.replace(person(), acr="password"), True),  # somebody signed in, and nobody says as what
        (person(), False),
        (Principal("", "", "svc_intake", "intake", acr="mfa"), False),
    ],
)
def test_who_is_a_person(who: Principal, is_person: bool) -> None:
    assert who.is_person is is_person
