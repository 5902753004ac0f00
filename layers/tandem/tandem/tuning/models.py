"""What the tuning module keeps: training runs, model versions, comparisons, the audit trail.

All are immutable; a change makes a copy (`model_copy(update=...)`). Times are timezone-aware UTC.
Texts in here were redacted before they became part of a dataset.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tandem.live.model_pointer import EndpointName, ModelReference
from tandem.live.models import Frozen, Identifier

Words = Annotated[str, StringConstraints(max_length=30_000)]
Remark = Annotated[str, StringConstraints(max_length=1000)]
Figure = Annotated[float, Field(allow_inf_nan=False)]
"""A number that JSON has: what a training that came apart says of itself is refused, not stored."""


class Stored(Frozen):
    """Base of what is stored and changed: every change moves `revision` by one."""

    revision: int = 0


# --- training runs -------------------------------------------------------------------------------
class RunStatus(StrEnum):
    STARTING = "starting"
    """Written down; the service may have it already."""
    RUNNING = "running"
    REGISTERED = "registered"
    """A model version came of it."""
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        return self in {RunStatus.REGISTERED, RunStatus.FAILED}


class TrainingRun(Stored):
    """One training job. Its name derives from the dataset's version: a duplicate meets it."""

    name: Identifier
    """Of the training job, too: at most 63 characters."""
    dataset_version: Annotated[int, Field(ge=1)]
    dataset_uri: str
    ratings: int
    """Rated answers that it learns from: those of training and validation."""
    hyperparameters: dict[str, str]
    asked_by: str
    """A lead, or `policy`."""
    status: RunStatus = RunStatus.STARTING
    started_at: datetime
    began_at: datetime | None = None
    """When the service had it; None: it never had."""
    ended_at: datetime | None = None
    reason: str = ""
    """Why it failed, or what keeps it."""
    output_uri: str | None = None
    """Where the job's `model/` lies, once it has ended well."""
    version: int | None = None
    """The model version that came of it."""
    seconds: float | None = None
    """That it was paid for."""


# --- what a training says of itself --------------------------------------------------------------
class RewardModelFigures(Frozen):
    """How well a reward model predicts ratings of topics that it has not seen."""

    spearman: Figure
    error: Figure
    """Root of the mean squared error, in rating points."""
    ratings: int
    groups: int


class RatingCounts(Frozen):
    train: int
    validation: int
    test: int


class RunSummary(Frozen):
    """`run.json` of a training job's output."""

    schema_version: Literal["1"]
    kind: Literal["weights", "reward_model"]
    method: str
    method_asked: str
    why: tuple[str, ...]
    """Why this method, as sentences."""
    dataset_version: int
    dataset_inputs: str
    base: str | None
    base_license: str | None
    architecture: Literal["encoder-decoder", "causal"] | None
    ratings: RatingCounts
    preferences: int
    demonstrations: int
    reward_model: RewardModelFigures
    judge: RewardModelFigures | None
    """None: too few ratings that the training did not see."""
    judge_missing_because: str | None
    metrics: dict[str, Figure]
    warnings: tuple[str, ...] = ()
    stopped_because: str | None
    trainer_version: str


class ReferenceAnswer(Frozen):
    text: Words
    reward: float


class SaidBefore(Frozen):
    author: Literal["customer", "assistant", "expert"]
    text: Words


class TestAnswers(Frozen):
    """A line of `evaluation/test_answers.jsonl`: a question of the frozen test split."""

    prompt_id: Identifier
    prompt: Words
    topic: str
    language: str | None
    context: tuple[SaidBefore, ...]
    base_answer: Words | None
    candidate_answer: Words | None
    """None where no weights were trained."""
    reference_answers: tuple[ReferenceAnswer, ...]


# --- model versions ------------------------------------------------------------------------------
class VersionStatus(StrEnum):
    """From registered to live; `REFUSED`, `REJECTED`, `FAILED`, `RETIRED` and `ROLLED_BACK` are
    ends, though a lead may make a retired version live again."""

    REGISTERED = "registered"
    """Its answers are being compared with those of the live model."""
    COMPARING = "comparing"
    """People compare them."""
    PASSED = "passed"
    """Proven better: a lead may approve."""
    REFUSED = "refused"
    """Not proven better."""
    REJECTED = "rejected"
    """By a lead."""
    DEPLOYING = "deploying"
    TRIAL = "trial"
    """Answers a share of the conversations."""
    LIVE = "live"
    RETIRED = "retired"
    """Was live until another took its place."""
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    """Could not be deployed."""


class Check(Frozen):
    """One of the gate's questions to a candidate."""

    name: str
    passed: bool
    said: str
    """The finding as a sentence, for people."""
    observed: float | None = None
    bound: float | None = None


class Verdict(Frozen):
    """The gate's decision: all checks have to pass."""

    passed: bool
    checks: tuple[Check, ...]
    decided_at: datetime

    @property
    def reasons(self) -> tuple[str, ...]:
        """Of a refusal: what did not pass."""
        return tuple(check.said for check in self.checks if not check.passed)


class Comparison(Frozen):
    """The blind comparison of a candidate's answers with those of the live model."""

    pairs: int
    """How many have to be told apart to see the difference that the policy names."""
    of_questions: int
    """There are so many whose answers differ; fewer than `pairs`, and a difference has to be
    plainer than the policy's to show."""
    done: int = 0
    """Compared so far. How, is told when it is over: leads compare as well."""
    better: int = 0
    worse: int = 0
    same: int = 0


class TrialFigures(Frozen):
    """What customers made of the candidate and of the live model, meanwhile. A conversation counts
    once: it went badly if a person was called or an answer was rated down."""

    candidate_conversations: int = 0
    candidate_bad: int = 0
    live_conversations: int = 0
    live_bad: int = 0


class Rollback(Frozen):
    """Of a version that is on its way back. It is written down before the pointer moves, so that
    what breaks off is gone on with."""

    because: Literal["trial", "alarm", "lead"]
    by: str
    reason: str
    at: datetime
    not_to: str | None = None
    """Where its alarm went off: nobody goes back to what is asked there, too."""


class ModelVersion(Stored):
    """A trained model, by its version in the registry (a model package of SageMaker)."""

    version: Annotated[int, Field(ge=1)]
    package_arn: str
    kind: Literal["weights", "reward_model"]
    """`reward_model`: the live model's drafts, picked by a newly trained reward model."""
    run: Identifier
    dataset_version: int
    summary: RunSummary
    folder: str
    """URI of the training job's `model/`, without a slash at its end."""
    registered_at: datetime
    status: VersionStatus = VersionStatus.REGISTERED
    compared_with: ModelReference | None = None
    """What was live when the candidate was judged."""
    round: Annotated[int, Field(ge=1)] = 1
    """Of judging it: another one begins when another model goes live meanwhile."""
    evaluating_until: datetime | None = None
    """A worker compares its answers: nobody else begins until then."""
    heldout: float | None = None
    """What the judge predicts for its answers to the test, on the scale of ratings; None where
    there is no judge."""
    heldout_live: float | None = None
    """And for those of `compared_with`."""
    checks: tuple[Check, ...] = ()
    """What the gate has found so far; the verdict has all of them."""
    verdict: Verdict | None = None
    comparison: Comparison | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    slot: Literal["blue", "green"] | None = None
    """The endpoint that serves it, or will; None: none does (any more). The other one stays with
    what is live."""
    import_job: str | None = None
    """Of Bedrock's custom model import; None: it was not imported, or is removed."""
    deployment_begun_at: datetime | None = None
    """The service has taken the deployment; without that, it is to be asked (again)."""
    not_taken_since: datetime | None = None
    """The service has not taken the deployment since then: a quota, no instances."""
    once_deployed: Literal["trial", "live"] = "trial"
    """What becomes of it once it can be asked; where the policy has no trial, it is live."""
    being_removed: bool = False
    """It is going out of service: nobody may point to it any more."""
    reference: ModelReference | None = None
    """What the pointer says of it, once it can be asked."""
    trial_since: datetime | None = None
    trial: TrialFigures | None = None
    live_since: datetime | None = None
    before: tuple[ModelReference, ...] = ()
    """What answered before it was live, newest first, each once. The last is what the deployment
    began with: it is always there."""
    rollback: Rollback | None = None
    ended_at: datetime | None = None
    reason: str = ""
    """Of its end, or what keeps it."""

    @property
    def reward_model_uri(self) -> str:
        return f"{self.folder}/reward/reward_model.json"

    @property
    def judge_uri(self) -> str:
        return f"{self.folder}/reward/judge.json"

    @property
    def weights_uri(self) -> str:
        """Of the folder that an endpoint or an import gets."""
        return f"{self.folder}/model/"


# --- the blind comparison ------------------------------------------------------------------------
class Pair(Stored):
    """Two answers to a question of the test, in the order in which they are shown."""

    version: int
    pair_id: Identifier
    round: Annotated[int, Field(ge=1)] = 1
    """Of the version, as it was when the pair was made; pairs of earlier ones count no more."""
    question: Words
    context: tuple[SaidBefore, ...]
    first: Words
    second: Words
    candidate_is: Literal["first", "second"]
    """Drawn for each pair. Nothing else tells a reviewer which is which."""
    held_by: str | None = None
    held_until: datetime | None = None
    choice: Literal["first", "second", "same"] | None = None
    chosen_by: str | None = None
    chosen_at: datetime | None = None


# --- the trial -----------------------------------------------------------------------------------
Arm = Literal["candidate", "live"]


class TrialRecord(Frozen):
    """A conversation of a trial: which model answered it, and whether it went badly."""

    version: int
    conversation_id: Identifier
    arm: Arm
    bad: bool = False


class Slot(Frozen):
    """One of the two endpoints of a stack."""

    name: Literal["blue", "green"]
    endpoint: EndpointName


class Audit(Frozen):
    """Who did what in the tuning module, when. Append-only."""

    entry_id: Identifier
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, str] = {}
