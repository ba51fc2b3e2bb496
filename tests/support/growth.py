"""A history of any length, and how long its replay takes. ``python -m tests.support.growth`` prints the figures."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlite_batchify.verify import verify_history
from tests.support import SHOP

_SCRIPT = '''"""revision {number}"""

from alembic import op
import sqlalchemy as sa

revision = "r{number:05d}"
down_revision = {down}


def upgrade():
{up}


def downgrade():
{back}
'''
_BLOCK = '    with op.batch_alter_table("{table}") as batch_op:\n        batch_op.{call}'


def write_history(folder: Path, length: int) -> None:
    """An Alembic project: every tenth revision creates a table, those between alter it in blocks."""
    (folder / "migrations" / "versions").mkdir(parents=True)
    shop = SHOP
    for name in ("alembic.ini", "migrations/env.py"):
        (folder / name).write_text((shop / name).read_text())
    for number in range(length):
        up, back = _bodies(f"t{number // 10:04d}", number % 10)
        down = repr(f"r{number - 1:05d}") if number else None
        text = _SCRIPT.format(number=number, down=down, up=up, back=back)
        (folder / "migrations" / "versions" / f"r{number:05d}.py").write_text(text)


def _bodies(table: str, step: int) -> tuple[str, str]:
    def block(call: str) -> str:
        return _BLOCK.format(table=table, call=call)

    if step == 0:
        reference = "" if table == "t0000" else ', sa.Column("p", sa.Integer(), sa.ForeignKey("t0000.id", name="fk_p"))'
        columns = 'sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(50)), '
        columns += f'sa.Column("note", sa.Text()){reference}'
        return f'    op.create_table("{table}", {columns})', f'    op.drop_table("{table}")'
    if step % 3 == 1:
        return block(f'add_column(sa.Column("c{step}", sa.Integer()))'), block(f'drop_column("c{step}")')
    if step % 3 == 2:
        alter = 'alter_column("note", existing_type=sa.Text(), nullable={})'
        return block(alter.format(step % 2 == 1)), block(alter.format(step % 2 == 0))
    name = f"uq_{table}_{step}"
    create = block(f'create_unique_constraint("{name}", ["name", "c{step - 2}"])')
    return create, block(f'drop_constraint("{name}", type_="unique")')


def main() -> None:
    seconds = {}
    for length in (400, 1600):
        with tempfile.TemporaryDirectory() as folder:
            write_history(Path(folder), length)
            started = time.perf_counter()
            alembic = [sys.executable, "-m", "alembic", "upgrade", "head"]
            subprocess.run(alembic, cwd=folder, check=True, capture_output=True)
            upgraded = time.perf_counter()
            report = verify_history(str(Path(folder, "alembic.ini")))
            seconds[length] = time.perf_counter() - upgraded
            assert not report.problems
        ratio = seconds[length] / (upgraded - started)
        print(
            f"{length} revisions: alembic upgrade head {upgraded - started:.1f} s, verify {seconds[length]:.1f} s",
            end="",
        )
        print(f", {ratio:.2f} times as long")
    print(f"from 400 to 1,600 revisions: {seconds[1600] / seconds[400]:.2f} times as long")


if __name__ == "__main__":
    main()
