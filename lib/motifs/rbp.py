"""RBP tables; reading them is part of the import of files and lies in ``lib.io.rbp``."""

from lib.io.rbp import RbpTable, read_rbp

__all__ = ["RbpTable", "read_rbp"]
