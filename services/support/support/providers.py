"""The list of providers: which support each gives, and to how many persons at once. It is read again every hour."""

import asyncio
import logging
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from casefile.offices import Offices
from contracts.codes import SupportKind
from contracts.ids import Code, OfficeRef
from kit.state import State
from kit.uow import Tx
from regulations import Library
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.places import NATION
from support import repository
from support.settings import Settings

AGAIN_SECONDS = 3600
log = logging.getLogger(__name__)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(_Part):
    """Vietnamese first."""

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Offer(_Part):
    """How many persons a provider serves at once with one kind.

    `until`: the place is free again after the delivery, or (for a stay) after the end of the support.
    """

    kind: SupportKind
    capacity: int = Field(ge=0)
    until: Literal["delivered", "ended"] = "delivered"


class Listed(_Part):
    """One provider; `office` signs in for it. A provider that must not see the referrals of others has its own."""

    provider: Code
    office: OfficeRef
    sort: Code
    name: Names
    offers: tuple[Offer, ...] = Field(min_length=1)


class ProviderList(_Part):
    """The whole list."""

    provider: tuple[Listed, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        codes = [one.provider for one in self.provider]
        if len(set(codes)) < len(codes):
            raise ValueError("a provider stands twice")
        if any(len({offer.kind for offer in one.offers}) < len(one.offers) for one in self.provider):
            raise ValueError("a provider offers a kind twice")
        return self

    def check_offices(self, directory: Directory) -> None:
        """Raises ValueError where a provider's office is not in the directory."""
        if unknown := sorted({one.office for one in self.provider if directory.office(one.office) is None}):
            raise ValueError(f"offices that the directory does not have: {unknown}")


def load(path: Path | None, directory: Directory) -> ProviderList:
    """A list from a file, or (None) the demonstration list.

    Raises:
        OSError: the file cannot be read. ValueError: the list is wrong.
    """
    text = (path or files("support") / "providers.toml").read_text("utf-8")
    listed = ProviderList.model_validate(tomllib.loads(text))
    listed.check_offices(directory)
    return listed


async def keep(tx: Tx, listed: ProviderList, directory: Directory) -> None:
    """Store the list of providers, each with the province in which it is."""
    today = legal_date(tx.now)
    rows = [
        {
            "provider": one.provider,
            "office": one.office,
            "province": _province(directory, one.office, today),
            "sort": one.sort,
            "name_vi": one.name.vi,
            "name_en": one.name.en,
            "active": True,
        }
        for one in listed.provider
    ]
    places = [
        {"provider": one.provider, "kind": offer.kind, "capacity": offer.capacity, "taken": 0, "until": offer.until}
        for one in listed.provider
        for offer in one.offers
    ]
    await repository.keep_providers(tx, rows, places)


def _province(directory: Directory, office: str, on: date) -> str:
    """The province in which an office is; of an office of the whole nation, or abroad, its place."""
    place = directory.place_of(office) or NATION
    return directory.province(place, on) or place


async def provider_list(state: State) -> None:
    """Reads and stores the list at the start and then every hour, so that an edit needs no restart. Never returns."""
    settings = state.settings
    assert isinstance(settings, Settings)
    while True:
        await state.get(Offices).follow()  # the directory may have another office by now
        directory = state.get(Library).world.directory
        listed = await asyncio.to_thread(load, settings.providers_file, directory)
        async with state.uow() as tx:
            await keep(tx, listed, directory)
        log.info("%d providers are listed", len(listed.provider))
        await asyncio.sleep(AGAIN_SECONDS)
