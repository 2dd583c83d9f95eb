"""Events of `protection`: states only. Measures and places stay in the service and in its group of the vault."""

from contracts.events.facts import FactStated


class ProtectionFactStated(FactStated, producer="protection", name="fact.stated", version=1):
    """A step of the protection or the shelter lane."""
