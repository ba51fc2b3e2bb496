"""SQL as the tokens that sqlglot divides it into, with nothing left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import TokenType
from sqlglot.errors import TokenError

from .code import NotUnderstoodError

if TYPE_CHECKING:
    from sqlglot import Token


class Text:
    """Some SQL and its tokens. Raises NotUnderstoodError if there is anything else in it, such as a comment."""

    def __init__(self, sql: str, dialect: str) -> None:
        self.sql = sql
        self.dialect = dialect
        try:
            self.tokens: Sequence[Token] = sqlglot.tokenize(sql, read=dialect)
        except TokenError as error:
            raise NotUnderstoodError from error
        ends = [0, *(token.end + 1 for token in self.tokens)]
        starts = [*(token.start for token in self.tokens), len(sql)]
        if any(sql[end:start].strip() for end, start in zip(ends, starts, strict=True)):
            raise NotUnderstoodError

    @property
    def words(self) -> list[str]:
        return [self.word(token) for token in self.tokens]

    def word(self, token: Token) -> str:
        """A keyword (of several words, perhaps) or a sign, in capital letters."""
        return " ".join(self._of(token).split()).upper()

    def is_name(self, token: Token, name: str) -> bool:
        """Whether a token is this name on every database: without quotes, some of them fold capital letters."""
        if token.token_type == TokenType.IDENTIFIER:
            return token.text == name
        return self._of(token) == name and name == name.lower() and name.isidentifier()

    def name(self, token: Token) -> str:
        """The name that a token is. Raises NotUnderstoodError if it is none."""
        if not self.is_name(token, token.text):
            raise NotUnderstoodError
        return token.text

    def part(self, tokens: Sequence[Token]) -> Text:
        """Some of the tokens that follow one another, on one line."""
        sql = ""
        for place, token in enumerate(tokens):
            gap = " " if place and token.start > tokens[place - 1].end + 1 else ""
            sql += gap + self._of(token)
        return Text(sql, self.dialect)

    def between(self, before: str, after: str = "") -> Text:
        """What stands between these two. Raises NotUnderstoodError if the SQL does not begin and end with them."""
        head, tail = Text(before, self.dialect), Text(after, self.dialect)
        start, stop = len(head.tokens), len(self.tokens) - len(tail.tokens)
        if stop < start or not (self._are(self.tokens[:start], head) and self._are(self.tokens[stop:], tail)):
            raise NotUnderstoodError
        return self.part(self.tokens[start:stop])

    def expect(self, *several: str) -> None:
        """Raise NotUnderstoodError if none of these is the whole of the SQL. Names in them stand in quotes."""
        if not any(self._is(sql) for sql in several):
            raise NotUnderstoodError

    def _is(self, sql: str) -> bool:
        wanted = Text(sql, self.dialect)
        return len(wanted.tokens) == len(self.tokens) and self._are(self.tokens, wanted)

    def _are(self, tokens: Sequence[Token], other: Text) -> bool:
        return all(
            self.is_name(token, wanted.text)
            if wanted.token_type == TokenType.IDENTIFIER
            else self.word(token) == other.word(wanted)
            for token, wanted in zip(tokens, other.tokens, strict=True)
        )

    def _of(self, token: Token) -> str:
        return self.sql[token.start : token.end + 1]


def split(tokens: Sequence[Token], divider: TokenType) -> list[list[Token]]:
    """The tokens between dividers that do not stand in parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += nesting(token)
        if depth == 0 and token.token_type == divider:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def nesting(token: Token) -> int:
    """1 for an opening and -1 for a closing parenthesis."""
    return (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
