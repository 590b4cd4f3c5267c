"""RBP tables; reading them is part of the import of files and lies in ``lib.io.rbp``."""

from lib.io.rbp import RbpTable, guess_columns, read_rbp

__all__ = ["RbpTable", "guess_columns", "read_rbp"]
