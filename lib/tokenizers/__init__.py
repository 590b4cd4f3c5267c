"""Every way to cut a sequence, one file each."""

from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Token, Tokenizer, Vocabulary
from lib.tokenizers.fitting import estimate_seconds, fit, from_json, load, save, to_json

__all__ = [
    "TOKENIZERS",
    "Corpus",
    "Encoded",
    "FittedTokenizer",
    "Token",
    "Tokenizer",
    "Vocabulary",
    "estimate_seconds",
    "fit",
    "from_json",
    "load",
    "save",
    "to_json",
]
