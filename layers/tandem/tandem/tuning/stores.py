"""What the tuning module keeps. The DynamoDB adapters and the in-memory fakes pass the same tests.

Whatever is `Stored` is changed by `replace(before, after)`: `after.revision` must be
`before.revision + 1`, and `Conflict` is raised when the stored revision is not `before`'s, so that
of two who change the same thing at once one reads again and decides again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from tandem.tuning.models import Audit, ModelVersion, Pair, TrainingRun, TrialFigures, TrialRecord


class Runs(Protocol):
    def add(self, run: TrainingRun) -> bool:
        """False if there is one of this name."""

    def get(self, name: str) -> TrainingRun | None:
        """Strongly consistent."""

    def replace(self, before: TrainingRun, after: TrainingRun) -> None:
        """Raises `Conflict`."""

    def unfinished(self) -> list[TrainingRun]: ...

    def recent(self, limit: int) -> list[TrainingRun]:
        """Newest first."""


class Versions(Protocol):
    def add(self, version: ModelVersion) -> bool:
        """False if there is one of this number."""

    def get(self, version: int) -> ModelVersion | None:
        """Strongly consistent."""

    def replace(self, before: ModelVersion, after: ModelVersion) -> None:
        """Raises `Conflict`."""

    def all(self) -> list[ModelVersion]:
        """Newest first. Strongly consistent."""


class Pairs(Protocol):
    def add(self, pairs: Iterable[Pair]) -> None:
        """Store those that are not there yet."""

    def get(self, version: int, pair_id: str) -> Pair | None:
        """Strongly consistent."""

    def replace(self, before: Pair, after: Pair) -> None:
        """Raises `Conflict`."""

    def of(self, version: int) -> list[Pair]:
        """By `pair_id`. Strongly consistent."""

    def remove(self, version: int) -> int:
        """Remove all of a version; returns how many there were."""


class Trials(Protocol):
    def note(self, record: TrialRecord) -> bool:
        """Count a conversation once for its arm, and once more when it has gone badly (also where
        its first answer was never noted). False if nothing is new. The arm that was noted first
        counts."""

    def arm_of(self, version: int, conversation_id: str) -> str | None: ...

    def note_call(self, version: int, conversation_id: str, at: datetime) -> None:
        """A person was called without any model; of several calls the last one stays."""

    def called_at(self, version: int, conversation_id: str) -> datetime | None:
        """Strongly consistent."""

    def figures(self, version: int) -> TrialFigures:
        """Strongly consistent."""


class History(Protocol):
    def note(self, entry: Audit) -> None: ...

    def of(self, subject: str, limit: int) -> list[Audit]:
        """Newest first."""

    def recent(self, limit: int) -> list[Audit]:
        """Of all subjects, newest first."""
