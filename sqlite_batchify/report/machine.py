"""What was done and found, for other programs: JSON, GitHub's annotations, SARIF."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .. import __version__, findings
from ..findings import BROKEN, ERROR, Code, Finding
from ..rewritten import Counts
from ..sources import shown_path
from . import workflow
from .text import changes

_HOME = "https://github.com/sqlite-batchify/sqlite-batchify"
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class Result:
    """What became, or with ``would`` is to become, of one file."""

    path: str
    changed: bool
    counts: Counts
    findings: tuple[Finding, ...]
    would: bool

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """With one that says that the file is still to be rewritten."""
        if not (self.changed and self.would):
            return self.findings
        needed = Finding(findings.NEEDS_BLOCKS, self.path, 1, 1, changes(self.counts), self.path)
        return (needed, *self.findings)


def as_text(results: Sequence[Result], form: str) -> str:
    """The whole as ``json``, ``github`` or ``sarif``."""
    if form == "github":
        return "\n".join(_annotations(results))
    shape = _sarif(results) if form == "sarif" else _json(results)
    return json.dumps(shape, indent=2, ensure_ascii=False)


def _json(results: Sequence[Result]) -> dict[str, Any]:
    broken = [each for each in results if any(finding.code in BROKEN for finding in each.findings)]
    return {
        "version": __version__,
        "changed": sum(each.changed for each in results),
        "unchanged": sum(not each.changed for each in results) - len(broken),
        "broken": len(broken),
        "files": [
            {
                "path": each.path,
                "changed": each.changed,
                **each.counts._asdict(),
                "findings": [_finding(finding) for finding in each.findings],
            }
            for each in results
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code.code,
        "name": finding.code.name,
        "severity": finding.code.severity,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def _annotations(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        for each in result.all_findings:
            title = f"{each.code.code} {each.code.name}"
            text = f"{each.message}; {each.remedy}"
            yield workflow.annotation(each.code.severity, each.path, each.line, each.column, title, text)


def _sarif(results: Sequence[Result]) -> dict[str, Any]:
    """SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)."""
    found = [finding for result in results for finding in result.all_findings]
    codes = sorted({finding.code for finding in found}, key=lambda code: code.code)
    driver = {
        "name": "sqlite-batchify",
        "version": __version__,
        "informationUri": _HOME,
        "rules": [_rule(code) for code in codes],
    }
    places = {code: index for index, code in enumerate(codes)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(finding, places[finding.code]) for finding in found],
    }
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, Any]:
    explanation = code.explanation
    return {
        "id": code.code,
        "name": "".join(word.capitalize() for word in code.name.split("-")),
        "shortDescription": {"text": code.name.replace("-", " ")},
        "fullDescription": {"text": explanation.why},
        "helpUri": explanation.page,
        "defaultConfiguration": {"level": code.severity},
    }


def _sarif_result(finding: Finding, rule: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if finding.line:
        location["region"] = {"startLine": finding.line, "startColumn": max(finding.column, 1)}
    return {
        "ruleId": finding.code.code,
        "ruleIndex": rule,
        "level": "error" if finding.code.severity == ERROR else "warning",
        "message": {"text": f"{finding.message}; {finding.remedy}"},
        "locations": [{"physicalLocation": location}],
    }


def _uri(path: str) -> str:
    """Relative to the folder of the run where the file lies below it."""
    plain = shown_path(path)
    prefix = "file://" if os.path.isabs(plain) else ""
    return prefix + quote(plain.replace(os.sep, "/"))
