"""Nights, their centres, planned and undone visits; tickets and what each night knew of them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "night",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("started", instant, nullable=False),
        sa.Column("finished", instant, nullable=False),
        sa.Column("exit_code", sa.Integer, nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("effort", sa.String(100), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_night"),
    )
    op.create_table(
        "centre_night",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("centre", sa.String(64), nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("problem_sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.String(20)),
        sa.Column("rounds", sa.Integer),
        sa.Column("visits_served", sa.Integer),
        sa.Column("visits_unassigned", sa.Integer),
        sa.Column("travel_s", sa.BigInteger),
        sa.Column("distance_m", sa.BigInteger),
        sa.Column("service_s", sa.BigInteger),
        sa.Column("cost_s", sa.BigInteger),
        sa.Column("bound_s", sa.BigInteger),
        sa.Column("gap", sa.Float),
        sa.Column("proven_optimal", sa.Boolean),
        sa.Column("elapsed_s", sa.Float),
        sa.Column("plan", sa.LargeBinary),
        sa.PrimaryKeyConstraint("day", "centre", name="pk_centre_night"),
        sa.ForeignKeyConstraint(
            ["day"], ["night.day"], name="fk_centre_night_night", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "planned_visit",
        *_of_centre("planned_visit"),
        sa.Column("technician", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("insee", sa.String(5), nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("arrival_s", sa.BigInteger, nullable=False),
        sa.Column("start_s", sa.BigInteger, nullable=False),
        sa.Column("end_s", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "undone_visit",
        *_of_centre("undone_visit"),
        sa.Column("reason", sa.String(50), nullable=False),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("insee", sa.String(5), nullable=False),
        sa.Column("collectivity", sa.Text, nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("duration_s", sa.Integer, nullable=False),
        sa.Column("windows_s", sa.Text, nullable=False),
        sa.Column("skills", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("due", sa.Date),
        sa.Column("asked", sa.Date),
        sa.Column("technician", sa.String(200)),
        sa.Column("load", sa.BigInteger, nullable=False),
        sa.Column("mandatory", sa.Boolean, nullable=False),
        sa.Column("first_seen", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
    )
    op.create_table(
        "sighting",
        sa.Column("ticket", sa.String(200), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("last_seen", sa.Date, nullable=False),
        sa.Column("gone_nights", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("ticket", "day", name="pk_sighting"),
        sa.ForeignKeyConstraint(
            ["ticket"], ["ticket.id"], name="fk_sighting_ticket", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["day"], ["night.day"], name="fk_sighting_night"),
    )
    op.create_index("ix_sighting_day", "sighting", ["day"])


def _of_centre(table: str) -> list[sa.schema.SchemaItem]:
    """Return what every table of a centre's visits begins with."""
    return [
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("centre", sa.String(64), nullable=False),
        sa.Column("visit", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("day", "centre", "visit", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["day", "centre"],
            ["centre_night.day", "centre_night.centre"],
            name=f"fk_{table}_centre_night",
            ondelete="CASCADE",
        ),
    ]
