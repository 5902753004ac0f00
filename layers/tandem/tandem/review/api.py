"""What goes in and out of the review's HTTP interface: the queue's, and the leads'."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tandem.live.models import Frozen, Identifier
from tandem.review.models import (
    Article,
    Backend,
    CandidateStatus,
    ContextTurn,
    JobStatus,
    Label,
    Pick,
    Remark,
    Score,
    Standing,
    Words,
)
from tandem.review.policy import Example, RatingLabel


# --- the reviewer's queue ------------------------------------------------------------------------
class ReviewSettings(Frozen):
    """What the page has to know before the first item."""

    user: str
    name: str
    lead: bool
    instructions: str
    examples: tuple[Example, ...]
    labels: tuple[RatingLabel, ...]
    reason_up_to: int
    """A reason has to be given with ratings up to this; 0: never."""
    hold_seconds: int
    """Show a sign of life before they are over, or the item goes to somebody else."""
    product_areas: tuple[str, ...]


class Item(Frozen):
    """What a reviewer sees of a task: nothing of the model, nor of other ratings."""

    job: str
    candidate_id: str
    question: str
    answer: str
    context: tuple[ContextTurn, ...]
    held_until: datetime


class Progress(Frozen):
    """Of the one who asks. Days are those of UTC."""

    rated_today: int
    rated: int
    skipped: int
    """Today."""
    left: int
    """Items of the open jobs that this reviewer may still be given, the one before them among
    these; at most 1,000 are counted, once a minute."""
    can_undo: bool


class Next(Frozen):
    """`item` is null when there is nothing (more) for this reviewer."""

    item: Item | None
    progress: Progress


class Which(Frozen):
    job: str
    candidate_id: Identifier


class Held(Frozen):
    held_until: datetime


class Released(Frozen):
    """Also if the item was not held any more."""

    released: bool = True


class Rate(Which):
    rating: Score
    reason: Remark = ""
    better_answer: Words = ""
    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None


class PutAside(Which):
    """Skips or flags an item."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]


class Undone(Frozen):
    """The item is before the reviewer again, with what they had said of it."""

    item: Item
    rating: Score | None
    """None: it had been skipped."""
    reason: str
    better_answer: str
    progress: Progress


class LabelFate(Frozen):
    """What became of a reviewer's ratings, the newest 1,000."""

    rated: int
    in_labels: int
    """Are part of a label."""
    in_datasets: int
    """… which is in a dataset."""
    newest_dataset: int | None
    models: tuple[str, ...]
    """Trained on one of these datasets."""


# --- the leads ----------------------------------------------------------------------------------
class Agreement(Frozen):
    """Krippendorff's alpha for ordinal data, with its 95 % interval (bootstrap over items)."""

    alpha: float | None
    """None: too few items have two ratings."""
    low: float | None
    high: float | None
    items: int
    """Items with at least two ratings."""
    ratings: int


class ReviewerFigures(Frozen):
    reviewer: str
    name: str
    standing: Standing
    by: Literal["statistics", "lead"]
    because: str
    ratings: int
    overlap: int
    bias: float | None
    correlation: float | None
    median_seconds: float | None


class JobView(Frozen):
    name: str
    backend: Backend
    status: JobStatus
    created_at: datetime
    deadline: datetime
    ended_at: datetime | None
    candidates: int
    labeled: int
    returned: int
    open: int | None
    """Tasks that are not done; None for Ground Truth."""
    reason: str


class ReviewOverview(Frozen):
    """Of the last 90 days; at most the newest 20,000 ratings."""

    agreement: Agreement
    reviewers: tuple[ReviewerFigures, ...]
    candidates: dict[CandidateStatus, int]
    """Counted up to 10,000 of each status."""
    disagreements: int
    jobs: tuple[JobView, ...]
    datasets: tuple["DatasetView", ...]
    withdrawals: int


class DatasetView(Frozen):
    version: int
    uri: str
    counts: dict[str, int]
    built_at: datetime
    models: tuple[str, ...]
    test_series: int = 1
    """Figures of models compare within a series."""
    shortcomings: tuple[str, ...] = ()
    """What it is too small for, and what to do about it, as sentences; as in its data card."""


class RatingView(Frozen):
    reviewer: str
    name: str
    rating: int
    reason: str
    better_answer: str
    counted: bool
    """False: the reviewer is set aside."""
    at: datetime


class CandidateView(Frozen):
    """A candidate with its ratings, for a lead."""

    candidate_id: str
    conversation_id: str
    question: str
    answer: str
    context: tuple[ContextTurn, ...]
    model_id: str | None
    picks: tuple[Pick, ...]
    status: CandidateStatus
    label: Label | None
    ratings: tuple[RatingView, ...]
    returns: tuple[str, ...]
    note: str
    in_test_series: int | None = None
    """Of what was decided just now: the test series that holds it as it was before, because a test
    stays as it is. The decision takes effect with the next series. Null where it does at once, and
    in lists."""


class CandidateList(Frozen):
    candidates: tuple[CandidateView, ...]


class Adjudicate(Frozen):
    candidate_id: Identifier
    decision: Literal["label", "return", "discard"]
    rating: Score | None = None
    """Needed for `label`."""
    note: Remark = ""


class LabelingAsked(Frozen):
    """A job with what waits starts in a moment."""

    waiting: int
    """At most 10,000 are counted."""


class StandingSet(Frozen):
    reviewer: str
    standing: Standing
    relabeled: int
    """Labels that changed, because the reviewer's ratings count (no longer)."""


class SetStanding(Frozen):
    reviewer: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    standing: Standing
    note: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class Withdraw(Frozen):
    conversation_id: Identifier
    reason: Remark = ""


class WithdrawalView(Frozen):
    conversation_id: str
    at: datetime
    by: str
    reason: str
    datasets: tuple[int, ...]
    """Versions that hold it; they are immutable, so they are named."""
    models: tuple[str, ...]
    """Trained on one of them."""
    left: tuple[str, ...] = ()
    """Ids of its articles that the knowledge base may still hold: taken out in some minutes, or
    `problem` says what keeps them. Their texts are gone from the review."""
    problem: str = ""
    until_sync: tuple[str, ...] = ()
    """Ids of its articles that are deleted from the knowledge bucket: the knowledge base lets go of
    them at the next synchronization of its S3 data source, of which nothing is known here."""
    in_jobs: tuple[str, ...] = ()
    """Labelling jobs whose files still hold it: taken out in some minutes, or when the job has
    ended. A job of Ground Truth that is under way goes on showing it until then."""


class WithdrawalList(Frozen):
    withdrawals: tuple[WithdrawalView, ...]
    next: str | None = None
    """What to send as `after` for those that follow; null: none do."""


class ArticleList(Frozen):
    articles: tuple[Article, ...]
    next: str | None = None
    """What to send as `after` for those that follow; null: none do."""
    problems: int = 0
    """How many articles, of whatever status, the knowledge base has not taken, or still holds
    although they have ended; at most 1,000 are counted."""


class Seen(Frozen):
    revision: Annotated[int, Field(ge=0)]
    """Of the article as it was shown: `changed_meanwhile` where somebody has changed it since. What
    becomes of it in the knowledge base is no such change."""


class EditArticle(Seen):
    """Texts that are null stay as they are."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=8000)] | None = None
    answer: Annotated[str, StringConstraints(min_length=1, max_length=8000)] | None = None
    product_area: Annotated[str, StringConstraints(max_length=100)] | None = None
    expires_at: datetime | None = None


class DecideArticle(Seen):
    decision: Literal["approve", "reject", "expire", "withdraw"]
    note: Remark = ""
