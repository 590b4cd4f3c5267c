"""What the store of groups promises, on PostgreSQL: its own tests again."""

# ruff: noqa: F403

from pathlib import Path

import pytest

from tests.store.test_store_groups import *

pytestmark = pytest.mark.cluster


@pytest.fixture
def home(store: Path) -> Path:
    """Give a workspace whose database is PostgreSQL."""
    return store
