"""The events of the review module on the bus, and the one of the tuning module that it listens to.

JSON Schemas are exported to `docs/schemas/`, a sample of each lies in `events/`.
"""

from typing import ClassVar, Literal

from pydantic import Field

from tandem.bus_event import BusEvent
from tandem.live.models import Identifier
from tandem.review.models import Backend

SOURCE = "tandem.review"


class ReviewEvent(BusEvent):
    source: ClassVar[str] = SOURCE


class CandidatesWaiting(ReviewEvent):
    """So many candidates wait that a labelling job is worth it."""

    detail_type: ClassVar[str] = "Candidates Waiting"

    waiting: int = Field(ge=1)


class LabelingRequested(ReviewEvent):
    """Somebody asks for a labelling job now, whatever waits."""

    detail_type: ClassVar[str] = "Labeling Requested"

    requested_by: str


class LabelingJobDrained(ReviewEvent):
    """The review queue has nothing more to rate in a job: what `SageMaker Ground Truth Labeling Job
    State Change` is for the other backend."""

    detail_type: ClassVar[str] = "Labeling Job Drained"

    job: str


class LabelingCompleted(ReviewEvent):
    """A job's labels are with their candidates; what has none is back, or listed with why not."""

    detail_type: ClassVar[str] = "Labeling Completed"

    job: str
    backend: Backend
    status: Literal["completed", "failed"]
    labeled: int
    returned: int
    output_uri: str | None
    reason: str = ""


class DatasetBuilt(ReviewEvent):
    """A new version lies under `uri`, with `manifest.json`."""

    detail_type: ClassVar[str] = "Dataset Built"

    dataset_version: int
    uri: str
    counts: dict[str, int]


class KnowledgeAdded(ReviewEvent):
    """The knowledge base finds an article (anew): answers may cite it from now on; or, with
    `at_next_sync`, it lies in the knowledge bucket to be read."""

    detail_type: ClassVar[str] = "Knowledge Added"

    article_id: Identifier
    approved_by: str
    at_next_sync: bool = False
    """It counts from the next synchronization of the S3 data source on, which no event tells of."""


class KnowledgeRemoved(ReviewEvent):
    """The knowledge base no longer holds an article; or, with `at_next_sync`, it is deleted from
    the knowledge bucket."""

    detail_type: ClassVar[str] = "Knowledge Removed"

    article_id: Identifier
    because: Literal["expired", "withdrawn"]
    at_next_sync: bool = False
    """As of `KnowledgeAdded`: until then answers may cite it."""


class CandidateRegistered(BusEvent):
    """A model was trained on a dataset: a withdrawal can say which models had seen a conversation.

    Sent by the tuning module, or by a training of your own.
    """

    source: ClassVar[str] = "tandem.tuning"
    detail_type: ClassVar[str] = "Candidate Registered"

    model_id: str = Field(min_length=1, max_length=2048)
    dataset_version: int = Field(ge=1)


EVENTS: tuple[type[BusEvent], ...] = (
    CandidatesWaiting,
    LabelingRequested,
    LabelingJobDrained,
    LabelingCompleted,
    DatasetBuilt,
    KnowledgeAdded,
    KnowledgeRemoved,
)
