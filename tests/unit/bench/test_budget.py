"""A row says what a figure is, what it must be, what it should become, and what it was."""

from tests.bench.budget import Budget
from tests.load.figures import Row


def test_a_row_says_all_of_it() -> None:
    budget = Budget(2.5, 2, "3.1 ×", " × bare")
    assert budget.row("step", 2.44, " = 9 ms") == Row(
        "step", "2.4 × bare = 9 ms", "≤ 2.5 × bare, aim 2 × bare (was 3.1 ×)", holds=True
    )
    assert budget.row("step", 2.6).holds is False


def test_more_may_be_better() -> None:
    budget = Budget(0.25, 0.3, "0.11 ×", " ×", least=True, digits=2)
    assert budget.row("case", 0.26) == Row("case", "0.26 ×", "≥ 0.25 ×, aim 0.3 × (was 0.11 ×)", holds=True)
    assert budget.row("case", 0.24).holds is False


def test_what_nobody_asks_for_is_only_shown() -> None:
    assert Budget(unit=" ms").row("step", 86) == Row("step", "86.0 ms", "", holds=None)
    assert Budget(was="86 ms", unit=" ms").row("step", 40).wanted == " (was 86 ms)".strip()
