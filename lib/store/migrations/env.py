"""How Alembic meets the database: over the connection that ``lib.store.db.upgrade`` hands it, in its transaction."""

from alembic import context

from lib.store.records import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
