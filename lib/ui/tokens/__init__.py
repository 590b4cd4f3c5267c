"""The Tokens pages: how tokenizers cut sequences, and whether the tokens mean anything."""
