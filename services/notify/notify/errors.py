"""What notify refuses with, besides the common problems."""

from contracts.problems import Invalid, Refused


class TargetRefused(Invalid):
    """A webhook's address is not one that this service will call: https, and no address inside our own networks."""

    slug, title = "webhook-target-refused", "This address may not be called"

    def __init__(self, reason: str) -> None:
        super().__init__(errors=[{"loc": "url", "msg": reason}])
        self.reason = reason


class TooManyWebhooks(Refused):
    """The office has as many webhooks as one office may have."""

    slug, title = "too-many-webhooks", "The office has all the webhooks that it may have"


class WebhookConfirmed(Refused):
    """The webhook is confirmed and in use already."""

    slug, title = "webhook-confirmed", "This webhook is confirmed"


class WebhookDisabled(Refused):
    """The receiver answered 410 Gone; the office must register a new webhook."""

    slug, title = "webhook-disabled", "This webhook is disabled"
