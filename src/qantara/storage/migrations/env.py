"""What Alembic runs: the scripts, on the connection it was given, inside its transaction."""

from alembic import context

from qantara.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
