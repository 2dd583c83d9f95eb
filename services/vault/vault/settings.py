"""Settings of the vault: environment variables `VAULT_…`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from casefile.settings import CaseSettings


class Settings(CaseSettings):
    """What every service needs, the master key, room for the texts of one call, and the time in the bin."""

    model_config = SettingsConfigDict(env_prefix="VAULT_")

    master_key_file: Path = Field(description="Made at the first start; 0600, or the vault does not start.")
    max_body_bytes: int = Field(default=1_048_576, ge=1)
    bin_hours: int = Field(
        default=720, ge=24, description="Hours that the text of an abandoned case stays in the bin, at least: 30 days."
    )
