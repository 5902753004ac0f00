"""Training runs, model versions, pairs and the audit trail in the tuning module's table."""

from collections.abc import Iterable
from itertools import islice

from tandem.aws.attributes import Item, instant
from tandem.aws.document_table import item_of
from tandem.aws.tuning_table import TuningTable
from tandem.tuning.models import Audit, ModelVersion, Pair, TrainingRun


class DynamoRuns:
    """`Runs`."""

    def __init__(self, table: TuningTable) -> None:
        self._table = table

    def add(self, run: TrainingRun) -> bool:
        return self._table.add(_run(run))

    def get(self, name: str) -> TrainingRun | None:
        return self._table.get(TrainingRun, f"RUN#{name}", "RUN")

    def replace(self, before: TrainingRun, after: TrainingRun) -> None:
        self._table.replace(_run(after), before.revision)

    def unfinished(self) -> list[TrainingRun]:
        items = self._table.indexed("state", "RUN#unfinished")
        return [TrainingRun.model_validate_json(item["doc"]["S"]) for item in items]

    def recent(self, limit: int) -> list[TrainingRun]:
        items = self._table.indexed("time", "RUN", backwards=True, page=limit)
        return [TrainingRun.model_validate_json(item["doc"]["S"]) for item in islice(items, limit)]


def _run(run: TrainingRun) -> Item:
    at = instant(run.started_at)
    state = None if run.status.ended else ("RUN#unfinished", at)
    return item_of(f"RUN#{run.name}", "RUN", run, state=state, time=("RUN", at))


class DynamoVersions:
    """`Versions`."""

    def __init__(self, table: TuningTable) -> None:
        self._table = table

    def add(self, version: ModelVersion) -> bool:
        return self._table.add(_version(version))

    def get(self, version: int) -> ModelVersion | None:
        return self._table.get(ModelVersion, "VERSIONS", f"{version:010d}")

    def replace(self, before: ModelVersion, after: ModelVersion) -> None:
        self._table.replace(_version(after), before.revision)

    def all(self) -> list[ModelVersion]:
        items = self._table.below("VERSIONS", backwards=True)
        return [ModelVersion.model_validate_json(item["doc"]["S"]) for item in items]


def _version(version: ModelVersion) -> Item:
    return item_of("VERSIONS", f"{version.version:010d}", version)


class DynamoPairs:
    """`Pairs`."""

    def __init__(self, table: TuningTable) -> None:
        self._table = table

    def add(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            self._table.add(_pair(pair))

    def get(self, version: int, pair_id: str) -> Pair | None:
        return self._table.get(Pair, f"PAIRS#{version}", pair_id)

    def replace(self, before: Pair, after: Pair) -> None:
        self._table.replace(_pair(after), before.revision)

    def of(self, version: int) -> list[Pair]:
        items = self._table.below(f"PAIRS#{version}")
        return [Pair.model_validate_json(item["doc"]["S"]) for item in items]

    def remove(self, version: int) -> int:
        pairs = self.of(version)
        for pair in pairs:
            self._table.delete(f"PAIRS#{version}", pair.pair_id)
        return len(pairs)


def _pair(pair: Pair) -> Item:
    return item_of(f"PAIRS#{pair.version}", pair.pair_id, pair)


class DynamoHistory:
    """`History`."""

    def __init__(self, table: TuningTable) -> None:
        self._table = table

    def note(self, entry: Audit) -> None:
        at = f"{instant(entry.at)}#{entry.entry_id}"
        self._table.put(
            item_of(
                f"AUDIT#{entry.at:%Y-%m}",
                at,
                entry,
                state=("AUDIT", at),
                time=(f"SUBJECT#{entry.subject}", at),
            )
        )

    def of(self, subject: str, limit: int) -> list[Audit]:
        items = self._table.indexed("time", f"SUBJECT#{subject}", backwards=True, page=limit)
        return [Audit.model_validate_json(item["doc"]["S"]) for item in islice(items, limit)]

    def recent(self, limit: int) -> list[Audit]:
        items = self._table.indexed("state", "AUDIT", backwards=True, page=limit)
        return [Audit.model_validate_json(item["doc"]["S"]) for item in islice(items, limit)]
