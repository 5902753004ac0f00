"""What the review module keeps: candidates, jobs, tasks, ratings, reviewers, articles.

All are immutable; a change makes a copy (`model_copy(update=...)`). Times are timezone-aware UTC.
Texts in here are redacted: nothing enters the review module before its personal data is out.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tandem.live.models import Frozen, Identifier

MOST_CONVERSATIONS = 20
"""Of those in which a pair came up, so many are kept."""
LOWEST, HIGHEST = 1, 5
"""The scale of a rating: 1 is not relevant at all, 5 is highly relevant."""

Score = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
Words = Annotated[str, StringConstraints(max_length=8000)]
Remark = Annotated[str, StringConstraints(max_length=1000)]


class Stored(Frozen):
    """Base of what is stored and changed: every change moves `revision` by one."""

    revision: int = 0


# --- pairs and candidates ----------------------------------------------------------------------
class Pick(StrEnum):
    """Why a pair became a candidate."""

    ESCALATED = "escalated"
    THUMBS_DOWN = "thumbs_down"
    LOW_CONFIDENCE = "low_confidence"
    RANDOM = "random"
    IMPORTED = "imported"
    """It came with its label."""


class ContextTurn(Frozen):
    """What was said before the question."""

    author: Literal["customer", "assistant", "expert"]
    text: Words


class Pair(Frozen):
    """A customer's question with the assistant's answer to it, redacted."""

    conversation_id: Identifier
    turn_id: Identifier
    """Of the answer."""
    question: Words
    answer: Words
    context: tuple[ContextTurn, ...] = ()
    """The turns before the question, oldest first; the newest few."""
    language: str = "en"
    channel: str = "socket"
    model_id: str | None = None
    """Which model gave the answer; None where the transcript does not say."""
    sources: tuple[str, ...] = ()
    """URIs of the documents that the answer rests on, best first."""
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    """The retriever's best score for the question; None where it is not known."""
    answered_at: datetime | None = None
    escalated: bool = False
    """A person was called for because of this question, or right after this answer."""
    thumbs_down: bool = False


class Correction(Frozen):
    """What an expert answered, beside what the assistant answered or would have answered."""

    correction_id: Identifier
    conversation_id: Identifier
    question: Words
    expert_answer: Words
    assistant_answer: Words | None = None
    """The withheld draft, or the answer that the customer did not accept; None if there is none."""
    model_id: str | None = None
    """The model of `assistant_answer`."""
    topic: str
    context: tuple[ContextTurn, ...] = ()
    """The turns before the question, oldest first; the newest few."""
    language: str | None = None
    """None where it is not known."""
    at: datetime


class CandidateStatus(StrEnum):
    WAITING = "waiting"
    LABELING = "labeling"
    """In the job named by `job`."""
    LABELED = "labeled"
    FLAGGED = "flagged"
    """A reviewer says that it cannot be rated; a lead decides."""
    GIVEN_UP = "given_up"
    """Came back unlabelled too often; `returns` says why each time."""
    DISCARDED = "discarded"
    """By a lead."""


class Return(Frozen):
    """A candidate that came back from a job without a label."""

    job: str
    reason: str
    at: datetime
    counts: bool = True
    """Against `max_returns`. Not where the job could not even start."""


class Label(Frozen):
    """The consolidated rating of a candidate. Holds no reviewer's id: training reads it."""

    rating: Annotated[float, Field(ge=LOWEST, le=HIGHEST)]
    rule: Literal["median", "debiased_mean", "adjudicated"]
    raters: Annotated[int, Field(ge=1)]
    """Whose ratings it is made of; 1 where a lead decided."""
    agreement: Annotated[float, Field(ge=0, le=1)] | None = None
    """1 - mean absolute difference of all pairs of ratings / 4; None with a single rater."""
    better_answers: tuple[Words, ...] = ()
    """What reviewers would have answered; redacted."""
    job: str
    at: datetime


class Candidate(Stored):
    """A question and answer picked for rating."""

    candidate_id: Identifier
    """Derives from question, answer and model: the same pair is one candidate, however often and in
    however many conversations it comes."""
    pair: Pair
    picks: tuple[Pick, ...]
    stratum: str
    topic: str
    """Topic group: what may not be torn apart into training and test."""
    policy_version: str
    """Digest of the sampling policy that picked it."""
    created_at: datetime
    conversations: Annotated[tuple[Identifier, ...], Field(max_length=MOST_CONVERSATIONS)]
    """Where it came up, the first of them."""
    status: CandidateStatus = CandidateStatus.WAITING
    job: str | None = None
    returns: tuple[Return, ...] = ()
    label: Label | None = None
    note: str = ""
    """Why it was flagged or discarded."""


# --- labelling jobs ----------------------------------------------------------------------------
class Backend(StrEnum):
    QUEUE = "queue"
    GROUND_TRUTH = "ground_truth"


class JobStatus(StrEnum):
    STARTING = "starting"
    OPEN = "open"
    """Reviewers are at it."""
    FINISHING = "finishing"
    COMPLETED = "completed"
    FAILED = "failed"
    """No label came of it; its candidates are back."""

    @property
    def ended(self) -> bool:
        return self in {JobStatus.COMPLETED, JobStatus.FAILED}


class Job(Stored):
    """A labelling job. Its name derives from its candidates and their revisions."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,62}$")]
    backend: Backend
    status: JobStatus = JobStatus.STARTING
    candidate_ids: tuple[Identifier, ...]
    workers_per_object: Annotated[int, Field(ge=1, le=9)]
    created_at: datetime
    deadline: datetime
    """What is not labelled until then comes back."""
    label_attribute: str = "relevance"
    manifest_uri: str | None = None
    output_uri: str | None = None
    ended_at: datetime | None = None
    labeled: int = 0
    returned: int = 0
    reason: str = ""
    """Why it failed."""


class Rating(Frozen):
    """1-5 by one reviewer. Stays in the review module: only labels leave it."""

    candidate_id: Identifier
    job: str
    reviewer: str
    rating: Score
    reason: Remark = ""
    better_answer: Words = ""
    seconds: Annotated[float, Field(ge=0)] | None = None
    """From the item's being shown to the rating."""
    at: datetime


# --- the review queue --------------------------------------------------------------------------
class Hold(Frozen):
    """A reviewer has an item before them, until they rate, leave, or `until`."""

    reviewer: str
    since: datetime
    until: datetime


class TaskStatus(StrEnum):
    OPEN = "open"
    DONE = "done"
    """All its ratings are in."""
    FLAGGED = "flagged"
    UNLABELED = "unlabeled"
    """Too few are left who could rate it."""


class Task(Stored):
    """One candidate in the review queue. At most `wanted` ratings and holds at a time."""

    job: str
    candidate_id: Identifier
    wanted: Annotated[int, Field(ge=1, le=9)]
    task_input: dict[str, object]
    """What the pre-annotation function says to show; blind to the model and other ratings."""
    priority: int = 1
    """0 before 1."""
    created_at: datetime
    status: TaskStatus = TaskStatus.OPEN
    rated_by: tuple[str, ...] = ()
    skipped_by: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    note: str = ""
    """The reasons of skips and of the flag, a line each."""


class Given(Frozen):
    """A task, by its keys."""

    job: str
    candidate_id: Identifier


class Deed(Given):
    """What a reviewer did with an item, for taking it back."""

    how: Literal["rated", "skipped", "flagged"]
    reason: Remark = ""
    """Of a skip or a flag."""


class Sitting(Stored):
    """A reviewer at the queue. Whether a task is theirs, the task says; this is how to find it."""

    reviewer: str
    name: str = ""
    holding: Annotated[tuple[Given, ...], Field(max_length=10)] = ()
    """What they were given and have not done, the latest last."""
    ahead: Annotated[tuple[Given, ...], Field(max_length=50)] = ()
    """What they might be given next: read from the queue once for many items."""
    done: Annotated[tuple[Deed, ...], Field(max_length=20)] = ()
    """The latest last."""
    day: str = ""
    """That the two below are of: an ISO date, UTC."""
    rated_today: int = 0
    skipped_today: int = 0
    rated: int = 0
    left: int = 0
    """Open tasks that they had neither rated nor skipped at `looked_at`, less those since."""
    looked_at: datetime | None = None


# --- reviewers ---------------------------------------------------------------------------------
class Standing(StrEnum):
    COUNTED = "counted"
    SET_ASIDE = "set_aside"
    """Their ratings count in no label."""


class Reviewer(Stored):
    """What is known of a reviewer's ratings."""

    reviewer: str
    name: str = ""
    standing: Standing = Standing.COUNTED
    by: Literal["statistics", "lead"] = "statistics"
    """Who put them into this standing; what a lead said, statistics do not change."""
    because: str = ""
    bias: float = 0.0
    """Mean difference to the other raters of the same items: 0.5 is half a point too kind."""
    overlap: int = 0
    """Items that somebody else rated as well."""
    correlation: float | None = None
    """With the others' mean on those items (Pearson's)."""
    changed_at: datetime | None = None
    labels_follow: bool = True
    """False as long as labels are not made anew after a change of standing."""


# --- knowledge ---------------------------------------------------------------------------------
class ArticleStatus(StrEnum):
    PROPOSED = "proposed"
    """Waits for a lead."""
    PUBLISHED = "published"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Article(Stored):
    """An expert's answer that the assistant may cite."""

    article_id: Identifier
    conversation_id: Identifier
    question: Annotated[str, StringConstraints(min_length=1, max_length=8000)]
    answer: Annotated[str, StringConstraints(min_length=1, max_length=8000)]
    product_area: Annotated[str, StringConstraints(max_length=100)] = ""
    status: ArticleStatus = ArticleStatus.PROPOSED
    answered_by: str
    created_at: datetime
    approved_by: str | None = None
    """The lead; `policy` where the policy asks for none."""
    approved_at: datetime | None = None
    expires_at: datetime | None = None
    changed_revision: int = 0
    """The `revision` at which its texts, product area, end or status last changed: who has seen an
    older one decides on something else."""
    may_be_held: bool = False
    """The knowledge base may hold it, or an earlier wording: from the approval on, until it is
    known to be gone. Whether anything was sent, and taken, is not always known."""
    published_revision: int | None = None
    """The `revision` that the knowledge base has taken; None: not known to have taken any."""
    indexed: bool = False
    """The knowledge base says that it finds what it has taken: answers may cite it."""
    at_next_sync: bool = False
    """What it has taken (or, of an ended one, that it is gone) counts from the next synchronization
    of the S3 data source on, of which nothing is known here."""
    problem: str = ""
    """Why the knowledge base does not hold it as it is, or still holds it; it is tried again."""
    note: str = ""
    """Why it was rejected, expired or withdrawn."""


# --- withdrawals and datasets ------------------------------------------------------------------
class Withdrawal(Frozen):
    """A customer's right to erasure: the conversation is in no later dataset."""

    conversation_id: Identifier
    at: datetime
    by: str
    reason: Remark = ""


class Erasure(Frozen):
    """What a withdrawal still has to take out of a labelling job's files."""

    conversation_id: Identifier
    job: str
    candidate_id: Identifier
    whole: bool
    """False: the pair stays, for it came up in other conversations as well; only what was said
    before it goes."""


class DatasetVersion(Frozen):
    """A dataset that was built; the files lie under `uri`."""

    version: Annotated[int, Field(ge=1)]
    uri: str
    inputs: str
    """Digest of all that went in: the same inputs make no second version."""
    counts: dict[str, int]
    conversations: int
    test_series: int = 1
    """Figures of models compare within a series."""
    shortcomings: tuple[str, ...] = ()
    """What it is too small for, as sentences."""
    built_at: datetime


class TrainedModel(Frozen):
    """A model that was trained on a dataset, as `Candidate Registered` said."""

    model_id: str
    dataset_version: int
    at: datetime


class Audit(Frozen):
    """Who did what in the review module, when. Append-only."""

    entry_id: Identifier
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, str] = {}
