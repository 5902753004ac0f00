"""What goes in and out of the models' HTTP interface: the leads' page, and the blind comparison."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tandem.live.models import Frozen, Identifier
from tandem.tuning.models import (
    Audit,
    Check,
    Comparison,
    RunStatus,
    RunSummary,
    SaidBefore,
    TrialFigures,
    Verdict,
    VersionStatus,
)

Reason = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True)]


# --- the leads' page -----------------------------------------------------------------------------
class RunView(Frozen):
    name: str
    dataset_version: int
    ratings: int
    method: str
    """That was asked for."""
    asked_by: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    reason: str
    version: int | None


class TrialView(Frozen):
    since: datetime
    share: float
    figures: TrialFigures
    evidence_worse: float
    """The test's e-value that the candidate is worse; rolled back at `worse_at`."""
    worse_at: float
    evidence_not_worse: float
    """The e-value that it is not worse by the policy's ratio; may go live at `not_worse_at`."""
    not_worse_at: float
    minimum_conversations: int


Deed = Literal["approve", "reject", "promote", "roll_back"]


class VersionView(Frozen):
    """A row of the list."""

    version: int
    status: VersionStatus
    kind: Literal["weights", "reward_model"]
    method: str
    base: str | None
    dataset_version: int
    registered_at: datetime
    heldout: float | None
    """What the judge predicts for its answers to the test, on the scale of ratings."""
    heldout_live: float | None
    """And for those of the model that was live then."""
    checks: tuple[Check, ...]
    """What the gate has found so far; the verdict has all of them."""
    verdict: Verdict | None
    comparison: Comparison | None
    share: float
    """Of the conversations that begin now: 1 for what is live (less a trial's share)."""
    approved_by: str | None
    approved_at: datetime | None
    live_since: datetime | None
    ended_at: datetime | None
    reason: str
    deeds: tuple[Deed, ...]
    """What a lead can do with it now."""
    untried: bool
    """Made live now, it would answer all before a trial has shown that it is no worse: that needs a
    reason."""


class LiveModel(Frozen):
    model_id: str
    version: int | None
    """None: it was not trained here."""
    share: float
    reward_model: bool
    """Whether its answers are judged before they go out, where the policy asks for it."""


class ModelsOverview(Frozen):
    live: LiveModel
    candidate: LiveModel | None
    """In a trial."""
    trial: TrialView | None
    versions: tuple[VersionView, ...]
    """Newest first."""
    runs: tuple[RunView, ...]
    """Newest first; the latest twenty."""
    can_train: bool
    cannot_train_because: str
    automatic: bool
    """Whether the policy starts trainings by itself."""


class BeforeAfter(Frozen):
    """What the live model and the candidate answer to a question of the test."""

    prompt_id: str
    question: str
    topic: str
    context: tuple[SaidBefore, ...]
    live: str
    candidate: str
    live_rating: float | None
    candidate_rating: float | None
    """As the judge predicts; None where there is no judge."""


class VersionDetail(Frozen):
    version: VersionView
    summary: RunSummary
    package_arn: str
    model_id: str | None
    """What its answers are recorded under, once it is served."""
    compared_with: str | None
    """Model id of what was live when it was judged."""
    samples: tuple[BeforeAfter, ...]
    """At most twenty: where the judge sees the largest gains and losses."""
    report: str | None
    """Address of the training's report, for ten minutes."""
    history: tuple[Audit, ...]
    """Newest first."""


class Decide(Frozen):
    """A deed of a lead. `seen`: the status that the page showed, so that nobody decides on what
    they do not see."""

    reason: Reason = ""
    seen: VersionStatus


class TrainingAsked(Frozen):
    """A training starts within a minute or two, unless the newest dataset has had its own."""

    dataset_version: int


# --- the blind comparison ------------------------------------------------------------------------
class PairView(Frozen):
    """What a reviewer sees: nothing of which answer is whose."""

    version: int
    pair_id: Identifier
    question: str
    context: tuple[SaidBefore, ...]
    first: str
    second: str
    held_until: datetime


class CompareProgress(Frozen):
    done: int
    """Pairs of the comparison that are decided, by anybody."""
    pairs: int
    mine: int
    """Decided by the one who asks."""


class NextPair(Frozen):
    """`pair` is null where there is nothing (more) to compare for this reviewer."""

    pair: PairView | None
    progress: CompareProgress


class Choose(Frozen):
    version: Annotated[int, Field(ge=1)]
    pair_id: Identifier
    choice: Literal["first", "second", "same"]


class WhichPair(Frozen):
    version: Annotated[int, Field(ge=1)]
    pair_id: Identifier


class PairHeld(Frozen):
    held_until: datetime
