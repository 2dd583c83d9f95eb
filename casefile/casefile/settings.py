"""Settings of a service that works on cases."""

from pathlib import Path

from pydantic import AliasChoices, Field

from contracts.ids import audience_of
from kit.settings import ServiceSettings


class CaseSettings(ServiceSettings):
    """What every service needs, and the folder of further versions of the regulation packs."""

    regulations_dir: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("NEOVE_REGULATIONS", "regulations_dir"),
        description="Folder of installed packs; one variable for every service, without its prefix.",
    )


class SealingSettings(CaseSettings):
    """The same for a service that seals texts about a person."""

    vault_url: str = Field(description="Base URL of the vault.")
    vault_resource: str = Field(
        default=audience_of("vault"),
        description="`resource` of the token for it; empty: the provider knows no resource.",
    )
    vault_scope: str = Field(default="", description="`scope` of the token for it, where the provider asks for one.")
