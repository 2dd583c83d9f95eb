"""Changes of kit's own tables: each is written here once, and a revision of every service applies it.

The first revision of a service made the tables of `kit.tables` as they were then, and revisions are frozen. To add a
table or a column to kit:

1. Change `kit.tables`, which is what new services begin with.
2. Add the change to `CHANGES` under a name that begins with the date, in Alembic's words and with the schema that is
   handed in. It is frozen as a revision is: it uses no table of `kit.tables`, because those go on changing.
3. Give every service that exists a revision whose functions have one line each:

       def upgrade() -> None:
           table_changes.upgrade(op, "2026_12_01_quotas")

       def downgrade() -> None:
           table_changes.downgrade(op, "2026_12_01_quotas")

`tests/integration/kit/test_table_changes.py` compares the migrated tables of every service with `kit.tables`, so a
service without its revision is found. A change looks like this:

    def _add_quotas(op: Any, schema: str) -> None:
        op.create_table("quotas", sa.Column("name", sa.Text(), primary_key=True), schema=schema)

    def _drop_quotas(op: Any, schema: str) -> None:
        op.drop_table("quotas", schema=schema)

    CHANGES = {"2026_12_01_quotas": TableChange(_add_quotas, _drop_quotas)}
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kit.migrations import grant_runtime

Operations = Callable[[Any, str], None]
"""Takes Alembic's operations and the schema of the service."""


@dataclass(frozen=True)
class TableChange:
    """One change of kit's tables, and the way back."""

    upgrade: Operations
    downgrade: Operations


def _add_answer_headers(op: Any, schema: str) -> None:
    comment = "Of the answer: which version it made of a document in a bucket"
    op.add_column("idempotency", sa.Column("headers", sa.JSON(), comment=comment), schema=schema)


def _drop_answer_headers(op: Any, schema: str) -> None:
    op.drop_column("idempotency", "headers", schema=schema)


CHANGES: dict[str, TableChange] = {
    "2026_11_28_answer_headers": TableChange(_add_answer_headers, _drop_answer_headers),
}
"""Every change since the first tables, oldest first."""


def upgrade(op: Any, name: str) -> None:
    """Apply a change to the service whose migration runs, and let its runtime role use new tables.

    Args:
        op: Alembic's operations, as in the migration.
        name: of the change in `CHANGES`; a `KeyError` means that there is none.
    """
    schema = op.get_context().version_table_schema
    CHANGES[name].upgrade(op, schema)
    grant_runtime(op, schema)  # a service's schema and runtime role have the same name


def downgrade(op: Any, name: str) -> None:
    """Undo a change. Arguments as for `upgrade`."""
    CHANGES[name].downgrade(op, op.get_context().version_table_schema)
