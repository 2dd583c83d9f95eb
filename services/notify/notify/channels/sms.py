"""Short messages to persons: the interface of an operator's adapter, and an adapter that sends nothing."""

from typing import Protocol

from contracts.ids import OpaqueId
from notify.domain.safe_contact import Permitted


class Sms(Protocol):
    """A way to send short messages. It gets only messages that passed the gate of `notify.domain.safe_contact`."""

    async def send(self, message: Permitted, to: OpaqueId) -> None:
        """Send at once or not at all (a queue would break the quiet hours).

        Args:
            message: permitted for this minute.
            to: refers to a number that the adapter gets from the vault, for the purpose `contact`.

        Raises:
            Unavailable: it could not be sent now; before a new try the caller passes the gate again.
        """
        ...


class NoSms:
    """Sends nothing and writes nothing down."""

    async def send(self, message: Permitted, to: OpaqueId) -> None:
        """Nothing."""
