"""A provider that we trust, for all tests of certified mail."""

import pytest

from tests.factories.pec_samples import Provider


@pytest.fixture(scope="session")
def provider() -> Provider:
    """Ours: its authority is pinned, its domain is listed."""
    return Provider()
