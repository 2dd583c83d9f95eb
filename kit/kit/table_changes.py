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
    """One change of kit's tables, and the way back. `append_only`: tables whose rows nobody may change or delete."""

    upgrade: Operations
    downgrade: Operations
    append_only: tuple[str, ...] = ()


def _add_answer_headers(op: Any, schema: str) -> None:
    comment = "Of the answer: which version it made of a document in a bucket"
    op.add_column("idempotency", sa.Column("headers", sa.JSON(), comment=comment), schema=schema)


def _drop_answer_headers(op: Any, schema: str) -> None:
    op.drop_column("idempotency", "headers", schema=schema)


def _add_looks(op: Any, schema: str) -> None:
    op.create_table(
        "looks",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False, comment="Office, or service/<name>"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text()),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), comment="Id of what it was about"),
        sa.Column("part", sa.Text(), comment="Of it, that the right was decided on"),
        sa.Column("several", sa.Integer(), comment="How many a list showed"),
        sa.Column(
            "items", sa.ARRAY(sa.Text()), nullable=False, comment="Fields, groups or references that were asked for"
        ),
        sa.Column("ground", sa.ARRAY(sa.Text()), nullable=False, comment="Relations by which the caller had the right"),
        sa.Column("purpose", sa.Text()),
        sa.Column("answer", sa.SmallInteger(), nullable=False, comment="HTTP status"),
        sa.Column("refusal", sa.Text(), comment="Slug"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_looks")),
        schema=schema,
    )


def _drop_looks(op: Any, schema: str) -> None:
    op.drop_table("looks", schema=schema)


CHANGES: dict[str, TableChange] = {
    "2026_11_28_answer_headers": TableChange(_add_answer_headers, _drop_answer_headers),
    "2026_11_29_looks": TableChange(_add_looks, _drop_looks, append_only=("looks",)),
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
    grant_runtime(op, schema, CHANGES[name].append_only)  # a service's schema and runtime role have the same name


def downgrade(op: Any, name: str) -> None:
    """Undo a change. Arguments as for `upgrade`."""
    CHANGES[name].downgrade(op, op.get_context().version_table_schema)
