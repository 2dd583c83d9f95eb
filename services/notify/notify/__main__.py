"""Notify as a process: `python -m notify all|api|events|migrate|openapi`."""

import asyncio
import sys
from datetime import timedelta

from casefile.start import start
from kit.crypto import KeyFileTooOpen
from kit.runtime import Service, State, main
from notify import api, consumers, models, repository
from notify.addresses import Addresses
from notify.channels import Channel
from notify.channels.email import EmailChannel, Server
from notify.channels.webhook import WebhookChannel
from notify.deliverer import Deliverer
from notify.domain.pace import Pace
from notify.domain.targets import TargetPolicy
from notify.keys import Sealer
from notify.service.webhooks import Rotation
from notify.settings import Settings

TIDY_SECONDS = 3600
KEPT = timedelta(hours=90 * 24)
"""How long a delivery that came to its end stays in the log; operational, no legal term."""


async def load_parts(state: State) -> None:
    """Load the key and the addresses; a key file that others may read, or a wrong file, ends the process."""
    settings = state.settings
    if not isinstance(settings, Settings):
        raise TypeError("notify needs its own settings")
    await start(state)
    try:
        sealer = Sealer.load(settings.secrets_key_file)
        addresses = _addresses(settings)
    except KeyFileTooOpen as refusal:
        sys.exit(f"notify: {refusal}")
    except (OSError, ValueError) as wrong:
        sys.exit(f"notify: the key file or the file of addresses is not readable ({type(wrong).__name__})")
    policy = TargetPolicy(settings.allowed_networks)
    webhook = WebhookChannel(policy, state.clock, settings.send_timeout_seconds, settings.webhook_ca_file)
    channels: dict[str, Channel] = {"webhook": webhook}
    if settings.smtp_host:
        channels["email"] = EmailChannel(_server(settings, settings.smtp_host), addresses, state.clock)
    rotation = Rotation(timedelta(hours=settings.rotation_overlap_hours))
    deliverer = Deliverer(state.uow, sealer, pace_of(settings), channels)
    for part in (sealer, addresses, webhook, rotation, deliverer):
        state.put(part)


def pace_of(settings: Settings) -> Pace:
    """The numbers of the settings. A lease outlives a try."""
    return Pace(
        first_seconds=settings.retry_first_seconds,
        cap_seconds=settings.retry_cap_seconds,
        give_up_hours=settings.give_up_hours,
        rate_per_second=settings.rate_per_second,
        in_flight=settings.in_flight,
        refused_hours=settings.refused_hours,
        lease_seconds=3 * settings.send_timeout_seconds + settings.in_flight / settings.rate_per_second,
    )


def _addresses(settings: Settings) -> Addresses:
    if settings.smtp_host and settings.email_addresses_file:
        return Addresses.load(settings.email_addresses_file)
    return Addresses()


def _server(settings: Settings, host: str) -> Server:
    return Server(
        host=host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        starttls=settings.smtp_starttls,
        sender=settings.smtp_sender,
        timeout_seconds=settings.send_timeout_seconds,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else "",
    )


async def deliver(state: State) -> None:
    """Send what waits, for ever."""
    await state.get(Deliverer).run(state)


async def tidy(state: State) -> None:
    """Every hour: delete what is old in the log of deliveries."""
    while True:
        async with state.uow() as tx:
            await repository.forget_deliveries(tx, tx.now - KEPT)
        await asyncio.sleep(TIDY_SECONDS)


SERVICE = Service(
    "notify",
    Settings,
    [api.router],
    models.Base.metadata,
    on_start=load_parts,
    consumers=consumers.register,
    background=[deliver, tidy],
    nice=10,  # it only sends what is decided: on a full machine deciding comes first
)

if __name__ == "__main__":
    main(SERVICE)
