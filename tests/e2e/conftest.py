"""Who talks to the stack: customers, experts and neighboring systems, without a page."""

from collections.abc import Iterator

import pytest

from local.contents import USERS
from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert


@pytest.fixture(autouse=True)
def _nothing_failed(nothing_failed: None) -> None:
    """In any test."""


@pytest.fixture
def bus(deployment: Deployment) -> Bus:
    return deployment.bus


@pytest.fixture
def customer(deployment: Deployment) -> Iterator[Customer]:
    with deployment.customer() as customer:
        yield customer


@pytest.fixture
def expert(deployment: Deployment) -> Iterator[Expert]:
    with deployment.expert(USERS[0]) as expert:
        yield expert


@pytest.fixture
def second_expert(deployment: Deployment) -> Iterator[Expert]:
    with deployment.expert(USERS[1]) as expert:
        yield expert
