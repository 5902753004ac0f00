"""Erases what the tuning keeps of conversations that customers have withdrawn.

No row of a dataset names a conversation, so nobody can tell which of a training's texts are of one.
Where its dataset holds a withdrawn conversation, all go: the pairs that people compare, the answers
to the test of both models, and the training's report. Figures, the verdict and what people chose in
numbers stay, and so does the model.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from tandem.tuning.answered import answered_uris
from tandem.tuning.audit import BY_POLICY, note, of_version
from tandem.tuning.models import ModelVersion, RunStatus, TrainingRun
from tandem.tuning.ports import Files, TuningWorld, WithdrawnDatasets

ERASED_FOR = timedelta(days=7)
"""So long a withdrawal is looked after: for what was being written when it came."""
_RUNS = 100
_TEXTS = ("evaluation/test_answers.jsonl", "report.html")
"""Of what a training leaves in its folder."""
_BECAUSE = "a conversation of its dataset was withdrawn"


@dataclass(frozen=True, slots=True)
class Erasing:
    """What only erasing needs of the world. `evaluations`, `runs`: URIs of the folders of all
    evaluations and of what all trainings have made."""

    files: Files
    withdrawn: WithdrawnDatasets
    evaluations: str
    runs: str


def withheld(world: TuningWorld, withdrawn: WithdrawnDatasets) -> frozenset[int]:
    """Versions of datasets whose texts are shown to nobody any more: they are erased, or will be
    within minutes."""
    return withdrawn.since(world.clock.now() - ERASED_FOR)


def erase_withdrawn(world: TuningWorld, erasing: Erasing) -> list[str]:
    """Erase the texts of all trainings whose dataset holds what was withdrawn lately; again and
    again, since an evaluation that was at work may have written some of them once more.

    Returns the subjects (`version-4`, or the name of a run that came to nothing) of which there was
    something. What fails keeps nothing else from being erased: its error is raised at the end.
    """
    of_datasets = withheld(world, erasing.withdrawn)
    if not of_datasets:
        return []
    erased: list[str] = []
    errors: list[Exception] = []

    def attempt(subject: str, step: Callable[[], bool]) -> None:
        try:
            if step():
                erased.append(subject)
                note(world, BY_POLICY, "texts erased", subject, because=_BECAUSE)
        except Exception as error:
            errors.append(error)

    for version in world.versions.all():
        if version.dataset_version in of_datasets:
            attempt(of_version(version.version), partial(_of_version, world, erasing, version))
    for run in world.runs.recent(_RUNS):
        if run.dataset_version in of_datasets and run.status is RunStatus.FAILED:
            attempt(run.name, partial(_of_run, erasing, run))
    if errors:
        raise ExceptionGroup("some texts that were withdrawn could not be erased", errors)
    return erased


def _of_version(world: TuningWorld, erasing: Erasing, version: ModelVersion) -> bool:
    pairs = world.pairs.remove(version.version)
    answers = answered_uris(erasing.evaluations, version)
    return _deleted(erasing, [*answers, *_left_by_training(version.folder)]) or pairs > 0


def _of_run(erasing: Erasing, run: TrainingRun) -> bool:
    return _deleted(erasing, _left_by_training(f"{erasing.runs}/{run.name}/output/model"))


def _left_by_training(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in _TEXTS]


def _deleted(erasing: Erasing, uris: Iterable[str]) -> bool:
    there = [uri for uri in uris if erasing.files.exists(uri)]
    for uri in there:
        erasing.files.delete_uri(uri)
    return bool(there)
