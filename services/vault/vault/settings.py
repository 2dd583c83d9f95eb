"""Settings of the vault: environment variables `VAULT_…`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from casefile.settings import CaseSettings


class Settings(CaseSettings):
    """What every service needs, the master key, the audit, room for the texts of one call, and the time in the bin."""

    model_config = SettingsConfigDict(env_prefix="VAULT_")

    master_key_file: Path = Field(description="Made at the first start; 0600, or the vault does not start.")
    audit_database_url: str = Field(
        description="`postgresql+asyncpg://…` of the vault's database as the role `audit`, which alone chains looks.",
        repr=False,
    )
    services: dict[str, str] = Field(
        default_factory=dict[str, str], description="Base URL of each other service, whose looks are chained here."
    )
    services_scopes: dict[str, str] = Field(
        default_factory=dict[str, str], description="`scope` of the token for each, where the provider asks for one."
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1)
    bin_hours: int = Field(
        default=720, ge=24, description="Hours that the text of an abandoned case stays in the bin, at least: 30 days."
    )
