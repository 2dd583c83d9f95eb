"""Settings of protection: environment variables `PROTECTION_…`."""

from pydantic_settings import SettingsConfigDict

from casefile.settings import SealingSettings


class Settings(SealingSettings):
    """What every service needs, and where the vault is."""

    model_config = SettingsConfigDict(env_prefix="PROTECTION_")
