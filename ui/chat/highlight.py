"""Code to coloured runs of text, worked out beside the main thread.

A lexer's rules take up to 90 ms to compile at their first use (2 cores, 2026-11), several frames,
so nothing here is done on the thread that paints.
"""

from __future__ import annotations

from functools import lru_cache

from pygments import lex
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import Token, _TokenType

from ui.chat.beside import Beside

# Longer code stays plain: it is read elsewhere, and colouring it would take seconds.
_COLOURED_CHARACTERS = 60_000
_KEPT_RESULTS = 128
_ROLES: tuple[tuple[_TokenType, str], ...] = (
    (Token.Comment, "faint"),
    (Token.Literal.String, "ok"),
    (Token.Literal.Number, "signal"),
    (Token.Keyword, "accent"),
    (Token.Name.Decorator, "signal"),
    (Token.Name.Tag, "accent"),
    (Token.Operator.Word, "accent"),
    (Token.Operator, "muted"),
    (Token.Punctuation, "muted"),
)

Runs = list[tuple[int, int, str]]
"""Start, length and colour role of each piece that is not in plain ink."""


@lru_cache(maxsize=1)
def _aliases() -> frozenset[str]:
    # Asking Pygments for a name it does not know makes it search all installed packages.
    return frozenset(alias for _, names, _, _ in get_all_lexers(plugins=False) for alias in names)


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    name = language.lower()
    if name not in _aliases():
        return None
    lexer: Lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    return lexer


def coloured_runs(code: str, language: str) -> Runs:
    """The coloured pieces of the code; none if the language is not known."""
    lexer = _lexer(language) if len(code) <= _COLOURED_CHARACTERS else None
    if lexer is None:
        return []
    runs: Runs = []
    start = 0
    for kind, piece in lex(code, lexer):
        role = next((role for token, role in _ROLES if kind in token), "")
        if role:
            runs.append((start, len(piece), role))
        start += len(piece)
    return runs


class CodeColours(Beside[tuple[str, str], Runs]):
    """Colours code when asked, later, and tells when it is done."""

    def __init__(self) -> None:
        super().__init__(lambda key: coloured_runs(*key), "code-colours", _KEPT_RESULTS)

    def runs(self, code: str, language: str) -> Runs | None:
        """The coloured pieces, or None while they are being worked out."""
        return self.get((code, language))


@lru_cache(maxsize=1)
def code_colours() -> CodeColours:
    """The one colourer of this process."""
    return CodeColours()
