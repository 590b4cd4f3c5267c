"""What a tokenizer promises."""

from typing import ClassVar, NamedTuple, Protocol

from lib.core.registry import Registry


class Token(NamedTuple):
    """A piece of a sequence: its text and where it lies, half-open, 0-based."""

    text: str
    start: int
    end: int


class Tokenizer(Protocol):
    """Cuts sequences into tokens; a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]

    def tokens(self, sequence: str) -> list[Token]:
        """Cut a stored sequence (upper-case DNA) into tokens, in the order of their starts.

        Raises
        ------
        UserError
            If the sequence cannot be cut with these settings.
        """


TOKENIZERS: Registry[Tokenizer] = Registry("lib.tokenizers", "tokenizer")
