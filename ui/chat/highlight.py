"""Code to coloured runs of text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from pygments import lex
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import Token, _TokenType

# Above this, colouring takes longer than a frame several times over; plain code is readable.
_COLOURED_CHARACTERS = 30_000
_ROLES: tuple[tuple[_TokenType, str], ...] = (
    (Token.Comment, "faint"),
    (Token.Literal.String, "ok"),
    (Token.Literal.Number, "signal"),
    (Token.Keyword, "accent"),
    (Token.Name.Function, "ink_strong"),
    (Token.Name.Class, "ink_strong"),
    (Token.Name.Decorator, "signal"),
    (Token.Name.Tag, "accent"),
    (Token.Operator.Word, "accent"),
    (Token.Operator, "muted"),
    (Token.Punctuation, "muted"),
)


@lru_cache(maxsize=1)
def _aliases() -> frozenset[str]:
    # Asking Pygments for a name it does not know makes it search all installed packages.
    return frozenset(
        alias for _, names, _, _ in get_all_lexers(plugins=False) for alias in names
    )


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    name = language.lower()
    if name not in _aliases():
        return None
    lexer: Lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    return lexer


def coloured_runs(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Pieces of the code with the colour role of each; "ink" if it has none."""
    lexer = _lexer(language)
    if lexer is None or len(code) > _COLOURED_CHARACTERS:
        yield code, "ink"
        return
    for kind, piece in lex(code, lexer):
        yield piece, next((role for token, role in _ROLES if kind in token), "ink")
