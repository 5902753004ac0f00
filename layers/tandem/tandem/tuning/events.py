"""The events of the tuning module on the bus.

JSON Schemas are exported to `docs/schemas/`, a sample of each lies in `events/`. Its first one,
`Candidate Registered`, is in `tandem.review.events`: the review listens to it.
"""

from typing import ClassVar, Literal

from pydantic import Field

from tandem.bus_event import BusEvent
from tandem.review.events import CandidateRegistered

SOURCE = "tandem.tuning"


class TuningEvent(BusEvent):
    source: ClassVar[str] = SOURCE


class TrainingRequested(TuningEvent):
    """A lead asks for a training on the newest dataset now, however little is new."""

    detail_type: ClassVar[str] = "Training Requested"

    requested_by: str


class TrainingFailed(TuningEvent):
    """Of a training run came no model version."""

    detail_type: ClassVar[str] = "Training Failed"

    run: str
    reason: str


class ComparisonCompleted(TuningEvent):
    """People have compared all pairs of a candidate."""

    detail_type: ClassVar[str] = "Comparison Completed"

    model_version: int = Field(ge=1)


class CandidateJudged(TuningEvent):
    """The gate's verdict on a candidate."""

    detail_type: ClassVar[str] = "Candidate Judged"

    model_version: int = Field(ge=1)
    passed: bool
    reasons: tuple[str, ...]
    """What did not pass."""


class ModelPromoted(TuningEvent):
    """A model answers a share of the conversations that begin from now on, or with 1 all."""

    detail_type: ClassVar[str] = "Model Promoted"

    model_version: int = Field(ge=1)
    model_id: str
    share: float = Field(gt=0, le=1)
    promoted_by: str


class ModelRolledBack(TuningEvent):
    """The pointer went back to the model before."""

    detail_type: ClassVar[str] = "Model Rolled Back"

    model_version: int = Field(ge=1)
    back_to: str
    """Model id of what answers now."""
    because: Literal["trial", "alarm", "lead"]
    reason: str
    rolled_back_by: str


EVENTS: tuple[type[BusEvent], ...] = (
    TrainingRequested,
    TrainingFailed,
    CandidateRegistered,
    ComparisonCompleted,
    CandidateJudged,
    ModelPromoted,
    ModelRolledBack,
)
