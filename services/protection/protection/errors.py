"""Protection's own problems, besides the common ones. Each 409 names the last step in `last`."""

from contracts.problems import Forbidden, Invalid, Refused


class NotCompetent(Forbidden):
    """The law lets this office order some measures, but not one of these. The answer says nothing about the case."""

    slug, title = "not-competent", "Your office may not order one of these measures"


class PressureNotAnswered(Invalid):
    """A refusal by the person counts only if it is free of threat and pressure, and the decision does not say so.

    Nothing is stored, and the protection goes on. `errors` names the field that answers it.
    """

    slug, title = "pressure-not-answered", "Say whether the person refuses free of threat and pressure"


class NotYetDecided(Refused):
    """Only an urgent request can be carried out before its decision."""

    slug, title = "not-decided", "The request is not decided yet"


class AlreadyInForce(Refused):
    """The measures are in force."""

    slug, title = "already-in-force", "The protection is in force already"


class NotInForce(Refused):
    """Nothing is in force, or the protection has ended."""

    slug, title = "not-in-force", "No protection is in force"


class NoPaperDue(Refused):
    """The request was made in writing, or the paper was filed already."""

    slug, title = "no-paper-due", "No paper is due for this request"


class ShelterNotOrdered(Refused):
    """Shelter is not among the measures."""

    slug, title = "shelter-not-ordered", "Shelter is not among the measures of this protection"
