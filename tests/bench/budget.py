"""Budgets: what a figure was, what it must be and what it should become; rows of the page say all three."""

from dataclasses import dataclass

from tests.load.figures import Row


@dataclass(frozen=True)
class Budget:
    """What is asked of one figure.

    Args:
        must: the figure holds up to here. aim: what it should become.
        was: figure of commit 05ecf39, with unit.
        unit: written after each number.
        least: whether more is better.
        digits: after the decimal point.
    """

    must: float | None = None
    aim: float | None = None
    was: str = ""
    unit: str = ""
    least: bool = False
    digits: int = 1

    def row(self, what: str, value: float, more: str = "") -> Row:
        """The line of a figure; `more` is shown after it."""
        figure = f"{value:,.{self.digits}f}{self.unit}{more}"
        if self.must is None:
            return Row(what, figure, self._wanted())
        return Row(what, figure, self._wanted(), value >= self.must if self.least else value <= self.must)

    def _wanted(self) -> str:
        sign = "≥" if self.least else "≤"
        asked = [f"{sign} {self.must:g}{self.unit}"] if self.must is not None else []
        asked += [f"aim {self.aim:g}{self.unit}"] if self.aim is not None else []
        return " ".join([part for part in (", ".join(asked), f"(was {self.was})" if self.was else "") if part])
