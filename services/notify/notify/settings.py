"""Settings of notify: environment variables `NOTIFY_…`."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from casefile.settings import CaseSettings


class Settings(CaseSettings):
    """What every service needs, and how fast, how long and where to messages may go out."""

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    secrets_key_file: Path = Field(description="Key ring that webhook secrets are sealed with; made 0600 when absent.")
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks that webhooks may reach although they are not public; with loopback also by http.",
    )
    webhook_ca_file: Path | None = Field(default=None, description="Certificates to trust instead of the public ones.")
    send_timeout_seconds: float = Field(default=10, gt=0, le=25)
    in_flight: int = Field(default=4, ge=1, le=100, description="Messages on their way to one target at a time.")
    rate_per_second: float = Field(default=10, gt=0, description="To one target, by one process.")
    retry_first_seconds: float = Field(default=5, gt=0)
    retry_cap_seconds: float = Field(default=3600, gt=0)
    give_up_hours: float = Field(default=240, gt=0, description="Ten days: longer than the longest public holiday.")
    refused_hours: float = Field(
        default=24,
        gt=0,
        description="The same for a message that the receiver refuses: its case waits behind it.",
    )
    rotation_overlap_hours: float = Field(default=24, gt=0, description="How long the old secret signs beside the new.")

    smtp_host: str | None = Field(default=None, description="E-mail is off without it.")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: bool = Field(default=False, description="TLS from the first byte, as on port 465.")
    smtp_starttls: bool = Field(default=True, description="Without TLS at first, refused unless the server offers it.")
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_sender: str = "neove@localhost"
    email_addresses_file: Path | None = Field(default=None, description="TOML: `[addresses]`, office = [mailboxes].")

    @model_validator(mode="after")
    def _complete(self) -> "Settings":
        if self.smtp_host and not self.email_addresses_file:
            raise ValueError("e-mail needs the file of addresses")
        return self
