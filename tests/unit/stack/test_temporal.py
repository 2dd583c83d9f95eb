"""How Temporal's development server is started."""

from pathlib import Path

from stack.temporal import DATABASE, ONE_PARTITION, child


def asks_for_one_partition(state: Path) -> bool:
    return set(ONE_PARTITION) <= set(child(state, 7233, 8233).command())


def test_a_new_database_has_one_partition_a_queue_also_at_later_starts(tmp_path: Path) -> None:
    assert asks_for_one_partition(tmp_path)
    (tmp_path / "temporal" / DATABASE).touch()
    assert asks_for_one_partition(tmp_path)


def test_a_database_of_an_older_release_keeps_its_partitions(tmp_path: Path) -> None:
    (tmp_path / "temporal").mkdir()
    (tmp_path / "temporal" / DATABASE).touch()
    assert not asks_for_one_partition(tmp_path)
    assert not asks_for_one_partition(tmp_path)
