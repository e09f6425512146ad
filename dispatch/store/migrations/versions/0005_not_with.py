"""Technicians who may not do a visit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    op.add_column("ticket", sa.Column("not_with", sa.Text, nullable=False, server_default="[]"))
