"""Settings of support: environment variables `SUPPORT_…`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from casefile.settings import SealingSettings


class Settings(SealingSettings):
    """What every service needs, where the vault is, and the list of providers."""

    model_config = SettingsConfigDict(env_prefix="SUPPORT_")

    providers_file: Path | None = Field(
        default=None, description="TOML list of providers, read again every hour; without it the demo list."
    )
