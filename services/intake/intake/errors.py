"""Intake's own problems, besides the common ones."""

from contracts.problems import Invalid


class NoOpening(Invalid):
    """The regulations have no way to open a case by this route at this kind of office."""

    slug, title = "no-opening", "This kind of office cannot open a case by this route"


class SameCase(Invalid):
    """A case cannot be a duplicate of itself."""

    slug, title = "same-case", "These are one and the same case"
