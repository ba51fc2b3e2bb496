"""One history: scripts -> report. Alembic and SQLAlchemy are imported here and nowhere else."""
