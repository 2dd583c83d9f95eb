"""Settings of casework, from the environment (`CASEWORK_…`)."""

from typing import Literal

from pydantic_settings import SettingsConfigDict

from casefile.settings import SealingSettings
from kit.settings import TemporalSettings


class Settings(SealingSettings, TemporalSettings):
    """Database, bus, sign-in, HTTP, Temporal, and the vault that seals notes."""

    model_config = SettingsConfigDict(env_prefix="CASEWORK_", extra="ignore")

    # To plan the read of a file takes as long as the read, 1 ms. Every statement of casework is planned in the same way
    # whatever its parameters are (compared with 10,000 cases). A service that asks by a partial index with a parameter,
    # as notify does, needs the usual "auto".
    plan_cache_mode: Literal["auto", "force_generic_plan"] = "force_generic_plan"
