"""The whole stack, deployed once for all tests of a run that talk to it, whichever folder they are
in. Every test run loads this file; what the stack needs is imported only where it is started."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.embedding_site import EmbeddingSite
    from tests.e2e.deployment import Deployment
    from tests.e2e.provider import Provider
    from tests.e2e.reviewing import Review

_FOLDERS = {"e2e", "browser"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDERS & set(item.path.parts):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def provider() -> "Provider":
    from tests.e2e.provider import Provider

    return Provider()


@pytest.fixture(scope="session")
def embedding_site() -> "Iterator[EmbeddingSite]":
    """A site whose pages may show the chat in a frame."""
    from tests.browser.embedding_site import EmbeddingSite

    with EmbeddingSite() as site:
        yield site


@pytest.fixture(scope="session")
def deployment(
    tmp_path_factory: pytest.TempPathFactory,
    provider: "Provider",
    embedding_site: "EmbeddingSite",
) -> "Iterator[Deployment]":
    from local.stack import Stack
    from tests.e2e.deployment import Deployment

    state = tmp_path_factory.mktemp("engine")
    with Stack(
        port=0,
        state=state,
        parameters=lambda engine: {
            **provider.parameters(engine),
            "WidgetOrigins": embedding_site.origin,
        },
    ) as stack:
        deployed = Deployment(stack)
        with deployed.bus:
            yield deployed
        deployed.close()


@pytest.fixture(scope="session")
def review(deployment: "Deployment") -> "Iterator[Review]":
    """The offline half, with the tests' own policy."""
    from tests.e2e.reviewing import Review

    review = Review(deployment)
    with review.policy():
        yield review


@pytest.fixture
def nothing_failed(deployment: "Deployment") -> Iterator[None]:
    """No function gives up on an event while the test runs."""
    yield
    left = [message["Body"] for message in deployment.failures()]
    deployment.forget_failures()
    assert not left
