"""A test that asks for `store` runs on each kind of store."""

from collections.abc import Iterator
from typing import Any

import pytest

from broadcast.stores.base import StickyCache
from tests.support.stores import KINDS, stores


@pytest.fixture(params=KINDS)
def make_store(request, tmp_path) -> Iterator[Any]:
    """Makes empty stores of one kind, each apart from the others."""
    with stores(request.param, tmp_path) as make:
        yield make


@pytest.fixture
def store(make_store) -> StickyCache:
    return make_store()
