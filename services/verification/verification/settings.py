"""Settings of verification: environment variables `VERIFICATION_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service needs, and where the vault is."""

    model_config = SettingsConfigDict(env_prefix="VERIFICATION_")

    vault_url: str = Field(description="Base URL of the vault.")
