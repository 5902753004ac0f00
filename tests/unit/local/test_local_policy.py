"""The policy that comes with the embedded engine: it is valid, and what it suggests is answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.turns import Bedrock, bedrock, take
from local.contents import KNOWLEDGE, TUNING_POLICY, policy_for
from tandem.live.policy import Policy
from tandem.tuning.policy import TuningPolicy

SUGGESTIONS = policy_for(KNOWLEDGE)["chat"]["suggestions"]["en"]


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bedrock]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("TANDEM_OPENAI_BASE_URL", raising=False)
        with bedrock(KNOWLEDGE, tmp_path_factory.mktemp("cache")) as running:
            yield running


def test_it_is_a_policy_with_suggestions_and_canned_replies() -> None:
    policy = Policy.model_validate(policy_for(KNOWLEDGE))

    assert len(policy.chat.suggestions["en"]) == 4
    assert len(policy.desk.canned_replies) == 4


@pytest.mark.parametrize("question", SUGGESTIONS)
def test_what_the_chat_suggests_the_assistant_answers(stand_in: Bedrock, question: str) -> None:
    outcome = take(stand_in.answering, question, Policy())

    assert outcome.answer
    assert not outcome.decision.person


def test_with_documents_of_ones_own_the_chat_does_not_speak_of_others(tmp_path: Path) -> None:
    policy = Policy.model_validate(policy_for(tmp_path))

    assert policy.chat == Policy().chat
    assert policy.desk.canned_replies


def test_what_is_trained_on_this_machine_needs_little() -> None:
    policy = TuningPolicy.model_validate_json(TUNING_POLICY.read_text())

    assert policy.training.minimum_ratings == 30
    assert policy.hosting.instance_count > 1, "with one there is no canary"
