"""When somebody is there: spans that hold the whole service of a visit."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("ticket", sa.Column("within_s", sa.Text, nullable=False, server_default="[]"))
