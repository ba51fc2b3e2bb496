"""The generated parts of the README. ``python -m tests.support.readme`` writes them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlite_batchify import findings
from sqlite_batchify.findings import CODES, UNDONE, Code
from sqlite_batchify.operations import IMPOSSIBLE, OPERATIONS
from tests.support import FIXTURES, ROOT, SHOP

README = ROOT / "README.md"
_WORDS = {
    "opening": "give the block the {keyword}= that is printed",
    "again": "the statement that is printed",
    "sequence": "keep the number, with the statements that are printed for before and behind the block",
    "where": "the call that is printed",
    "condition": "...",
    "literal": "the text in single quotes",
    "direction": "the function",
    "path": "PATH",
}
"""What stands in the table for that which a problem puts into its remedy."""
_KEYWORDS = {"SB413": "table_kwargs", "SB423": "table_kwargs", "SB414": "table_args", "SB419": "table_args"}
_WHOLE = {
    "SB429": "write the name as the table has it",
    "SB433": "drop it, with the statement that is printed, before the block",
    "SB436": "rename it behind the block and not in it, with the call that is printed",
}


def operations_table() -> str:
    rows = ["| operation | needs a block | why |", "| --- | --- | --- |"]
    for operation in OPERATIONS.values():
        needs = "cannot be done" if operation.needs_block == IMPOSSIBLE else operation.needs_block
        rows.append(f"| `{operation.name}` | {needs} | {operation.reason} |")
    return "\n".join(rows)


def refusals_table() -> str:
    rows = ["| code | name | what | remedy |", "| --- | --- | --- | --- |"]
    for code in CODES.values():
        if code.code < findings.ALTER_FAILS.code or code in UNDONE:
            texts = (_with_dots(text) for text in (code.message, code.remedy))
            rows.append(f"| {code.code} | {code.name} | " + " | ".join(texts) + " |")
    return "\n".join(rows)


def _with_dots(text: str) -> str:
    for placeholder in ("{detail}", "{hint}"):
        text = text.replace(placeholder, "…")
    return text.replace("{{", "{").replace("}}", "}")


def problems_table() -> str:
    rows = ["| code | name | remedy |", "| --- | --- | --- |"]
    codes = (code for code in CODES.values() if findings.ALTER_FAILS.code <= code.code < findings.UNREADABLE.code)
    rows += [f"| {code.code} | {code.name} | {_in_words(code)} |" for code in codes]
    return "\n".join(rows)


def _in_words(code: Code) -> str:
    """A remedy with words for what a problem puts into it."""
    remedy = _WHOLE.get(code.code, code.remedy)
    if remedy == "{hint}":
        return "it depends on the cause"
    for placeholder, words in _WORDS.items():
        keyword = _KEYWORDS.get(code.code, "reflect_args")
        remedy = remedy.replace(f"{{{placeholder}}}", words.format(keyword=keyword))
    return remedy.replace("{{", "{").replace("}}", "}")


def transcript(commands: list[str], shop: Path) -> str:
    """What these commands print in the shop project."""
    lines = []
    for command in commands:
        path = f"PATH={Path(sys.executable).parent}:$PATH; NO_COLOR=1; COLUMNS=100; export NO_COLOR COLUMNS; "
        done = subprocess.run(
            ["bash", "-c", path + command], cwd=shop, capture_output=True, text=True, timeout=120, check=False
        )
        lines += [f"$ {command}", *(done.stdout + done.stderr).rstrip("\n").split("\n")]
    return "\n".join(re.sub(r"on SQLite \S+ in \d+\.\d s", "on SQLite 3.40.1 in 0.1 s", line) for line in lines)


def generated(text: str) -> str:
    """The README with its generated parts as they have to be."""
    text = _with_section(text, "operations", operations_table())
    text = _with_section(text, "refusals", refusals_table())
    text = _with_section(text, "problems", problems_table())
    with tempfile.TemporaryDirectory() as folder:
        shop = shutil.copytree(SHOP, Path(folder, "shop"))
        Path(folder, "fixtures").symlink_to(FIXTURES)
        for block in re.findall(r"<!-- transcript: \w+ -->\n```console\n(.*?)\n```", text, re.DOTALL):
            commands = [line.removeprefix("$ ") for line in block.split("\n") if line.startswith("$ ")]
            text = text.replace(block, transcript(commands, shop))
    return text.rstrip("\n") + "\n"


def _with_section(text: str, name: str, content: str) -> str:
    """Replace the table that follows the marker of a section."""
    before, marker, rest = text.partition(f"<!-- {name} -->\n")
    lines = rest.split("\n")
    while lines and (not lines[0] or lines[0].startswith("|")):
        del lines[0]
    return before + marker + "\n" + content + "\n\n" + "\n".join(lines)


if __name__ == "__main__":
    README.write_text(generated(README.read_text()))
