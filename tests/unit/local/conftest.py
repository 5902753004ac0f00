"""What tests of the stand-ins share."""

from collections.abc import Iterator

import pytest

from tests.sagemaker_stand_in import Front


@pytest.fixture(scope="session")
def front() -> Iterator[Front]:
    """Where the SageMaker stand-ins of all tests answer."""
    made = Front()
    yield made
    made.close()
