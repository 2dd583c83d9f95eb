"""Events of `protection`: states only; measures and places stay in the service and its vault group."""

from contracts.events.facts import FactStated


class ProtectionFactStated(FactStated, producer="protection", name="fact.stated", version=1):
    """A step of the protection or the shelter lane."""
