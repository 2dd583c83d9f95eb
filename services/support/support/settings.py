"""Settings of support: environment variables `SUPPORT_…`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service needs, where the vault is, and who gives support."""

    model_config = SettingsConfigDict(env_prefix="SUPPORT_")

    vault_url: str = Field(description="Base URL of the vault.")
    providers_file: Path | None = Field(
        default=None, description="TOML list of providers, read again every hour; without it the demo list."
    )
