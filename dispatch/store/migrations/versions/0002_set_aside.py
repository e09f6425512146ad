"""What the source could not read on a night, and how many technicians a centre could send."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "set_aside",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("ticket", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", "number", name="pk_set_aside"),
        sa.ForeignKeyConstraint(
            ["day"], ["night.day"], name="fk_set_aside_night", ondelete="CASCADE"
        ),
    )
    op.add_column(
        "centre_night", sa.Column("technicians", sa.Integer, nullable=False, server_default="0")
    )
