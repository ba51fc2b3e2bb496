"""What PostgreSQL does with documents (json, jsonb), in the words of SQLite's functions, as long as they are objects.

https://www.postgresql.org/docs/current/functions-json.html, https://sqlite.org/json1.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .code import NotUnderstoodError
from .engine import quoted_text

_KEY = re.compile(r"[A-Za-z_]\w*")
_PLAIN = re.compile(r"[^\"\\]+")
_LISTED = re.compile(r"\{([^{}\"\\]*)\}")
_GETS, _SCALARS = ("JSONExtract", "JSONBExtract"), ("JSONExtractScalar", "JSONBExtractScalar")
_HOLDS = ("JSONBContains", "JSONBContainsTopKey")
_JSON = frozenset({"JSON", "JSONB"})
_NUMBERS = {"INT": "INTEGER", "BIGINT": "INTEGER", "SMALLINT": "INTEGER"} | dict.fromkeys(
    ("DECIMAL", "FLOAT", "DOUBLE"), "REAL"
)
_TEXTS = frozenset({"TEXT", "VARCHAR"})
_SETS, _TO_JSON, _TYPE_OF = ("jsonb_set",), ("to_json", "to_jsonb"), ("json_typeof", "jsonb_typeof")
_LISTS = ("json_build_array", "jsonb_build_array")
_OBJECTS = ("json_build_object", "jsonb_build_object")
_KINDS = {each: f"'{each}'" for each in ("object", "array", "null")} | {
    "string": "'text'",
    "number": "'integer', 'real'",
    "boolean": "'true', 'false'",
}
"""What SQLite calls what PostgreSQL calls so."""
_KINDS_OF: dict[type, str] = {dict: "object", list: "array", str: "text"}

Written = Callable[[Any], str]


class _Path(NamedTuple):
    """Part of a document: that as SQL, and the keys that lead there."""

    document: str
    keys: tuple[str, ...]

    def down(self, *keys: str) -> _Path:
        return self._replace(keys=(*self.keys, *keys))

    @property
    def arguments(self) -> str:
        steps = (f".{each}" if _KEY.fullmatch(each) else f'."{each}"' for each in self.keys)
        return f"{self.document}, {quoted_text('$' + ''.join(steps))}"

    @property
    def there(self) -> str:
        """Whether it is there, or NULL if the document is."""
        found = f"json_type({self.arguments}) IS NOT NULL"
        return f"CASE WHEN {self.document} IS NOT NULL THEN {found} END"


class Documents:
    """The documents of one statement; ``columns`` are those that it uses as such, in lower case."""

    def __init__(self, exp: Any, statement: Any, written: Written) -> None:
        self.exp = exp
        self.written = written
        kinds = (*_GETS, *_SCALARS, *_HOLDS)
        bases = [each.this for each in statement.walk() if type(each).__name__ in kinds]
        joined = (each for each in statement.find_all(exp.DPipe) if not self._is_text(each.expression))
        bases += [each.this for each in joined]
        bases += [
            each.expressions[0]
            for each in statement.find_all(exp.Anonymous)
            if _called(each, _SETS) and each.expressions
        ]
        given = statement.expressions if isinstance(statement, exp.Update) else []
        bases += [each.this for each in given if isinstance(each, exp.EQ) and self._maker(each.expression) is not None]
        self.columns = {each.name.lower() for each in bases if isinstance(each, exp.Column)}

    def here(self, node: Any) -> str | None:
        """What an expression is on SQLite; None if it is about no document, or about more than is known.

        Raises NotUnderstoodError for what would mean something else in SQLite.
        """
        exp, name = self.exp, type(node).__name__
        if name in _HOLDS:
            return self._holds(node)
        if name in _SCALARS:
            found = self._path(node)
            return None if found is None else f"CAST(json_extract({found.arguments}) AS TEXT)"
        if isinstance(node, exp.Cast) and self._maker(node) is None:
            return self._cast(node)
        if isinstance(node, exp.Div):
            return self._divided(node)
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            found = self._path(node.this) if type(_bare(exp, node.this)).__name__ in _GETS else None
            sign = "IS NOT NULL" if node.args.get("negate") else "IS NULL"
            return None if found is None else f"json_type({found.arguments}) {sign}"
        if isinstance(node, (exp.EQ, exp.NEQ, exp.In, exp.GT, exp.GTE, exp.LT, exp.LTE)) and self._compares(node):
            raise NotUnderstoodError  # documents, which are no texts
        if isinstance(node, (exp.EQ, exp.NEQ)):
            return self._equal(node, "=" if isinstance(node, exp.EQ) else "<>")
        if isinstance(node, exp.DPipe):
            told = self._joined(node)
            parts = (node.this, node.expression)
            if told is None and any(self._literal(each) is not None or self._makes(each) for each in parts):
                raise NotUnderstoodError  # two documents, which are no texts
            return told
        if isinstance(node, exp.Sub) and self._is_column(node.this) and is_text(node.expression):
            return f"json_remove({_Path(self.written(node.this), (node.expression.this,)).arguments})"
        if (maker := self._maker(node)) is not None:
            return self._built(maker)
        return self._set(node) if _called(node, _SETS) else None

    def _is_text(self, node: Any) -> bool:
        """Whether it is no document, as far as it tells."""
        return self._literal(node) is None and self._maker(node) is None

    def _makes(self, node: Any) -> bool:
        """Whether a document is built anywhere in an expression."""
        return any(_called(each, (*_LISTS, *_OBJECTS)) for each in node.find_all(self.exp.Anonymous))

    def _compares(self, node: Any) -> bool:
        """Whether a built document is compared, and not what is assigned."""
        assigned = isinstance(node.parent, self.exp.Update) and node.arg_key == "expressions"
        return not assigned and self._makes(node)

    def _is_column(self, node: Any) -> bool:
        return isinstance(node, self.exp.Column) and node.name.lower() in self.columns

    def _path(self, node: Any) -> _Path | None:
        """The part of a document that an expression gets."""
        node = _bare(self.exp, node)
        if isinstance(node, self.exp.Column):
            return _Path(self.written(node), ())
        if isinstance(node, self.exp.Lambda):  # as sqlglot reads an arrow in a call
            return self._arrow(node)
        if type(node).__name__ not in (*_GETS, *_SCALARS):
            return None
        found, keys = self._path(node.this), self._keys(node.expression)
        return None if found is None or keys is None else found.down(*keys)

    def _arrow(self, node: Any) -> _Path | None:
        inner, keys = node.this, list[str]()
        while type(inner).__name__ in (*_GETS, *_SCALARS):
            more = self._keys(inner.expression)
            if more is None:
                return None
            inner, keys = inner.this, [*more, *keys]
        plain = is_text(inner) and _PLAIN.fullmatch(inner.this) and len(node.expressions) == 1
        name = node.expressions[0].sql(dialect="sqlite") if node.expressions else ""
        return _Path(name, (inner.this, *keys)) if plain else None

    def _keys(self, node: Any) -> list[str] | None:
        if isinstance(node, self.exp.JSONPath):
            parts = node.expressions[1:]
            keys = [each.this for each in parts if type(each).__name__ == "JSONPathKey"]
            plain = len(keys) == len(parts) and all(isinstance(each, str) and _PLAIN.fullmatch(each) for each in keys)
            return keys if plain else None
        listed = _LISTED.fullmatch(node.this) if is_text(node) else None
        keys = [] if listed is None else [each.strip() for each in listed[1].split(",")]
        return keys if keys and not any(each.lstrip("-").isdigit() or not each for each in keys) else None

    def _literal(self, node: Any) -> str | None:
        """The text of a document that stands in the statement."""
        node = _bare(self.exp, node)
        is_json = isinstance(node, self.exp.Cast) and _type(node) in _JSON and is_text(node.this)
        return node.this.this if is_json else None

    def _holds(self, node: Any) -> str | None:
        found = self._path(node.this)
        key = node.expression.this if is_text(node.expression) else ""
        if found is None or not _PLAIN.fullmatch(key):
            return None
        return found.down(key).there

    def _cast(self, node: Any) -> str | None:
        inner, type_ = _bare(self.exp, node.this), _type(node)
        if type(inner).__name__ not in _SCALARS or (found := self._path(inner)) is None:
            return None
        value = f"json_extract({found.arguments})"
        if type_ == "BOOLEAN":
            return value
        named = _NUMBERS.get(type_, "TEXT" if type_ in _TEXTS else None)
        return None if named is None else f"CAST({value} AS {named})"

    def _divided(self, node: Any) -> str | None:
        """A whole number by another: both leave out the rest."""
        number, by = _bare(self.exp, node.this), node.expression
        whole = isinstance(number, self.exp.Cast) and _NUMBERS.get(_type(number)) == "INTEGER"
        told = self._cast(number) if whole else None
        plain = isinstance(by, self.exp.Literal) and not by.is_string and by.this.isdecimal() and int(by.this)
        return f"{told} / {by.this}" if told is not None and plain else None

    def _equal(self, node: Any, sign: str) -> str | None:
        if _called(node.this, _TYPE_OF):
            found = self._path(node.this.expressions[0])
            kind = node.expression.this if is_text(node.expression) else ""
            kinds = _KINDS.get(kind)
            within = "IN" if sign == "=" else "NOT IN"
            return None if found is None or kinds is None else f"json_type({found.arguments}) {within} ({kinds})"
        text = self._literal(node.expression)
        found = (
            self._path(node.this) if text is not None and type(_bare(self.exp, node.this)).__name__ in _GETS else None
        )
        if found is None or text is None:
            return None
        try:
            value = json.loads(text)
        except ValueError:
            return None
        kind = str(value).lower() if isinstance(value, bool) else _KINDS_OF.get(type(value))
        if kind is None or (isinstance(value, (dict, list)) and value):
            return None
        same = f"json_type({found.arguments}) = '{kind}'"
        if not isinstance(value, bool):
            told = quoted_text(value if isinstance(value, str) else json.dumps(value))
            same = f"({same} AND json_extract({found.arguments}) = {told})"
        return same if sign == "=" else f"NOT {same}"

    def _joined(self, node: Any) -> str | None:
        """An object with the keys of another, which stands in the statement, or is built of values."""
        maker = self._maker(node.expression)
        if maker is not None:
            return self._with_built(node.this, maker)
        text = self._literal(node.expression)
        try:
            value = None if text is None else json.loads(text)
        except ValueError:
            return None
        if not isinstance(value, dict) or not value or not all(map(_PLAIN.fullmatch, value)):
            return None
        if not isinstance(node.this, self.exp.Column):
            return None
        document = _Path(self.written(node.this), ())
        given = (f"{document.down(key).arguments.partition(', ')[2]}, {_document(each)}" for key, each in value.items())
        return f"json_set({document.document}, {', '.join(given)})"

    def _with_built(self, node: Any, maker: Any) -> str | None:
        """A column, which holds an object, with the keys and values of one that is built."""
        if not isinstance(node, self.exp.Column) or not _called(maker, _OBJECTS) or not maker.expressions:
            return None
        given = [each.this for each in maker.expressions[::2] if is_text(each) and _PLAIN.fullmatch(each.this)]
        if len(given) * 2 != len(maker.expressions) or len(set(given)) != len(given):
            return None
        document = _Path(self.written(node), ())
        paths = (document.down(key).arguments.partition(", ")[2] for key in given)
        parts = (self._part(each) for each in maker.expressions[1::2])
        pairs = ", ".join(f"{path}, {part}" for path, part in zip(paths, parts, strict=True))
        return f"json_set({document.document}, {pairs})"

    def _set(self, node: Any) -> str | None:
        if len(node.expressions) != 3 or not isinstance(node.expressions[0], self.exp.Column):
            return None
        keys = self._keys(node.expressions[1])
        value = self._value(node.expressions[2])
        if keys is None or value is None:
            return None
        path = _Path(self.written(node.expressions[0]), tuple(keys))
        above = path._replace(keys=path.keys[:-1])
        result = f"json_set({path.arguments}, {value})"
        if above.keys:
            result = f"CASE WHEN json_type({above.arguments}) = 'object' THEN {result} ELSE {path.document} END"
        known = value.startswith("json(")
        return result if known else f"CASE WHEN {value} IS NOT NULL THEN {result} END"

    def _maker(self, node: Any) -> Any:
        """The call that makes a document of values, if an expression is one."""
        node = _bare(self.exp, node)
        if isinstance(node, self.exp.Cast) and _type(node) in _JSON:
            node = _bare(self.exp, node.this)
        return node if _called(node, (*_LISTS, *_OBJECTS)) else None

    def _built(self, node: Any) -> str:
        """A list or an object of values that are worth the same in SQLite. Raises NotUnderstoodError."""
        is_object = _called(node, _OBJECTS)
        keys = [each.this for each in node.expressions[::2] if is_text(each)] if is_object else []
        if is_object and (len(keys) * 2 != len(node.expressions) or len(set(keys)) != len(keys)):
            raise NotUnderstoodError(str(node.this))
        parts = [
            quoted_text(each.this) if is_object and number % 2 == 0 else self._part(each)
            for number, each in enumerate(node.expressions)
        ]
        return f"{'json_object' if is_object else 'json_array'}({', '.join(parts)})"

    def _part(self, node: Any) -> str:
        """A value in a document: of a column it must be known whether that is a document itself."""
        exp, node = self.exp, _bare(self.exp, node)
        if (text := self._literal(node)) is not None:
            return _document(json.loads(text))
        if (maker := self._maker(node)) is not None:
            return self._built(maker)
        if self._is_column(node):
            return f"json({self.written(node)})"
        if isinstance(node, exp.Boolean):
            return _document(bool(node.this))
        plain = isinstance(node, exp.Cast) and isinstance(_bare(exp, node.this), (exp.Column, exp.Literal))
        as_text = plain and _type(node) in _TEXTS
        if isinstance(node, (exp.Literal, exp.Null)) or as_text:
            return self.written(node)
        raise NotUnderstoodError(type(node).__name__)

    def _value(self, node: Any) -> str | None:
        """What is put into a document."""
        text = self._literal(node)
        if text is None and is_text(node):
            text = node.this
        if text is not None:
            try:
                return _document(json.loads(text))
            except ValueError:
                return None
        node = _bare(self.exp, node)
        if isinstance(node, self.exp.Cast) and _type(node) in _JSON:
            node = _bare(self.exp, node.this)
        if not _called(node, _TO_JSON):
            return None
        given = node.expressions[0]
        if isinstance(given, self.exp.Boolean):
            return _document(bool(given.this))
        return self.written(given)


def _bare(exp: Any, node: Any) -> Any:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _called(node: Any, names: tuple[str, ...]) -> bool:
    """Whether it is a call of one of these functions, which sqlglot does not know."""
    return type(node).__name__ == "Anonymous" and str(node.this).lower() in names


def is_text(node: Any) -> bool:
    """Whether it is a text that stands there, which PostgreSQL may take for something of another type."""
    return type(node).__name__ == "Literal" and bool(node.is_string)


def _type(cast: Any) -> str:
    kind = cast.args["to"].this
    return str(getattr(kind, "value", kind))


def _document(value: object) -> str:
    return f"json({quoted_text(json.dumps(value, ensure_ascii=False))})"
