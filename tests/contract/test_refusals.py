"""A slug means one thing: one class names it, and whoever refuses for the same reason raises that class."""

from collections import defaultdict

from tests.contract.problems_page import kinds


def test_each_slug_is_named_by_one_class() -> None:
    named: dict[str, list[str]] = defaultdict(list)
    for kind in kinds():
        if "slug" in vars(kind):
            named[kind.slug].append(f"{kind.__module__}.{kind.__qualname__}")
    assert {slug: classes for slug, classes in named.items() if len(classes) > 1} == {}
