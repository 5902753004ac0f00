"""The whole stack, deployed once for all tests of a run that talk to it, whichever folder they are
in. Every test run loads this file; what the stack needs is imported only where it is started."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.embedding_site import EmbeddingSite
    from tests.e2e.deployment import Deployment
    from tests.e2e.provider import Provider
    from tests.e2e.reviewing import Review
    from tests.e2e.tuning import Tuning

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
    from tests.e2e.tuning import POLICY

    state = tmp_path_factory.mktemp("engine")
    with Stack(
        port=0,
        # Who trains weights brings a base: see `base`.
        base=state / "none",
        state=state,
        parameters=lambda engine: {
            **provider.parameters(engine),
            "WidgetOrigins": embedding_site.origin,
        },
    ) as stack:
        deployed = Deployment(stack)
        deployed.put_parameter(deployed.outputs["TuningPolicyParameterName"], POLICY)
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


@pytest.fixture(scope="session")
def tuning(review: "Review") -> "Iterator[Tuning]":
    """The third module, with the tests' own policy."""
    from tests.e2e.tuning import Tuning

    tuning = Tuning(review)
    yield tuning
    tuning.close()


@pytest.fixture(scope="session")
def rated(tuning: "Tuning") -> int:
    """Sixty answers that people have rated; the version of the dataset that they are in. What it
    keeps for the test stays there; whatever is rated later is trained on."""
    from tests.e2e.tuning import answers_to_rate

    pairs = answers_to_rate()
    with tuning.review.policy({"dataset": {"test_share": 0.4}}):
        tuning.imports_rated(pairs)
        tuning.review.invoke("BuildDataset", {})
        found = tuning.review.dataset_with(*(asked for asked, _ in pairs))
    # Whoever has trainings start by themselves does not mean this one.
    tuning.deployment.settles()
    return int(found["version"])


@pytest.fixture(scope="session")
def base(deployment: "Deployment") -> Path:
    """A small base, which the stack trains weights of from now on. Needs the trainer's Python."""
    import subprocess

    from local.build import ROOT
    from local.contents import KNOWLEDGE, SMALL_BASE
    from local.sagemaker import interpreters
    from local.stack import CACHE

    folder, python = SMALL_BASE, interpreters.trainer()
    assert python is not None
    if not (folder / "config.json").is_file():
        # Of the same kind, and sooner made.
        folder = CACHE / "small-base-of-tests"
    if not (folder / "config.json").is_file():
        options = [f"--documents={KNOWLEDGE}", f"--out={folder}", "--steps=200"]
        subprocess.run(
            [str(python), "-m", "training.small_base", *options],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT / "layers" / "tandem")},
            check=True,
        )
    deployment.stack.train_weights_of(folder)
    return folder


@pytest.fixture
def nothing_failed(deployment: "Deployment") -> Iterator[None]:
    """No function gives up on an event while the test runs."""
    yield
    left = [message["Body"] for message in deployment.failures()]
    deployment.forget_failures()
    assert not left
