"""The whole stack, once for all tests of this folder: they talk to it as customers, experts and
neighboring systems do."""

from collections.abc import Iterator

import pytest

from local.stack import USERS, Stack
from tests.e2e.bus import Bus
from tests.e2e.deployment import Deployment
from tests.e2e.people import Customer, Expert
from tests.e2e.provider import Provider


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def provider() -> Provider:
    return Provider()


@pytest.fixture(scope="session")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, provider: Provider
) -> Iterator[Deployment]:
    state = tmp_path_factory.mktemp("engine")
    with Stack(port=0, state=state, parameters=provider.parameters) as stack:
        deployed = Deployment(stack)
        with deployed.bus:
            yield deployed
        deployed.close()


@pytest.fixture(autouse=True)
def _nothing_failed(deployment: Deployment) -> Iterator[None]:
    """No function gave up on an event, in any test."""
    yield
    left = [message["Body"] for message in deployment.failures()]
    deployment.forget_failures()
    assert not left


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
