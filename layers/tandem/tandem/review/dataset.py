"""Builds the dataset: immutable versions under `datasets/v000001/`, each made and announced once.

A build claims a number (`dataset_claims`), so that no two builds ever write into one folder, but
for those with the very same rows, whose bytes are the same. Then comes the test of a new series,
then the conversations, then the files, last `manifest.json`; only then the version is recorded, and
only what is recorded counts. A build that broke off leaves a number unused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from itertools import count

from tandem.review.data_card import card, shortcomings
from tandem.review.dataset_claims import Claim, abandon, chain, claim_number, read_claim
from tandem.review.dataset_contents import Contents, arrange
from tandem.review.dataset_manifest import manifest_of
from tandem.review.dataset_rows import DatasetManifest, Kind, Split
from tandem.review.dataset_sources import Gathered, gather
from tandem.review.events import CandidateRegistered, DatasetBuilt
from tandem.review.frozen_tests import freeze, frozen_tests
from tandem.review.models import DatasetVersion, TrainedModel
from tandem.review.ports import ReviewWorld

_ATTEMPTS = 10
_BROKEN_OFF = timedelta(hours=1)
"""What is not recorded so long after its claim never will be: no build takes that long."""

_MANIFEST, _CARD, _ROWS, _ANNOUNCED = (
    "manifest.json",
    "README.md",
    "rows.txt",
    "announced.json",
)
_DATA_FILES = tuple(kind.path(split) for split in Split for kind in Kind)
_JSON, _JSON_LINES = "application/json", "application/jsonlines"


@dataclass(frozen=True, slots=True)
class Built:
    """`dataset`: the newest version; None: there is none. `reason`: why no new one was made."""

    dataset: DatasetVersion | None
    reason: str = ""

    @property
    def is_new(self) -> bool:
        return not self.reason


class DatasetChangesTooFast(Exception):
    """Other builds and withdrawals came between, each time; the next build tries again."""


def build(world: ReviewWorld, just_completed: str | None = None) -> Built:
    """Make a new version of all labels and experts' answers, if that changes anything.

    `just_completed`: name of a job whose labels the index of labelled candidates may not have yet.
    Raises `DatasetChangesTooFast`.
    """
    job = world.jobs.get(just_completed) if just_completed else None
    just_labeled = job.candidate_ids if job else ()
    versions = world.records.datasets()
    if versions and _manifest(world, versions[0].version) is not None:
        _announce(world, versions[0])
    _sweep(world, {dataset.version for dataset in versions})
    for _ in range(_ATTEMPTS):
        attempt = _Attempt(world, just_labeled)
        reason = attempt.why_not()
        if reason:
            return Built(attempt.newest, reason)
        claimed = attempt.claim()
        if claimed is None:
            continue  # somebody else builds: what they have read must not be newer than this
        dataset = attempt.write(*claimed)
        if dataset is None:
            continue  # a conversation was withdrawn meanwhile, or a test frozen
        if world.records.add_dataset(dataset):
            world.meter.record("DatasetsBuilt", 1, "Count")
        _announce(world, dataset)
        return Built(dataset)
    raise DatasetChangesTooFast(f"{_ATTEMPTS} times something came between")


def register_model(world: ReviewWorld, registered: CandidateRegistered) -> None:
    """Remember which dataset a model was trained on."""
    world.records.add_model(
        TrainedModel(
            model_id=registered.model_id,
            dataset_version=registered.dataset_version,
            at=registered.time,
        )
    )


class _Attempt:
    """One reading of everything, and what comes of it."""

    def __init__(self, world: ReviewWorld, just_labeled: Sequence[str]) -> None:
        self._world = world
        self._policy = world.policies.current().dataset
        self.began = world.clock.now()
        versions = world.records.datasets()
        self.newest = versions[0] if versions else None
        manifests = (_manifest(world, dataset.version) for dataset in versions)
        # Of the newest version whose files somebody has not deleted.
        self._previous = next((found for found in manifests if found is not None), None)
        # Before all that is in the rows: who claims a number later has read more.
        self._chain = chain(world, self.newest.version if self.newest else 0)
        # Never back to a series before: its test may have been trained on since.
        self._series = max(self._policy.test_series, *self._chain.ledger.series, 1)
        self._tests = frozen_tests(world, self._chain.ledger.series)
        self._gathered: Gathered = gather(world, just_labeled)
        self._contents = Contents(self._series)

    def why_not(self) -> str:
        """Why there is nothing to build; empty if there is."""
        labels, least = self._gathered.labels, self._policy.minimum_labels
        if labels < least:
            return f"{labels} labels, and a dataset is built from {least} on"
        self._contents = arrange(
            self._gathered,
            self._policy,
            series=self._series,
            tests=self._tests,
            ledger=self._chain.ledger,
            now=self.began,
        )
        if self.newest is not None and self.newest.inputs == self._contents.digest:
            return f"nothing has changed since version {self.newest.version}"
        return ""

    def claim(self) -> tuple[int, Claim] | None:
        """A number for this dataset. None if another build has come in the way since the reading:
        read again, so that a later number never has less in it."""
        inputs = self._contents.digest
        shared = self._chain.shared(inputs, self.began)
        if shared is not None:
            return shared
        number = self._chain.last + 1
        mine = Claim(inputs=inputs, at=self.began, ledger=self._contents.ledger(self._chain.ledger))
        claim = claim_number(self._world, number, mine)
        return None if claim is None else (number, claim)

    def write(self, number: int, claim: Claim) -> DatasetVersion | None:
        """Write the folder. None if another build has frozen another test, or if one of the
        conversations was withdrawn meanwhile."""
        contents, files = self._contents, self._world.files
        if contents.test is not None and not freeze(
            self._world, contents.test.model_copy(update={"drawn_at": claim.at})
        ):
            return None
        self._world.records.add_members(
            number, sorted(contents.conversations), contents.conversations
        )
        for (kind, split), lines in contents.lines.items():
            files.write(_key(number, kind.path(split)), _joined(lines), _JSON_LINES)
        listed = "".join(f"{row}\n" for row in contents.rows).encode()
        files.write(_key(number, _ROWS), listed, "text/plain; charset=utf-8")
        manifest = self._manifest_of(number, claim)
        self._write_card(manifest)
        if self._world.records.withdrawn(contents.conversations):
            return None
        body = manifest.model_dump_json(indent=2).encode()
        if not files.write_new(_key(number, _MANIFEST), body, _JSON):
            # Of the very same rows, by a build that shares the number. What else it says stays.
            manifest = _manifest(self._world, number) or manifest
            self._write_card(manifest)
        return DatasetVersion(
            version=number,
            uri=files.uri(_key(number, "")),
            inputs=claim.inputs,
            counts=manifest.counts(),
            conversations=manifest.conversations,
            test_series=manifest.test_series,
            shortcomings=tuple(shortcomings(manifest)),
            built_at=claim.at,
        )

    def _manifest_of(self, number: int, claim: Claim) -> DatasetManifest:
        return manifest_of(
            self._gathered,
            self._contents,
            self._policy,
            version=number,
            built_at=claim.at,
            inputs=claim.inputs,
            previous=self._previous,
            previous_rows=self._previous_rows(),
            series_drawn=claim.ledger.series,
            withdrawals=len(self._world.records.withdrawals()),
        )

    def _write_card(self, manifest: DatasetManifest) -> None:
        key = _key(manifest.version, _CARD)
        self._world.files.write(key, card(manifest).encode(), "text/markdown; charset=utf-8")

    def _previous_rows(self) -> bytes:
        if self._previous is None:
            return b""
        try:
            return self._world.files.read(_key(self._previous.version, _ROWS))
        except KeyError:
            return b""


def _key(version: int, name: str) -> str:
    return f"datasets/v{version:06d}/{name}"


def _joined(lines: Sequence[bytes]) -> bytes:
    # A buffer gives its bytes away without a second copy.
    body = BytesIO()
    body.writelines(lines)
    return body.getvalue()


def _manifest(world: ReviewWorld, version: int) -> DatasetManifest | None:
    try:
        return DatasetManifest.model_validate_json(world.files.read(_key(version, _MANIFEST)))
    except KeyError:
        return None


def _announce(world: ReviewWorld, dataset: DatasetVersion) -> None:
    """Tell the bus of a recorded version, unless it was told."""
    key = _key(dataset.version, _ANNOUNCED)
    try:
        world.files.read(key)
    except KeyError:
        event = DatasetBuilt(
            id=f"dataset-built-{dataset.version}",
            time=dataset.built_at,
            dataset_version=dataset.version,
            uri=dataset.uri,
            counts=dataset.counts,
        )
        world.bus.publish([event])
        world.files.write(key, event.model_dump_json().encode(), _JSON)


def _sweep(world: ReviewWorld, recorded: set[int]) -> None:
    """Empty the folders that builds which broke off have left."""
    now = world.clock.now()
    for number in count(1):
        if number in recorded:
            continue
        claim = read_claim(world, number)
        if claim is None:
            if number > max(recorded, default=0):
                return
            continue
        if claim.abandoned or now - claim.at < _BROKEN_OFF:
            continue
        for name in (_MANIFEST, _CARD, _ROWS, *_DATA_FILES):
            world.files.delete(_key(number, name))
        abandon(world, number, claim)
