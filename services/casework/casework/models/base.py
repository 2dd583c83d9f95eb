"""What the tables share: their schema, and two kinds of column."""

from typing import Any

from sqlalchemy import Column, ForeignKey, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.db import table_base

SCHEMA = "casework"

Base = table_base(SCHEMA)


def json_column(default: str) -> Any:
    """A JSONB column that is never null."""
    return Field(sa_column=Column(JSONB, nullable=False, server_default=text(f"'{default}'")))


def of_case(*, primary_key: bool = False) -> Any:
    """The column `case_id` of a row that belongs to a case."""
    return Field(
        sa_column=Column(String, ForeignKey(f"{SCHEMA}.cases.case_id"), primary_key=primary_key, nullable=False)
    )
