"""Support's own problems, besides the common ones. The members of a 409 say what prevents the step."""

from contracts.problems import Invalid, Refused


class NotEntitled(Refused):
    """The regulations give this person no such support. Members: `kind`, `status`, `citation`, `confidence`."""

    slug, title = "not-entitled", "The regulations do not provide this support for this person"


class BeforeItsCause(Refused):
    """The step happened before the one that it follows. Members: `lane`, `state`, `since`."""

    slug, title = "before-its-cause", "This lies before the step that it follows"


class ReferralOpen(Refused):
    """A provider has been asked already, or has accepted. Members: `referral_id`, `state`, `provider`."""

    slug, title = "referral-open", "A referral for this support is open already"


class NoPlace(Refused):
    """Every place of this kind is taken. Members: `provider`, `kind`."""

    slug, title = "no-place", "The provider has no free place"


class NotAccepted(Refused):
    """Support can be delivered only on an accepted referral. Members: `state`."""

    slug, title = "not-accepted", "The provider has not accepted this referral"


class NotOpen(Refused):
    """The request or the referral has ended. Members: `state`."""

    slug, title = "not-open", "This has ended already"


class ProviderElsewhere(Refused):
    """The provider does not act at the place of the lane; the lane must be handed over first. Members: `provider`."""

    slug, title = "provider-elsewhere", "This provider acts elsewhere"


class UnknownProvider(Invalid):
    """No provider in use has this code."""

    slug, title = "unknown-provider", "There is no such provider"


class NotOffered(Invalid):
    """The provider does not give this kind of support."""

    slug, title = "not-offered", "The provider does not give this support"


class ReasonMissing(Invalid):
    """A refusal is given in writing and names its reason (for a provider: rule A-REF-01)."""

    slug, title = "reason-missing", "Give the reason of the refusal"
