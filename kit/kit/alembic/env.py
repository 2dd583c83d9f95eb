"""Alembic's entry point; `kit.migrations` hands it an open connection and everything else."""

from alembic import context

_given = context.config.attributes
context.configure(connection=_given["connection"], target_metadata=_given["metadata"], **_given["options"])
with context.begin_transaction():
    context.run_migrations()
