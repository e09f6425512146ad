"""The day before which a visit may not be planned."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("ticket", sa.Column("earliest_day", sa.Date))
