"""What the tests of either database share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event


@pytest.fixture
def commits() -> Iterator[list[object]]:
    """One entry for each commit of the writer."""
    seen: list[object] = []
    record = seen.append
    event.listen(Engine, "commit", record)
    yield seen
    event.remove(Engine, "commit", record)
