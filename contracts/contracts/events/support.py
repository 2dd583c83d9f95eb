"""Events of `support`."""

from contracts.events.facts import FactStated


class SupportFactStated(FactStated, producer="support", name="fact.stated", version=1):
    """A step of one support lane, `support:<kind>`."""
