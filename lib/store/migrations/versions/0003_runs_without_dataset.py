"""Runs that belong to no dataset, such as a pretraining on the sequences of a file."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a run name no dataset; runs that are there keep theirs."""
    with op.batch_alter_table("runs") as batch:
        batch.alter_column("dataset", existing_type=sa.String(64), nullable=True)


def downgrade() -> None:
    """Forget the runs without a dataset, and let every run name one again."""
    op.execute("DELETE FROM runs WHERE dataset IS NULL")
    with op.batch_alter_table("runs") as batch:
        batch.alter_column("dataset", existing_type=sa.String(64), nullable=False)
