"""What is switched off is not there, and the rest goes on."""

from collections.abc import Iterator

import httpx
import pytest

from local.stack import Stack
from tests.e2e.deployment import Deployment
from tests.e2e.reviewing import Review


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A stack whose every module is switched off: the team has parts of its own for all."""
    modules = ("Assistant", "EscalationModule", "ArchiveModule", "ReviewModule", "PagesModule")
    off = dict.fromkeys(modules, "off")
    state = tmp_path_factory.mktemp("bare-engine")
    with Stack(port=0, state=state, parameters=lambda _: off) as stack:
        deployed = Deployment(stack)
        with deployed.bus:
            yield deployed
        deployed.close()


@pytest.fixture(scope="module")
def review_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    """For a team that has a chatbot and only wants its answers rated."""
    off = dict.fromkeys(("Assistant", "EscalationModule", "ArchiveModule", "PagesModule"), "off")
    state = tmp_path_factory.mktemp("review-engine")
    with Stack(port=0, state=state, parameters=lambda _: off) as stack:
        deployed = Deployment(stack)
        with deployed.bus:
            review = Review(deployed)
            with review.policy():
                yield review
        deployed.close()


def test_without_the_assistant_a_message_is_kept_and_nobody_answers(bare: Deployment) -> None:
    with bare.customer() as customer:
        answer = customer.socket.ask("message", client_id="m-1", text="How do I pay less?")

        assert answer["type"] == "received"
        bare.settles()
        assert [turn["author"] for turn in customer.turns] == ["customer"]
        assert not customer.read()["answering"]


def test_without_the_desk_whoever_listens_is_asked_for_a_person(bare: Deployment) -> None:
    with bare.customer() as customer:
        customer.socket.ask("person")

        event = bare.bus.wait(customer.conversation_id, "Escalation Requested")
        assert event["trigger"] == "button"
        assert customer.owner == "waiting"


def test_without_the_archive_whoever_listens_hears_of_the_end(bare: Deployment) -> None:
    with bare.customer() as customer:
        customer.socket.ask("close")

        event = bare.bus.wait(customer.conversation_id, "Conversation Closed")
        assert event["closed_by"] == "customer"


def test_the_desk_and_the_state_machine_are_not_there(bare: Deployment) -> None:
    assert "EscalationArn" not in bare.outputs
    assert bare.api("any").send("GET", "/desk/queue").status_code == 404
    assert not bare.client("stepfunctions").list_state_machines()["stateMachines"]


def test_nothing_of_the_review_is_there(bare: Deployment) -> None:
    assert not [name for name in bare.outputs if name.startswith(("Review", "Backfill"))]


def test_the_review_alone_rates_another_chatbots_answers(review_alone: Review) -> None:
    question = "Where is my parcel?"
    ids = review_alone.imports([(question, "On its way.")])
    job = review_alone.starts_labeling(review_alone.sampled(ids))
    review_alone.reviewer().rates_all(lambda _: 2)

    assert review_alone.ended(job)["status"] == "completed"
    rows = review_alone.rows(review_alone.dataset_with(question), "ratings")
    assert [row["reward"] for row in rows] == [2]


def test_the_pages_are_not_there(bare: Deployment) -> None:
    assert not [name for name in bare.outputs if name.startswith("Pages")]
    assert httpx.get(bare.stack.chat_url, trust_env=False).status_code == 503
    buckets = bare.client("s3").list_buckets()["Buckets"]
    assert not [bucket for bucket in buckets if "pages" in bucket["Name"]]


def test_nothing_failed_and_nothing_is_looked_after_again_and_again(bare: Deployment) -> None:
    assert not any(bare.reconcile().values())
    assert bare.failures() == []
