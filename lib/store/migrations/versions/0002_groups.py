"""Groups of runs: sweeps and comparisons; a run may belong to one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of groups and let runs refer to it; runs that are there belong to none."""
    op.create_table(
        "groups",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dataset", sa.String(64), sa.ForeignKey("datasets.id"), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
    )
    op.create_index("ix_groups_dataset", "groups", ["dataset"])
    # SQLite adds no constraint to a table that is there, so Alembic copies the runs into a new one.
    with op.batch_alter_table("runs") as batch:
        batch.add_column(sa.Column("group_id", sa.String(64), nullable=True))
        batch.create_foreign_key("runs_group", "groups", ["group_id"], ["id"])
        batch.create_index("ix_runs_group_id", ["group_id"])


def downgrade() -> None:
    """Let runs forget their groups and drop the table."""
    with op.batch_alter_table("runs") as batch:
        batch.drop_index("ix_runs_group_id")
        batch.drop_constraint("runs_group", type_="foreignkey")
        batch.drop_column("group_id")
    op.drop_table("groups")
