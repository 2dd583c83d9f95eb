"""What `explain_clock` says of a clock that a local pack adds."""

from datetime import date

from casework.service.reading import explanation_view
from regulations import explain
from tests.library import LIBRARY
from tests.unit.regulations.conftest import Cases


def test_explain_clock_names_the_local_pack_and_the_offices_to_be_told() -> None:
    cases = Cases(LIBRARY.pack("law-53-2024"), LIBRARY.world)
    opening = cases.opening("commune/quang-ngai", "self_report", "2026-11-30T08:00")
    received = ("identification", "SUPPORT_AGENCY_RECEIVED", "2026-11-30T09:00", "health_authority/quang-ngai")
    state = cases.told(opening, received)
    clocks = {clock.rule: clock for clock in state.clocks}
    shown = {
        rule: explanation_view(clocks[rule], explain(cases.pack, cases.world, state, clocks[rule].clock_id), [])
        for rule in ("QC2467-01", "B-SELF-04")
    }
    local = shown["QC2467-01"].local
    assert local is not None
    assert (local.pack, local.since) == ("quy-che-2467", date(2026, 11, 29))
    [version] = [one for one in LIBRARY.local if one.id == "quy-che-2467"]
    assert local.content_hash == version.content_hash
    assert shown["QC2467-01"].told == [
        "provincial_police/quang-ngai",
        "border_guard/quang-ngai",
        "foreign_affairs/quang-ngai",
    ]
    assert (shown["B-SELF-04"].local, shown["B-SELF-04"].told) == (None, [])
