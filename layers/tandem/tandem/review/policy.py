"""The review module's policy: what is rated, by whom, how labels come about, what is kept.

A document of its own beside the live module's, read from a parameter that can be changed without a
deploy. An empty document means the defaults below; unknown keys are an error.
"""

import hashlib
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from tandem.live.models import Frozen
from tandem.review.models import HIGHEST, LOWEST, Backend

Share = Annotated[float, Field(ge=0, le=1)]
Stratum = Literal["language", "channel", "model", "topic"]
ProductArea = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class Sampling(Frozen):
    """Which pairs of a transcript become candidates."""

    escalated: bool = True
    thumbs_down: bool = True
    below_confidence: Share | None = 0.5
    """Answers whose best passage scored lower are all candidates. None: the score says nothing."""
    random_share: Share = 0.05
    """Of the rest."""
    strata: tuple[Stratum, ...] = ("language", "model")
    """The random share is drawn within each combination of these."""
    share_of: dict[str, Share] = {}
    """Another share for single strata: `{"de|my-model": 0.5}`, the values joined by `|`."""
    seed: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "tandem"
    """The same seed draws the same pairs, in whatever order they come; of those that are drawn
    beyond `random_per_day`, the first stay."""
    random_per_day: Annotated[int, Field(ge=0)] = 500
    """Most random candidates a day (UTC): the cost of labels has a ceiling. In equal parts for the
    strata of the day and the day before, so that none is left out; within a part, first come, first
    served. For strata that come up when the number is reached, up to half as many more."""
    context_turns: Annotated[int, Field(ge=0, le=20)] = 4
    """How many turns before the question a reviewer sees."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


class RatingLabel(Frozen):
    rating: Annotated[int, Field(ge=1, le=5)]
    label: Annotated[str, StringConstraints(min_length=1, max_length=60)]


class Example(Frozen):
    """Shown to reviewers beside the instructions."""

    question: Annotated[str, StringConstraints(max_length=1000)]
    answer: Annotated[str, StringConstraints(max_length=2000)]
    rating: Annotated[int, Field(ge=1, le=5)]
    why: Annotated[str, StringConstraints(max_length=500)]


_INSTRUCTIONS = (
    "Rate how well the answer serves the question. Judge the answer alone: is it right, does it "
    "say what was asked for, and nothing beside it? How it is written counts less than whether it "
    "helps."
)
_EXAMPLES = (
    Example(
        question="How do I change my delivery address?",
        answer="Open “My orders”, choose the order and select “Change address”. It works until the "
        "parcel has left our warehouse.",
        rating=5,
        why="Answers what was asked, completely, and names the limit.",
    ),
    Example(
        question="How do I change my delivery address?",
        answer="You can see your delivery address under “My orders”.",
        rating=3,
        why="About the right thing, but it does not say how to change it.",
    ),
    Example(
        question="How do I change my delivery address?",
        answer="We deliver to most countries within five days.",
        rating=1,
        why="About something else.",
    ),
)


class Labeling(Frozen):
    """When jobs start, where, and what reviewers are asked."""

    backend: Backend = Backend.QUEUE
    start_at: Annotated[int, Field(ge=1, le=10_000)] = 20
    """A job starts as soon as so many candidates wait; what waits otherwise starts on schedule."""
    job_size: Annotated[int, Field(ge=1, le=2000)] = 200
    """Most candidates of one job."""
    workers_per_object: Annotated[int, Field(ge=1, le=9)] = 2
    days: Annotated[float, Field(gt=0, le=30)] = 14
    """After which a job ends with what it has."""
    max_returns: Annotated[int, Field(ge=1, le=10)] = 3
    """How often a candidate may come back without a label before it is given up."""
    hold_seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    """How long an item is locked for a reviewer who gives no sign of life."""
    most_skips: Annotated[int, Field(ge=1, le=9)] = 2
    """An item that so many reviewers skipped is offered to nobody else."""
    instructions: Annotated[str, StringConstraints(min_length=1, max_length=4000)] = _INSTRUCTIONS
    examples: Annotated[tuple[Example, ...], Field(max_length=10)] = _EXAMPLES
    labels: Annotated[tuple[RatingLabel, ...], Field(min_length=5, max_length=5)] = (
        RatingLabel(rating=1, label="Not relevant"),
        RatingLabel(rating=2, label="Slightly relevant"),
        RatingLabel(rating=3, label="Somewhat relevant"),
        RatingLabel(rating=4, label="Relevant"),
        RatingLabel(rating=5, label="Highly relevant"),
    )
    reason_up_to: Annotated[int, Field(ge=0, le=5)] = 2
    """A reason is asked for ratings up to this; 0: never."""
    title: Annotated[str, StringConstraints(min_length=1, max_length=128)] = (
        "Rate an assistant's answers"
    )
    description: Annotated[str, StringConstraints(min_length=1, max_length=255)] = (
        "Read a question and its answer, and rate from 1 to 5 how well the answer serves it."
    )
    workteam_arn: str = ""
    """Ground Truth: the private team. Empty: the one of the deployment."""

    @field_validator("labels")
    @classmethod
    def _one_for_each_rating(cls, labels: tuple[RatingLabel, ...]) -> tuple[RatingLabel, ...]:
        if [each.rating for each in labels] != list(range(LOWEST, HIGHEST + 1)):
            raise ValueError("give one label for each rating, from 1 to 5 in this order")
        return labels


class Quality(Frozen):
    """How ratings become labels, and whose count."""

    debias_from: Annotated[int, Field(ge=5)] = 30
    """Shared items that every rater of an item must have before biases are taken out and the mean
    is used; until then the median is."""
    judge_from: Annotated[int, Field(ge=5)] = 60
    """Shared items before a reviewer's ratings are judged at all."""
    minimum_correlation: Annotated[float, Field(ge=-1, le=1)] = 0.3
    """A reviewer is set aside whose correlation with the others is below this, and below what is
    usual among the others beyond doubt."""
    disagreement_from: Annotated[float, Field(gt=0, le=4)] = 2
    """Labels whose ratings lie so far apart are shown to a lead."""


class Dataset(Frozen):
    minimum_labels: Annotated[int, Field(ge=1)] = 30
    """No dataset is built from fewer."""
    validation_share: Share = 0.1
    test_share: Share = 0.2
    """By topic group; the test split is drawn once, and stays."""
    test_series: Annotated[int, Field(ge=1)] = 1
    """Count it up to draw a new test split; figures of models across series do not compare."""
    seed: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "tandem"

    @model_validator(mode="after")
    def _leaves_something_to_train_on(self) -> Self:
        if self.validation_share + self.test_share >= 1:
            raise ValueError("validation_share and test_share together have to be less than 1")
        return self


class Knowledge(Frozen):
    approval: Literal["lead", "none"] = "lead"
    """Whether a lead has to approve what an expert proposes."""
    expire_after_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """None: articles do not expire by themselves."""
    product_areas: Annotated[tuple[ProductArea, ...], Field(max_length=100)] = ()
    """To choose from; empty: free text."""


class ReviewPolicy(Frozen):
    """The whole document."""

    version: Literal["1"] = "1"
    sampling: Sampling = Sampling()
    labeling: Labeling = Labeling()
    quality: Quality = Quality()
    dataset: Dataset = Dataset()
    knowledge: Knowledge = Knowledge()
