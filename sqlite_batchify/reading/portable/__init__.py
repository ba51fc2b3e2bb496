"""What makes a script for PostgreSQL or MySQL run on plain SQLite, with the SQL for every other database as it was.

Types get a variant, and what else SQLite cannot take depends on the name of the dialect, as ``op.get_context()`` tells
it, which is there under ``--sql`` too. Only SQLite is named: MariaDB, CockroachDB and others have names of their own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence

from ... import findings
from ...operations import OF_POSTGRESQL
from ..calls import place_of
from ..dialect import sqlite_test
from ..model import Edit, Fix, Guarded, Hanging, Note, Place, Ported, Replaced
from ..scopes import Scope
from ..sql.foreign import FILLED, Meaning
from ..sql.otherwise import said_otherwise, several_otherwise
from ..sql.renamings import renamed_by
from ..suites import walk
from ..syntax import Lines, in_quotes, last_name, suites_of
from ..values import Values
from .conditions import find_conditions
from .defaults import SQLALCHEMY, Defaults
from .keywords import AtOnce, Condition, Partial, find_keywords
from .names import Imported
from .schemas import find_schemas
from .statements import Executed, Texts, created_indexes, dropped_index, executed, has_condition, is_autocommit
from .types import Types
from .unconditional import NOTHING, without_condition

_DETAIL = 72
_QUOTES = '"'
_SELECTS = re.compile(r"\s*(?:SELECT|WITH|SHOW)\b", re.IGNORECASE)
_MAKES_TABLES = re.compile(r"\.create\(|\bcreate_all\b")
"""How tables are made that stand at the top of a script."""
_DROPS = frozenset({"drop_index", "drop_constraint"})
_CREATES = frozenset({"create_index", "create_unique_constraint"})
_PACKAGE, _OP = ("sa", "import sqlalchemy as sa"), ("op", "from alembic import op")


def read_ported(tree: ast.Module, lines: Lines, skips: frozenset[int]) -> Ported:
    """``skips`` are the lines on which statements begin that are left alone."""
    looking = _Looking(tree, lines)
    walked = walk(tree, lines, skips, thorough=False, visitor=looking)
    return looking.ported({each.place for each in walked.raw})


def read_replaced(tree: ast.Module, fixes: Sequence[Fix], lines: Lines) -> Iterator[Replaced]:
    """Raw SQL that other databases keep, and the operations that SQLite gets; it has its lines for itself."""
    for fix in fixes:
        if _stands_alone(lines, fix.start, fix.stop):
            guarded = Guarded(fix.start.line, fix.stop.line, sqlite_test(fix.op, "!="), fix.statements)
            yield Replaced(guarded, fix.safe, None if fix.package else _import_of(tree, _PACKAGE[1]))


class _Looking:
    def __init__(self, tree: ast.Module, lines: Lines) -> None:
        self.tree = tree
        self.lines = lines
        self.types = Types(Imported(tree), lines)
        self.values = Values(tree)
        self.defaults = Defaults(self.types, self.values)
        self.texts = Texts(tree, self.values)
        self.edits: list[Edit] = []
        self.unsafe: list[tuple[Edit, Note]] = []
        self.guarded: list[tuple[ast.stmt, str]] = []
        self.autocommits: list[ast.With] = []
        self.notes: list[Note] = []
        self.imports: set[str] = set()
        self.creates = _MAKES_TABLES.search(lines.text) is not None
        self.indexes: set[str] = set()
        self.dropped: list[tuple[str, ast.stmt, Scope]] = []
        self.hanging: list[Hanging] = []
        self.ours: set[int] = set()
        self.replaced: list[tuple[Guarded, Note | None]] = []

    def ported(self, told: Collection[Place]) -> Ported:
        """``told`` are the places of raw SQL of which something is said already."""
        dropped = ((statement, scope) for name, statement, scope in self.dropped if name in self.indexes)
        self.guarded += ((statement, sqlite_test(self._op(scope), "!=")) for statement, scope in dropped)
        edits = sorted([*self._imported(), *self.edits])
        notes = (each for each in self.notes if each.code != findings.NOT_PORTABLE or each.place not in told)
        unsafe = tuple((guarded, note) for guarded, note in self.replaced if note is not None)
        unsure, hanging = tuple(self.unsafe), self.hanging if any(not each.creates for each in self.hanging) else []
        ported = Ported(tuple(edits), tuple(self._runs()), tuple(notes), unsure, unsafe, tuple(hanging))
        return ported.with_guarded([guarded for guarded, note in self.replaced if note is None])

    def forget(self, first: int, last: int) -> None:
        self.edits = [each for each in self.edits if not first <= each.start.line <= last]
        self.unsafe = [each for each in self.unsafe if not first <= each[0].start.line <= last]
        self.guarded = [each for each in self.guarded if not first <= each[0].lineno <= last]
        self.notes = [each for each in self.notes if not first <= each.place.line <= last]
        self.hanging = [each for each in self.hanging if not first <= each.place.line <= last]
        self.replaced = [each for each in self.replaced if not first <= each[0].first <= last]

    def look(self, statement: ast.stmt, scope: Scope) -> None:
        if isinstance(statement, ast.For):
            self.texts.enter(statement)
        known = _known_op(scope) if isinstance(statement, ast.If) else ""
        if isinstance(statement, ast.If) and self.lines.segment(statement.test) == sqlite_test(known, "!="):
            self.ours.update(each for other in statement.orelse for each in _lines_of(other))
        if is_autocommit(statement) and isinstance(statement, ast.With):
            self.autocommits.append(statement)
        if isinstance(statement, (ast.Import, ast.ImportFrom, ast.ClassDef)):
            return
        nodes = _heads(statement)
        self._note_drop(statement, scope)
        if not self._statement(statement, nodes, scope):
            for node in nodes:
                self._expression(node, scope)

    # Statements

    def _statement(self, statement: ast.stmt, nodes: Sequence[ast.AST], scope: Scope) -> bool:
        """Whether a statement is guarded."""
        if self._is_of_postgresql(statement, scope) and self._has_own_lines(statement):
            self.guarded.append((statement, sqlite_test(self._op(scope), "!=")))
            return True
        found = executed(statement, nodes, self.texts)
        for each in found:
            if self._said_otherwise(each, scope) or self._said_apart(each, statement, scope):
                continue
            if self._said_if_it_may_be(each, scope) or self._handed_nothing(each, scope):
                continue
            why = ""
            if each.meaning is Meaning.SOME:
                why = "others stand beside it"
            elif each.meaning is Meaning.REFUSED:
                note = self._note(each.call, findings.NOT_PORTABLE, each.sql)
                if each.alone and self._has_own_lines(statement):
                    self._note_renaming(each, statement, note, scope)
                continue
            elif each.handed:
                why = "a function of the script executes it"
            elif not each.alone:
                why = "its result is used"
            elif not self._has_own_lines(statement):
                why = "it shares its line"
            if not why:
                test = sqlite_test(self._op(scope), "!=")
                self.guarded.append((statement, test))
                self.indexes.update(created_indexes(each.sql))
                return True
            self._note(each.call, findings.NOT_GUARDED, each.sql, why)
        return False

    def _said_otherwise(self, found: Executed, scope: Scope) -> bool:
        """Whether SQLite is told something else in the place of a statement; if that is not sure, it is noted."""
        here = None if FILLED in found.sql else said_otherwise(found.sql)
        if here is None or found.argument is None:
            return False
        test = sqlite_test(self._op(scope))
        place, told = place_of(found.argument, self.lines), in_quotes(here.sql, _QUOTES)
        given = found.given
        typed = here.truth and isinstance(given, ast.Call) and last_name(given) == "text"
        if typed:  # what SQLAlchemy knows to be a boolean it reads as one
            package = self._package(scope)
            column = f"{package}.column({in_quotes(here.truth, _QUOTES)}, {package}.Boolean())"
            place, told = place_of(given, self.lines), f"{package}.text({told}).columns({column})"
        edit = Edit(place, place, f"{told} if {test} else ")
        self._put_text(edit, bool(here.safe or typed), found)
        return True

    def _put_text(self, edit: Edit, safe: bool, found: Executed) -> None:
        if safe:
            self.edits.append(edit)
        else:
            hint = f": op.execute({edit.text}...) (as --unsafe-fixes does)"
            self.unsafe.append((edit, self._note(found.call, findings.NOT_PORTABLE, found.sql, hint)))

    def _said_if_it_may_be(self, found: Executed, scope: Scope) -> bool:
        """Whether SQLite is asked for the column that a statement adds or drops if it is there, or is not."""
        if found.argument is None or not (found.handed or isinstance(found.argument, ast.JoinedStr)):
            return False
        here = without_condition(found.argument, self.lines, self.texts)
        if here is not None:
            op, place = self._op(scope), place_of(found.argument, self.lines)
            code = f"{here.code(op, self._package(scope))} if {sqlite_test(op)} else "
            self._put_text(Edit(place, place, code), here.safe, found)
        return here is not None

    def _handed_nothing(self, found: Executed, scope: Scope) -> bool:
        """Whether a function of the script gets another text for SQLite to execute, where this one means nothing."""
        if not (found.handed and found.alone and found.argument is not None) or _SELECTS.match(found.sql):
            return False
        if found.meaning is not Meaning.NOTHING:
            return False
        self._put(place_of(found.argument, self.lines), f"{NOTHING} if {sqlite_test(self._op(scope))} else ")
        return True

    def _said_apart(self, found: Executed, statement: ast.stmt, scope: Scope) -> bool:
        """Whether SQLite is told the statements of one text one by one; if that is not sure, it is noted."""
        plain = FILLED not in found.sql and found.argument is not None and self._is_bound(found.call, scope)
        told = several_otherwise(found.sql) if plain and found.alone and self._has_own_lines(statement) else None
        if told is None:
            return False
        op, (texts, safe) = self._op(scope), told
        lines = tuple(f"{op}.execute({in_quotes(each, _QUOTES)})" for each in texts)
        guarded = self._elsewhere(statement, scope, lines)
        hint = f": {'; '.join(lines)} (as --unsafe-fixes does)"
        note = None if safe else self._note(found.call, findings.NOT_PORTABLE, found.sql, hint)
        self.replaced.append((guarded, note))
        return True

    def _is_of_postgresql(self, statement: ast.stmt, scope: Scope) -> bool:
        """Whether a statement is an operation that a plug-in has for PostgreSQL."""
        call = statement.value if isinstance(statement, ast.Expr) else None
        method = scope.bindings.method(call.func) if isinstance(call, ast.Call) else None
        return method in OF_POSTGRESQL

    def _is_bound(self, call: ast.Call, scope: Scope) -> bool:
        """Whether what executes is Alembic's ``op``, or its connection."""
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        known = self.values.resolved(receiver)
        if isinstance(known, ast.Call) and last_name(known) == "get_bind":
            return True
        return receiver is not None and self.lines.segment(receiver) == self._op(scope)

    def _note_renaming(self, found: Executed, statement: ast.stmt, note: Note, scope: Scope) -> None:
        renamed = renamed_by(found.sql)
        if renamed is not None and FILLED not in found.sql and _known_op(scope):
            op = self._op(scope)
            self.hanging.append(Hanging(note.place, op, self._elsewhere(statement, scope), renamed, note))

    def _note_drop(self, statement: ast.stmt, scope: Scope) -> None:
        """Note the drop of an index, which is to be guarded if SQLite has no such index, or has a constraint for it."""
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not self._has_own_lines(statement):
            return
        name = dropped_index(call, self.texts)
        if name is not None:
            self.dropped.append((name, statement, scope))
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if not isinstance(call.func, ast.Attribute) or method not in _DROPS | _CREATES or has_condition(call):
            return
        receiver = self.lines.segment(call.func.value)
        in_block, creates = receiver in scope.batch_names | scope.handed, method in _CREATES
        if _known_op(scope) and (in_block or scope.bindings.method(call.func) is not None):
            place, guarded = place_of(call, self.lines), self._elsewhere(statement, scope)
            self.hanging.append(Hanging(place, receiver, guarded, in_block=in_block, creates=creates))

    def _elsewhere(self, statement: ast.stmt, scope: Scope, otherwise: tuple[str, ...] = ()) -> Guarded:
        """A statement that other databases keep, if they get there."""
        test = "" if statement.lineno in self.ours else sqlite_test(self._op(scope), "!=")
        return Guarded(statement.lineno, statement.end_lineno or statement.lineno, test, otherwise)

    def _has_own_lines(self, statement: ast.stmt) -> bool:
        return _stands_alone(self.lines, place_of(statement, self.lines), self._end(statement))

    def _runs(self) -> Iterator[Guarded]:
        """The guarded statements, those that follow one another under one test."""
        guarded = self._with_blocks()
        for number, (statement, test) in enumerate(guarded):
            if number and self._follows(guarded[number - 1], guarded[number]):
                continue
            last = number
            while last + 1 < len(guarded) and self._follows(guarded[last], guarded[last + 1]):
                last += 1
            yield Guarded(statement.lineno, guarded[last][0].end_lineno or statement.lineno, test)

    def _with_blocks(self) -> list[tuple[ast.stmt, str]]:
        """The statements to be guarded; a block in autocommit mode as a whole, if all of it is one."""
        guarded = dict(self.guarded)
        for block in self.autocommits:
            if all(each in guarded for each in block.body) and self._has_own_lines(block):
                tests = [guarded.pop(each) for each in block.body]
                guarded[block] = tests[0]
        return sorted(guarded.items(), key=lambda each: each[0].lineno)

    def _follows(self, one: tuple[ast.stmt, str], other: tuple[ast.stmt, str]) -> bool:
        """Whether there is nothing but comments between two statements of a suite."""
        between = range((one[0].end_lineno or one[0].lineno) + 1, other[0].lineno)
        plain = all((self.lines.line(each).strip() or "#").startswith("#") for each in between)
        return plain and one[1] == other[1] and one[0].col_offset == other[0].col_offset

    # Expressions

    def _expression(self, node: ast.AST, scope: Scope) -> None:
        for each in self.types.find(node, scope.guards):
            call = "()" if each.called else ""
            code = f'{call}.with_variant({self._package(scope)}.{each.type_}, "sqlite")'
            self._put(self._end(each.node), code)
        for default in self.defaults.find(node, scope.guards):
            at_the_top = isinstance(scope.root, ast.Module)
            if default.code is None or at_the_top:
                if self.creates or not at_the_top:
                    self._note(default.node, findings.DEFAULT_NOT_PORTABLE, default.sql)
            else:
                code = default.code.replace(SQLALCHEMY, self._package(scope) if SQLALCHEMY in default.code else "")
                test = sqlite_test(self._op(scope))
                self._put(place_of(default.node, self.lines), f"{'(' * default.within}{code} if {test} else ")
                self._put(self._end(default.node), ")" * default.within)
        if isinstance(scope.root, ast.Module):
            return
        for keyword in find_keywords(node, scope.guards):
            if isinstance(keyword, Condition):
                test = sqlite_test(self._op(scope), "!=")
                self.edits.append(Edit(place_of(keyword.value, self.lines), self._end(keyword.value), test))
            elif isinstance(keyword, AtOnce):
                self._put(place_of(keyword.value, self.lines), f"None if {sqlite_test(self._op(scope))} else ")
            elif isinstance(keyword, Partial):
                told = self.lines.segment(keyword.value)
                told = told if isinstance(keyword.value, ast.Call) else f"{self._package(scope)}.text({told})"
                self._put(self._end(keyword.value), f", sqlite_where={told}")
            else:
                test = sqlite_test(self._op(scope))
                self._put(self._end(keyword.value), f", deferrable=True if {test} else None")
        for checked in find_conditions(node, scope.guards, self.values):
            test, place = sqlite_test(self._op(scope)), place_of(checked.text, self.lines)
            edit = Edit(place, place, f"{in_quotes(checked.here.sql, _QUOTES)} if {test} else ")
            if checked.here.safe:
                self.edits.append(edit)
            else:
                hint = f": {edit.text}... (as --unsafe-fixes does)"
                self.unsafe.append((edit, self._note(checked.text, findings.NOT_PORTABLE, checked.sql, hint)))
        for named in find_schemas(node, scope.guards, self.values):
            self._put(place_of(named.node, self.lines), f"{named.code} if {sqlite_test(self._op(scope))} else ")

    def _put(self, place: Place, text: str) -> None:
        if text:
            self.edits.append(Edit(place, place, text))

    def _end(self, node: ast.expr | ast.stmt) -> Place:
        line = node.end_lineno or node.lineno
        return Place(line, self.lines.column(line, node.end_col_offset or 0))

    # Names

    def _op(self, scope: Scope) -> str:
        """How ``op`` is written here."""
        return _known_op(scope) or self._import(*_OP)

    def _package(self, scope: Scope) -> str:
        """What SQLAlchemy is called here."""
        return scope.bindings.package or self._import(*_PACKAGE)

    def _import(self, name: str, statement: str) -> str:
        self.imports.add(statement)
        return name

    def _imported(self) -> Iterator[Edit]:
        return filter(None, (_import_of(self.tree, each) for each in sorted(self.imports)))

    def _note(self, node: ast.expr, code: findings.Code, sql: str, hint: str = "") -> Note:
        line = " ".join(sql.replace(FILLED, "{}").split())
        shown = line if len(line) <= _DETAIL else f"{line[: _DETAIL - 3]}..."
        note = Note(place_of(node, self.lines), code, shown, hint)
        self.notes.append(note)
        return note


def _known_op(scope: Scope) -> str:
    """How ``op`` is written here, empty if it has no name."""
    packages = (f"{package}.op" for package in scope.bindings.packages)
    return min([*scope.bindings.op, *packages], default="")


def _stands_alone(lines: Lines, start: Place, stop: Place) -> bool:
    """Whether what stands between these places has its lines for itself, but for a comment."""
    before, behind = lines.line(start.line)[: start.column], lines.line(stop.line)[stop.column :]
    return not before.strip() and (behind.strip().strip("; ") or "#").startswith("#")


def _lines_of(statement: ast.stmt) -> range:
    return range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def _import_of(tree: ast.Module, statement: str) -> Edit | None:
    """An import in front of the first that the script has."""
    first = next((each for each in tree.body if _is_import(each)), None)
    place = None if first is None else Place(first.lineno, 0)
    return None if place is None else Edit(place, place, f"{statement}\n")


def _is_import(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module != "__future__"
    return isinstance(statement, ast.Import)


def _heads(statement: ast.stmt) -> list[ast.AST]:
    """All of a statement but its suites."""
    inside = {id(each) for _, suite in suites_of(statement) for each in suite}
    heads: list[ast.AST] = []
    for name in statement._fields:
        value = getattr(statement, name, None)
        for each in value if isinstance(value, list) else [value]:
            parts = isinstance(each, (ast.ExceptHandler, ast.match_case))
            if isinstance(each, ast.AST) and id(each) not in inside and not parts:
                heads.append(each)
    return heads
