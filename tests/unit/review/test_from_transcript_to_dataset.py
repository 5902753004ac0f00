"""A conversation on its whole way, with the redactor that is deployed: into the dataset's rows."""

from datetime import timedelta

import pytest

from tandem.aws.personal_data import PersonalData
from tandem.live.ports import CannotAnswer
from tandem.review.models import Candidate, CandidateStatus, Label
from tandem.review.policy import Dataset, ReviewPolicy, Sampling
from tests.scene import ANNA
from tests.unit.review.archived import Archived
from tests.unit.review.dataset_scene import (
    built,
    demonstrations,
    folder,
    preferences,
    ratings,
)
from tests.unit.review.intake_scene import Bucket

SAID = "[name], this is [name]: twice as much for you and [name]."
NAMES = ("Xiomara", "xiomara", "Tobias", "Brandt", "Anna")


def labeled(bucket: Bucket) -> None:
    """Every candidate, as reviewers would."""
    for found in list(bucket.candidates):
        label = Label(rating=4, rule="median", raters=2, job="j1", at=bucket.fakes.clock.now())
        after: Candidate = found.model_copy(
            update={
                "status": CandidateStatus.LABELED,
                "label": label,
                "revision": found.revision + 1,
            }
        )
        bucket.fakes.candidates.replace(found, after)


def talked() -> Archived:
    """Names are introduced in one message each, and used in others."""
    scene = Archived()
    scene.answers_with(["Hello Xiomara, it costs as long as it exists."])
    scene.asks("xiomara here. What does an endpoint cost?")
    scene.answers_with(["Please ask Mr. Brandt."])
    scene.asks("My neighbour is called Tobias Brandt. Does Brandt pay the same?")
    scene.answers_with(["I do not know."])
    scene.asks("And my colleague? His name is Tobias.")
    scene.fakes.clock.advance(timedelta(minutes=1).total_seconds())
    scene.answers_with([CannotAnswer("nothing about it")])
    scene.writes("And for two?")
    scene.assistant_works()
    scene.machine_opens()
    scene.claims(ANNA)
    scene.says(ANNA, "Xiomara, this is Anna: twice as much for you and Tobias Brandt.")
    return scene


def dataset_of(scene: Archived, context_turns: int) -> Bucket:
    bucket = Bucket()
    bucket.redactor = PersonalData()
    bucket.fakes.policies.policy = ReviewPolicy(
        sampling=Sampling(random_share=1, context_turns=context_turns),
        dataset=Dataset(minimum_labels=1, test_share=0, validation_share=0),
    )
    bucket.archives(scene)
    labeled(bucket)
    return bucket


@pytest.mark.parametrize("context_turns", [0, 1, 20])
def test_a_name_that_is_introduced_in_a_conversation_is_in_none_of_its_rows(
    context_turns: int,
) -> None:
    bucket = dataset_of(talked(), context_turns)

    dataset = built(bucket.fakes)

    files = b"".join(folder(bucket.fakes, dataset).values()).decode()
    assert not [name for name in NAMES if name in files]
    assert len(ratings(bucket.fakes, dataset)) == 3
    (written,) = demonstrations(bucket.fakes, dataset)
    assert written.response == SAID


def test_also_one_that_only_a_message_introduces_that_is_not_kept() -> None:
    bucket = Bucket(Sampling(random_share=0, below_confidence=None, context_turns=0))
    bucket.redactor = PersonalData()

    bucket.archives(talked())

    assert bucket.candidates == []
    (correction,) = bucket.fakes.corrections.all()
    assert correction.expert_answer == SAID


def test_an_experts_answer_comes_with_the_context_and_language_of_its_question() -> None:
    bucket = dataset_of(talked(), 2)

    (written,) = demonstrations(bucket.fakes, built(bucket.fakes))

    assert (written.prompt, written.language) == ("And for two?", "en")
    assert [(turn.author, turn.text) for turn in written.context] == [
        ("customer", "And my colleague? His name is [name]."),
        ("assistant", "I do not know."),
    ]


def test_an_experts_preference_has_neither_the_customers_name_nor_the_experts() -> None:
    scene = Archived()
    scene.answers_with(["Hello Xiomara, two."])
    scene.asks("My name is Xiomara Brandt. How many endpoints may I run?")
    scene.writes("Let me talk to a human being.")
    scene.assistant_works()
    scene.machine_opens()
    scene.claims(ANNA)
    scene.says(ANNA, "Anna here. Three, Mrs. Brandt.")
    bucket = dataset_of(scene, 4)

    dataset = built(bucket.fakes)

    (pair,) = preferences(bucket.fakes, dataset)
    assert pair.prompt == "My name is [name]. How many endpoints may I run?"
    assert pair.chosen == "[name] here. Three, Mrs. [name]."
    assert pair.rejected == "Hello [name], two."
    assert b"Brandt" not in folder(bucket.fakes, dataset)["train/preferences.jsonl"]
