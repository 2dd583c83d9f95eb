"""The only way in which this system ever writes to the person of a case: through the gate."""

from datetime import datetime

from contracts.codes import ContactChannel
from contracts.ids import OpaqueId
from notify.channels.sms import Sms
from notify.domain import safe_contact
from notify.domain.safe_contact import ContactRules, Permitted, Refusal, Wording

__all__ = ["may_reach", "send_sms"]


def may_reach(rules: ContactRules, channel: ContactChannel, at: datetime) -> bool:
    """Whether the person allowed to be reached this way at this instant (aware)."""
    return safe_contact.may_reach(rules, channel, at)


async def send_sms(
    sms: Sms, rules: ContactRules, to: OpaqueId, wording: Wording, at: datetime, language: str = "vi"
) -> Refusal | None:
    """Send one of the allowed wordings now, or say why not; `to` refers to a number that only the vault holds."""
    passed = safe_contact.permit(rules, ContactChannel.SMS, at, wording, language)
    if not isinstance(passed, Permitted):
        return passed
    await sms.send(passed, to)
    return None
