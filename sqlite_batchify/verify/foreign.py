"""What is written for another database: for which one, and what SQLite takes instead. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa

from ..reading.dialect import sqlite_test
from ..reading.sql.defaults import NOTHING, on_sqlite
from ..reading.sql.foreign import Meaning, meaning_of
from ..reading.sql.types import TYPES
from ..reading.syntax import in_quotes
from .emulation import SUBSTITUTIONS, is_catalog
from .failure import Cause, Failure
from .remedies import Call, written
from .schema import TEMPORARY
from .sql import tokens, unquote
from .written import sql_text

MYSQL = re.compile(
    r"`|\bAUTO_INCREMENT\b|\bENGINE\s*=|\bFOREIGN_KEY_CHECKS\b|\bON\s+DUPLICATE\s+KEY\b|\bUNSIGNED\b|\bCHANGE\s+COLUMN\b"
    r"|\bMODIFY\s+COLUMN\b|\bDROP\s+(?:FOREIGN\s+KEY|INDEX\s+\S+\s+ON)\b|\bRENAME\s+TABLE\b|\bCONVERT\s+TO\s+CHARACTER\s+SET\b"
    r"|\b(?:UN)?LOCK\s+TABLES\b|\bSHOW\s+(?:TABLES|COLUMNS|INDEX|CREATE)\b|\bCHARACTER\s+SET\b|\bGROUP_CONCAT\b|\bUUID_TO_BIN\b"
    r"|\bINSERT\s+IGNORE\b|\bCHANGE\s+\w+\s+\w+\s+\w+|\bMODIFY\s+\w+\s+\w+|\bDATE_FORMAT\b|\bCURDATE\b",
    re.IGNORECASE,
)
MSSQL = re.compile(
    r"\bsp_rename\b|\bEXEC(?:UTE)?\s+\w|\[dbo\]|\bdbo\.|\bNVARCHAR\b|\bGETDATE\b|\bIF\s+OBJECT_ID\b|\bDECLARE\s+@|\bIDENTITY_INSERT\b"
    r"|\bSELECT\s+TOP\b|\bsys\.\w+|\bDATEADD\b",
    re.IGNORECASE,
)
ORACLE = re.compile(
    r"\bVARCHAR2\b|\bEXECUTE\s+IMMEDIATE\b|\bFROM\s+DUAL\b|\bSYSDATE\b|\bMODIFY\s*\(|\b(?:ALL|USER|DBA)_(?:TAB|CONS|IND)\w*\b",
    re.IGNORECASE,
)
POSTGRESQL = re.compile(
    r"::|\bEXTENSION\b|\b(?:CREATE|ALTER|DROP)\s+(?:TYPE|SEQUENCE|DOMAIN|SCHEMA|FUNCTION|POLICY|ROLE|MATERIALIZED)\b|\$\w*\$"
    r"|\bALTER\s+COLUMN\s+\S+\s+(?:SET\s+DATA\s+)?TYPE\b|\bUSING\s+(?:gin|gist|brin|btree|hash)\b|\bCONCURRENTLY\b|\bplpgsql\b"
    r"|\bSET\s+(?:LOCAL|search_path|statement_timeout|lock_timeout|session)\b|\b(?:nextval|setval)\s*\(|\bpg_\w+|\bJSONB?_\w+"
    r"|\bto_tsvector\b|\bROW\s+LEVEL\s+SECURITY\b|\bALTER\s+INDEX\b|\barray_agg\b|\bCOMMENT\s+ON\b|\bANALYZE\b|\bunnest\b"
    r"|\bILIKE\b|\bINTERVAL\s+'|\bREFRESH\b|\bREINDEX\b|\bGRANT\b|\bREVOKE\b|\bARRAY\s*\[",
    re.IGNORECASE,
)
_DIALECTS = (("mysql", MYSQL), ("oracle", ORACLE), ("mssql", MSSQL), ("postgresql", POSTGRESQL))
AS_PORTABLE = " (as --portable does)"
_STRINGS = re.compile(r"'[^']*(?:''[^']*)*'")
_SCHEMA = re.compile(
    r"unknown database \"?([^\"]*)\"?$|no such table: ([^.\s]+)\.\S+$|NoSuchTableError: ([^.\s]+)\.\S+$"
)
_SEVERAL = "You can only execute one statement at a time"
_SPECIAL = ("main", "temp")
_DEFAULT = re.compile(
    r"(?:^|\bADD COLUMN)\s+(\w+|\"[^\"]+\") [^\n]*?\bDEFAULT ([^\n]+?)(?= NOT NULL| PRIMARY KEY| REFERENCES|,? *$)",
    re.MULTILINE,
)
_CLOCK = re.compile(r"\b(?:now|\w+_timestamp|localtimestamp|sysdate|getdate|curdate|timezone)\b", re.IGNORECASE)


def guard(sql: str) -> str:
    """The condition under which a statement belongs to the database that it is written for."""
    return f"if op.get_context().dialect.name {_whose(sql)}:"


def guarded(sql: str) -> str:
    """What to say of a statement that belongs to another database."""
    rows = " with all that uses its rows" if asks_for_rows(sql) else ""
    portable = AS_PORTABLE if not rows and meaning_of(sql) is Meaning.NOTHING else ""
    return f"guard what is meant for another database{rows}{portable}: {guard(sql)}"


def of_type(kind: str) -> str:
    """What to add of a type of another database, by its name there."""
    known = any(kind.upper() in types for types in TYPES.values())
    return " (as --portable does where it is SQLAlchemy's own)" if known else ""


def asks_for_rows(sql: str) -> bool:
    """Whether a script may go on with the rows of a statement."""
    return sql.lstrip(" \n\t(")[:6].upper() in ("SELECT", "SHOW T", "SHOW C", "SHOW I") or "RETURNING" in sql.upper()


def of_ddl(error: str, sql: str) -> Cause:
    """A statement that Alembic has written: what SQLite does not take of it is a default, or else in an expression."""
    defaults = [f"in sa.Column({written(name)}, ...): {code}" for name, code in _defaults(sql)]
    if defaults:
        return {"hint": f"give SQLite a default of its own, {'; and '.join(defaults)}"}
    found = [each.strip() for _, pattern, _ in SUBSTITUTIONS for each in pattern.findall(sql)]
    if sql.lstrip().upper().startswith(("CREATE TABLE", "ALTER TABLE")) and found:
        return {"hint": f"leave out on SQLite what only another database takes: {', '.join(dict.fromkeys(found))}"}
    return of_statement(error, sql)


def _defaults(sql: str) -> Iterator[tuple[str, str]]:
    """The columns whose defaults are respelled for SQLite, and what to write there."""
    for name, given in _DEFAULT.findall(sql):
        plain = given[1:-1] if given.startswith("(") and given.endswith(")") else given
        here = plain
        for _, pattern, replacement in SUBSTITUTIONS:
            here = pattern.sub(replacement, here)
        if here != plain:
            code = f" if {sqlite_test()} else ".join(map(written, (here.strip(), plain)))
            yield unquote(name), f"server_default=sa.text({code})"


def of_default(name: str, text: str) -> str:
    """What to write instead of a default that calls a function which SQLite does not have."""
    known = on_sqlite(text)
    portable = AS_PORTABLE if known is not None and known.known and known.text != NOTHING else ""
    where = f"in sa.Column({written(name)}, ...): "
    if text.lower() == "now()":
        return f"write what every database has{portable}, {where}server_default=sa.func.now()"
    instead = "sa.func.now()" if _CLOCK.search(text) else "None"
    own = f"give SQLite a default of its own{portable}, " if portable else ""
    return f"{own}{where}server_default={instead} if {sqlite_test()} else sa.text({written(sql_text(text))})"


def _whose(sql: str) -> str:
    spelled = _STRINGS.sub("''", sql)
    matching = [name for name, pattern in _DIALECTS if pattern.search(spelled)]
    return f'== "{matching[0]}"' if len(matching) == 1 else '!= "sqlite"'


def of_statement(error: str, sql: str) -> Cause:
    """A statement of the script itself."""
    if _SEVERAL in error:
        return {
            "error": "several statements in one op.execute, which Python's sqlite3 does not take",
            "hint": f"one op.execute for each of them, instead of it: {_each(sql)}",
        }
    if is_catalog(error.rpartition(": ")[2]):
        return _catalog(error.rpartition(": ")[2], sql)
    schema = _schema(error)
    if schema:
        return _attach(schema)
    index = _index(sql)
    if index is not None:
        return {"hint": f"write what is the same on MySQL, instead of it: {index}; or guard it: {guard(sql)}"}
    found = re.search(r"no such column: \"?(.*?)\"?$", error)
    if found:
        return {
            "error": f"there is no column {found[1]}",
            "hint": "see which earlier operation should have made it; if it is meant for a text, write it in single "
            "quotes",
        }
    absent = re.search(r"no such table: (\S+)$", error)
    if absent and absent[1].startswith(TEMPORARY) and tokens(sql)[:1] in (["DROP"], ["drop"]):
        return {
            "error": f"there is no table {absent[1]}",
            "hint": "leave it out, or write DROP TABLE IF EXISTS: a block takes its own table away",
        }
    if absent:
        return {
            "error": f"there is no table {absent[1]}",
            "hint": "see why no earlier revision has created the table, or look first (not for --sql, where "
            f"there is no connection): if sa.inspect(op.get_bind()).has_table({written(absent[1])}):",
        }
    if "constraint failed" in error:
        return {"hint": "change the rows that are in the way before, or what the statement writes into them"}
    return {"hint": guarded(sql)} if sql else {}


def of_schema(failure: Failure) -> Cause:
    """A schema, which SQLite takes for the name of a database."""
    schema = _schema(failure.text)
    return _attach(schema) if schema else {}


def _schema(text: str) -> str:
    found = _SCHEMA.search(text)
    name = next(filter(None, found.groups()), "") if found else ""
    return "" if name in _SPECIAL or is_catalog(f"{name}.x") else name


def _attach(schema: str) -> Cause:
    attach = in_quotes(f"ATTACH DATABASE '{schema}.db' AS {schema}", '"')
    name = in_quotes(schema, '"')
    return {
        "error": f"there is no schema {schema}; on SQLite that is the name of a database that is attached",
        "hint": f"attach one in env.py, before context.configure: connection.exec_driver_sql({attach}); or leave the "
        f"schema out on SQLite: schema=None if {sqlite_test()} else {name} "
        "(schema_translate_map does not reach Alembic's ALTER TABLE)",
    }


def _catalog(name: str, sql: str) -> Cause:
    literal = next((each[1:-1] for each in re.findall(r"table_name\s*=\s*('\w+')", sql, re.IGNORECASE)), None)
    table = in_quotes(literal, '"') if literal else "TABLE"
    asked = name.lower().rpartition(".")[2]
    ways = {
        "columns": f"sa.inspect(op.get_bind()).get_columns({table})",
        "tables": f"sa.inspect(op.get_bind()).has_table({table})",
        "pg_indexes": f"sa.inspect(op.get_bind()).get_indexes({table})",
        "statistics": f"sa.inspect(op.get_bind()).get_indexes({table})",
    }
    way = ways.get(asked, f"sa.inspect(op.get_bind()), with get_unique_constraints({table}) and so on")
    return {
        "error": f"SQLite has no {name}",
        "hint": f"ask in a way that every database has: {way}",
    }


def _each(sql: str) -> str:
    parts, current = [], ""
    for piece in re.split(r"('[^']*(?:''[^']*)*'|;)", sql):
        if piece == ";":
            parts.append(current)
            current = ""
        else:
            current += piece
    statements = [" ".join(part.split()) for part in (*parts, current) if part.strip()]
    return "; ".join(f"op.execute({in_quotes(each, chr(34))})" for each in statements)


def _index(sql: str) -> str | None:
    """MySQL's CREATE INDEX on the first characters of a column and its DROP INDEX ... ON, as operations."""
    parts = [unquote(token) for token in tokens(sql) if token != ";"]
    upper = [part.upper() for part in parts]
    if upper[:2] == ["DROP", "INDEX"] and len(parts) == 5 and upper[3] == "ON":
        return f"{Call('drop_index', (parts[2],), {'table_name': parts[4]}).written('op')}"
    unique = upper[:3] == ["CREATE", "UNIQUE", "INDEX"]
    start = 3 if unique else 2
    if upper[start - 1 : start] != ["INDEX"] or upper[:1] != ["CREATE"] or upper[start + 1 : start + 2] != ["ON"]:
        return None
    columns = re.fullmatch(r"\((.*)\)", " ".join(parts[start + 3 :]))
    if columns is None:
        return None
    listed, lengths = [], {}
    for each in columns[1].split(","):
        found = re.fullmatch(r"\s*(\w+)(?:\s*\(\s*(\d+)\s*\))?\s*", each)
        if found is None:
            return None
        listed.append(found[1])
        if found[2]:
            lengths[found[1]] = int(found[2])
    if not lengths:
        return None
    length = next(iter(lengths.values())) if len(listed) == 1 else lengths
    keywords = {**({"unique": True} if unique else {}), "mysql_length": length}
    return f"{Call('create_index', (parts[start], parts[start + 2], listed), keywords).written('op')}"


def of_parameter(name: str, sql: str) -> Cause:
    """A colon in a text that SQLAlchemy takes for a parameter."""
    inside = any(re.search(rf":{re.escape(name)}\b", each) for each in _STRINGS.findall(sql))
    if sql and not inside:
        return {
            "error": f"the statement has the parameter :{name} and gets no value for it",
            "hint": f"give it one: op.execute(sa.text(...).bindparams({name}=...)); where it is none, "
            f"write \\\\:{name}",
        }
    names = sorted(sa.text(sql)._bindparams) if sql else [name]
    mended = re.sub(rf"(?<![:\\]):(?=(?:{'|'.join(map(re.escape, names))})\b)", r"\\:", sql)
    code = f"; instead of it: op.execute({in_quotes(mended, chr(34))})" if sql else ""
    return {
        "error": f"SQLAlchemy takes :{name} for a parameter, and there is no value for it",
        "hint": f"write \\\\: for a colon in a text, as every database needs it{code}",
    }
