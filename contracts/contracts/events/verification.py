"""Events of `verification`."""

from contracts.events.facts import FactStated


class VerificationFactStated(FactStated, producer="verification", name="fact.stated", version=1):
    """A step of the identification lane: initial check, request, extension, decision."""
