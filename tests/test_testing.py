"""The lines that make a pytest test of each revision."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_migration_tests_are_one_pytest_test_for_each_revision(shop: Path) -> None:
    Path("test_migrations.py").write_text(
        "from sqlite_batchify.testing import migration_tests\n\ntest_migration = migration_tests('migrations')\n"
    )
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_migrations.py"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
    assert "3 failed, 1 passed" in done.stdout
    assert "SB301" in done.stdout
    subprocess.run([sys.executable, "-m", "sqlite_batchify", "-q", "migrations"], check=True)
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
    assert "4 passed" in done.stdout
    Path("test_migrations.py").write_text(Path("test_migrations.py").read_text().replace("')", "', foreign_keys='on')"))
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
    assert "2 failed, 2 passed" in done.stdout
    assert "SB403" in done.stdout


def test_migration_tests_cost_nothing_unless_asked_for() -> None:
    heavy = "('pytest', 'alembic', 'sqlalchemy')"
    code = f"import sys, sqlite_batchify.testing; print([name for name in sys.modules if name in {heavy}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
