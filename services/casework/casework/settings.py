"""Settings of casework, from the environment (`CASEWORK_…`)."""

from pydantic_settings import SettingsConfigDict

from kit.settings import ServiceSettings, TemporalSettings


class Settings(ServiceSettings, TemporalSettings):
    """What casework needs: database, bus, sign-in, HTTP, Temporal, and the vault for sealing notes."""

    model_config = SettingsConfigDict(env_prefix="CASEWORK_", extra="ignore")

    vault_url: str = "http://127.0.0.1:8103"
