"""The list of providers: the demo list, and lists that are wrong."""

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


def test_every_territory_of_the_demo_has_providers_of_each_sort() -> None:
    listed = providers.load(None, DIRECTORY).provider
    territories = DIRECTORY.territories
    places = {code for code, one in territories.items() if one.kind == "province" and one.communes}
    assert len(places) == 6
    for place in places:
        sorts = {one.sort for one in listed if one.office.endswith(f"/{place}")}
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
