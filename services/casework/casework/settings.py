"""Settings of casework, from the environment (`CASEWORK_…`)."""

from pydantic_settings import SettingsConfigDict

from casefile.settings import SealingSettings
from kit.settings import TemporalSettings


class Settings(SealingSettings, TemporalSettings):
    """Database, bus, sign-in, HTTP, Temporal, and the vault that seals notes."""

    model_config = SettingsConfigDict(env_prefix="CASEWORK_", extra="ignore")
