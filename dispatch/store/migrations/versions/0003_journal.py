"""In which order nights were recorded, what each published, and nights about to be published."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and the table; number the nights in the order in which they ended."""
    op.add_column("night", sa.Column("number", sa.Integer, nullable=False, server_default="0"))
    op.add_column("night", sa.Column("digest", sa.String(64)))
    night = sa.table("night", sa.column("day"), sa.column("finished"), sa.column("number"))
    earlier = night.alias("earlier")
    before = sa.or_(
        earlier.c.finished < night.c.finished,
        sa.and_(earlier.c.finished == night.c.finished, earlier.c.day <= night.c.day),
    )
    counted = sa.select(sa.func.count()).select_from(earlier).where(before).scalar_subquery()
    op.execute(night.update().values(number=counted))
    op.create_table(
        "pending_night",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_pending_night"),
    )
