"""Settings of a service, put together from small mixins. No module makes an instance: settings are handed in.

A service subclasses with its own prefix and reads `<PREFIX>DATABASE_URL` and so on from the environment:

    class Settings(ServiceSettings):
        model_config = SettingsConfigDict(env_prefix="INTAKE_")
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings

from contracts.ids import AUDIENCE_PREFIX
from kit.loopback import is_loopback


def _encrypted(url: str) -> str:
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))):
        return url
    raise PydanticCustomError("https_except_on_loopback", "https, or http on loopback")


Address = Annotated[str, AfterValidator(_encrypted)]
"""A URL of the provider: https, except on loopback."""
Level = Annotated[str, StringConstraints(pattern=r"^[!#-\[\]-~]+$")]
"""A value of `acr`: as it may stand between quotes in a header, without spaces."""


class PostgresSettings(BaseSettings):
    """Where the service's own database is."""

    database_url: str = Field(description="`postgresql+asyncpg://…` of the runtime role.", repr=False)
    owner_database_url: str | None = Field(default=None, description="Of the owner, for `migrate`.", repr=False)
    pool_size: int = Field(default=10, ge=1, description="Connections of the pool; as many again may overflow.")
    plan_cache_mode: Literal["auto", "force_generic_plan"] = Field(
        default="auto", description="Of PostgreSQL: whether it plans a prepared statement anew for its parameters."
    )


class NatsSettings(BaseSettings):
    """Where the bus is, and as whom to speak to it."""

    nats_url: str = Field(description="`nats://host:port`, several separated by commas.")
    nats_user: str
    nats_password: SecretStr


class TemporalSettings(BaseSettings):
    """Where Temporal is, and the key ring that its payloads are sealed with."""

    temporal_address: str = Field(description="`host:port` of the frontend.")
    temporal_namespace: str = "default"
    temporal_codec_key_file: Path | None = None


class AuthSettings(BaseSettings):
    """Whose access tokens are believed, which of them, and how this service gets its own."""

    issuer: Address
    jwks_url: Address
    audience: str | None = Field(default=None, description="What a token must be for; `urn:neove:<service>`.")
    other_audiences: list[str] = Field(
        default=[], description="What else a token may be for. Another service of Nẻo Về: only on loopback."
    )
    token_types: list[str] = Field(default=["at+jwt"], min_length=1, description="Header `typ` of an access token.")
    token_lifetime_seconds: int = Field(default=3600, ge=1, description="At most, from `iat` to `exp`.")
    subject_claim: str = Field(default="sub", min_length=1, description="The claim with the opaque id of the person.")
    position_claim: str = Field(
        default="position",
        min_length=1,
        description="The claim with the person's position, for offices without a list of members.",
    )
    strong_acr: list[Level] = Field(default=[], description="`acr` that strong operations ask for; none: not asked.")
    deny_list_file: Path | None = Field(default=None, description="TOML: subjects and tokens that are refused.")
    token_url: Address | None = None
    client_id: str | None = Field(default=None, description="Of this service at the provider; its name.")
    client_secret: SecretStr | None = Field(default=None, description="Of this service at the provider.")

    @field_validator("other_audiences")
    @classmethod
    def _one_service(cls, audiences: list[str], info: ValidationInfo) -> list[str]:
        """A token for several services opens each of them to whoever sees it at one: for the demonstration only."""
        several = any(one.startswith(AUDIENCE_PREFIX) for one in audiences)
        if several and not is_loopback(urlsplit(str(info.data.get("issuer", ""))).hostname):
            raise PydanticCustomError("several_services_only_on_loopback", "a token for several services")
        return audiences


class HttpSettings(BaseSettings):
    """Where the service listens, and how many may be connected."""

    host: str = "127.0.0.1"
    port: int = Field(ge=1, le=65535)
    max_body_bytes: int = Field(default=262_144, ge=1)
    max_connections: int = Field(default=900, ge=1, description="Of one process; below its limit of open files.")
    max_connections_of_one: int = Field(
        default=600,
        ge=1,
        description="Of one address. Behind an edge all connections have the edge's: give it what the edge opens.",
    )


class LimitSettings(BaseSettings):
    """How much callers may ask for."""

    budgets: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default={},
        description='Other amounts than `kit.limits.budgets` has, by name: `{"person.identity_reads": 200}`.',
    )


class ServiceSettings(PostgresSettings, NatsSettings, AuthSettings, HttpSettings, LimitSettings):
    """What every service needs; one with workflows adds `TemporalSettings`."""
