"""The naming convention that the scripts show: which template makes the names that stand in ``op.f(...)``.

Alembic writes ``op.f`` around the names that a naming convention of the metadata has made, and, since 1.16, around all
that it has reflected. What an upgrade creates comes from the metadata; what it drops, and what a downgrade creates
again, may come from the database. Tokens: https://docs.sqlalchemy.org/en/20/core/constraints.html.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from ..names import (
    CHECK,
    FOREIGN_KEY,
    POSTGRESQL,
    PRIMARY_KEY,
    TOKEN,
    UNIQUE,
    UNKNOWN,
    Naming,
    Shape,
    Shown,
    from_template,
    literal_template,
    postgresql_name,
)
from ..reading import events as facts
from ..reading.events import Direction
from .tables import shape_of

_DOCUMENTED = {
    FOREIGN_KEY: "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    UNIQUE: "uq_%(table_name)s_%(column_0_name)s",
    CHECK: "ck_%(table_name)s_%(constraint_name)s",
    PRIMARY_KEY: "pk_%(table_name)s",
}
"""What SQLAlchemy's and Alembic's documentation show."""
_TOKENS = (
    ("table_name",),
    tuple(f"column_0{several}_{what}" for what in ("name", "label") for several in ("", "_N", "N")),
    ("referred_table_name",),
    tuple(f"referred_column_0{several}_name" for several in ("", "_N", "N")),
)
"""The tokens by what they tell; a template has at most one of each."""
_SHOWN = "that the names in op.f(...) show"
_OWN_NAME = "%(constraint_name)s"
_TELLING = ("%(table_name)s", "%(column_0")
_MOST = 16  # names from which templates are made
_MANY = 200  # templates of one name
_EXPLAINED = 2 / 3
_CREATES = frozenset({facts.CREATE_TABLE, facts.ADD_COLUMN, facts.CREATE_CONSTRAINT})


class Named(NamedTuple):
    """A name that a constraint of this shape has got in ``op.f(...)``."""

    shape: Shape
    name: str


def marked_names(directions: Iterable[Direction]) -> Iterator[Named]:
    """The names that a script shows."""
    for direction in directions:
        for event in direction.upgrade:
            for constraint in event.constraints if event.action in _CREATES else ():
                shape = shape_of(constraint, event.table) if constraint.marked else None
                if shape is not None and UNKNOWN not in (constraint.name, shape.table):
                    yield Named(shape, constraint.name or "")


def learn(named: Iterable[Named]) -> tuple[tuple[str, str], ...]:
    """The templates that make the names, by kind; several of a kind if all of them do.

    A few names that contradict the others do not count. Names that PostgreSQL would choose tell nothing.
    """
    of_kind: dict[str, list[Named]] = {}
    for each in dict.fromkeys(named):
        if not _is_postgresql(each):
            of_kind.setdefault(each.shape.kind, []).append(each)
    return tuple((kind, template) for kind, names in sorted(of_kind.items()) for template in _making(kind, names))


def convention_of(named: Collection[Named], shown: Sequence[Shown]) -> Naming:
    """The naming convention of a project whose scripts show these names, and its modules these conventions.

    One that does not make the names is none of these scripts'. Where several may be meant, a name is what all give.
    What it has no template for gets PostgreSQL's name, as there: autogenerate would have filled in another.
    """
    meant = [each for each in shown if makes(each.templates, named)]
    if not meant:
        learned = learn(named)
        return Naming("", learned, _SHOWN, whole=True) if learned else Naming(POSTGRESQL)
    kinds = dict.fromkeys(kind for each in meant for kind, _ in each.templates)
    templates = dict.fromkeys((kind, dict(each.templates).get(kind)) for kind in kinds for each in meant)
    return Naming("", tuple(templates), f"in {', '.join(each.where for each in meant)}", whole=True)


def makes(templates: Iterable[tuple[str, str | None]], named: Iterable[Named]) -> bool:
    """Whether a naming convention makes most of these names; one that cannot be told may have made any."""
    of_kind: dict[str, list[str | None]] = {}
    for kind, template in templates:
        of_kind.setdefault(kind, []).append(template)
    told = [(each, of_kind.get(each.shape.kind, [])) for each in named if not _is_postgresql(each)]
    made = [any(template is None or _gives(template, each) for template in several) for each, several in told]
    return sum(made) >= _EXPLAINED * len(made)


def _is_postgresql(named: Named) -> bool:
    return named.name.rstrip("0123456789") == postgresql_name(named.shape).rstrip("0123456789")


def _making(kind: str, named: Sequence[Named]) -> list[str]:
    step = max(1, len(named) // _MOST)
    votes = Counter(template for each in named[::step][:_MOST] for template in _templates(each))
    most = max(votes.values(), default=0)
    leading = [template for template, number in votes.items() if number == most]
    made = {template: sum(_gives(template, each) for each in named) for template in leading}
    most = max(made.values(), default=0)
    if not most or most < _EXPLAINED * len(named):
        return []
    best = sorted(template for template, number in made.items() if number == most)
    if _DOCUMENTED[kind] in best:
        return [_DOCUMENTED[kind]]
    fewest = min(map(_literal_letters, best))  # what a token could have told is left as it stands in the others
    return [template for template in best if _literal_letters(template) == fewest]


def _literal_letters(template: str) -> int:
    """How much of a template is no token; a name of its own is worth more than any."""
    return sum(map(str.isalnum, TOKEN.sub("", template))) + (_OWN_NAME in template) * len(template)


def _gives(template: str, named: Named) -> bool:
    if template.endswith(_OWN_NAME):
        start = from_template(template.removesuffix(_OWN_NAME), named.shape)
        return start is not None and named.name.startswith(start) and len(named.name) > len(start)
    return from_template(template, named.shape) == named.name


def _templates(named: Named) -> set[str]:
    """The templates that may have made a name. What is a whole word of it and a token's value comes from the token."""
    found: set[str] = set()
    for whole_words in (True, False):
        for template in _Search(named, whole_words).templates(0, ""):
            found.add(template)
            head, _, end = template.rpartition(")s")
            if named.shape.kind == CHECK and end[:1] == "_" and len(end) > 1:
                found.add(f"{head})s_{_OWN_NAME}")
            if len(found) >= _MANY:
                break
        found = {each for each in found if any(token in each for token in _TELLING)}
        if found:
            break
    return found


class _Search:
    """The templates of one name, from left to right."""

    def __init__(self, named: Named, whole_words: bool) -> None:
        self.name = named.name
        self.whole_words = whole_words
        told = ((family, token, from_template(f"%({token})s", named.shape)) for family in _TOKENS for token in family)
        self.values = [(family, token, value) for family, token, value in told if value]

    def templates(self, start: int, before: str) -> Iterator[str]:
        """Those that begin with what is before, and make the rest of the name from here."""
        literal = start
        while literal < len(self.name):
            tokens = [each for each in self.values if self._stands(each, literal, before)]
            if tokens:
                before += literal_template(self.name[start:literal])
                for _, token, value in tokens:
                    yield from self.templates(literal + len(value), f"{before}%({token})s")
                return
            literal += 1
        yield before + literal_template(self.name[start:])

    def _stands(self, told: tuple[tuple[str, ...], str, str], at: int, before: str) -> bool:
        family, _, value = told
        if not self.name.startswith(value, at) or any(f"%({token})s" in before for token in family):
            return False
        end = at + len(value)
        around = (self.name[at - 1 : at], self.name[end : end + 1])
        return not self.whole_words or not any(each.isalnum() for each in around)
