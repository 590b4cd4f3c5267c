"""Every way to cut a sequence, one file each."""

from lib.tokenizers.base import TOKENIZERS, Token, Tokenizer

__all__ = ["TOKENIZERS", "Token", "Tokenizer"]
