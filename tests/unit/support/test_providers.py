"""The list of providers: the demo list, and lists that are wrong."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from support import providers
from support.providers import ProviderList
from tests.library import LIBRARY

DIRECTORY = LIBRARY.world.directory
ONE: dict[str, Any] = {
    "provider": "a",
    "office": "provider/lao-cai",
    "sort": "hospital",
    "name": {"vi": "Thử", "en": "Try"},
    "offers": [{"kind": "medical", "capacity": 1}],
}


def test_each_of_six_provinces_of_the_demo_has_providers_of_each_sort() -> None:
    listed, today = providers.load(None, DIRECTORY).provider, date(2026, 11, 20)
    places: dict[str, set[str]] = {}
    for one in listed:
        place = DIRECTORY.place_of(one.office)
        assert place is not None
        places.setdefault(str(DIRECTORY.province(place, today)), set()).add(one.sort)
    assert len(places) == 6
    for sorts in places.values():
        assert sorts == {"facility", "vocational_school", "hospital", "legal_aid_centre", "fund"}


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [ONE, ONE],
        [{**ONE, "offers": []}],
        [{**ONE, "offers": ONE["offers"] * 2}],
        [{**ONE, "offers": [{"kind": "gold", "capacity": 1}]}],
        [{**ONE, "offers": [{"kind": "medical", "capacity": -1}]}],
        [{**ONE, "more": 1}],
    ],
)
def test_a_wrong_list_is_refused_as_a_whole(wrong: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        ProviderList.model_validate({"provider": wrong})


def test_an_office_that_the_directory_does_not_have_is_refused() -> None:
    listed = ProviderList.model_validate({"provider": [{**ONE, "office": "provider/atlantis"}]})
    with pytest.raises(ValueError, match="provider/atlantis"):
        listed.check_offices(DIRECTORY)


def test_a_deployment_names_its_own_file(tmp_path: Path) -> None:
    path = tmp_path / "providers.toml"
    path.write_text(
        '[[provider]]\nprovider = "a"\noffice = "provider/lao-cai"\nsort = "hospital"\n'
        'name = { vi = "Thử", en = "Try" }\noffers = [{ kind = "medical", capacity = 3 }]\n',
        encoding="utf-8",
    )
    [one] = providers.load(path, DIRECTORY).provider
    assert (one.provider, one.offers[0].capacity, one.offers[0].until) == ("a", 3, "delivered")
