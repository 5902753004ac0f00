"""How training runs and model versions move from one state to the next.

Each move is one conditional write, and is decided anew when somebody else was faster: of two who
want the same, one does it and the other finds it done.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from tandem.live.errors import Conflict
from tandem.tuning.models import ModelVersion, Stored, TrainingRun
from tandem.tuning.ports import TuningWorld

_ATTEMPTS = 10


def change_run(
    world: TuningWorld,
    run: TrainingRun,
    change: Callable[[TrainingRun], Mapping[str, object] | None],
) -> TrainingRun:
    """Change a run; `change` returns None where there is nothing to change.

    Returns the run as it is then. Raises `Conflict` when too many change it at once.
    """
    return _change(world.runs, run.name, run, change)


def change_version(
    world: TuningWorld,
    version: ModelVersion,
    change: Callable[[ModelVersion], Mapping[str, object] | None],
) -> ModelVersion:
    """Change a model version; `change` returns None where there is nothing to change.

    Returns the version as it is then. Raises `Conflict` when too many change it at once.
    """
    return _change(world.versions, version.version, version, change)


def move_version(
    world: TuningWorld,
    version: ModelVersion,
    change: Callable[[ModelVersion], Mapping[str, object] | None],
) -> tuple[ModelVersion, bool]:
    """As `change_version`; also whether it was this call that changed it. Of two who want the same,
    one tells of it."""
    did = False

    def noticed(found: ModelVersion) -> Mapping[str, object] | None:
        nonlocal did
        changes = change(found)
        did = changes is not None
        return changes

    after = change_version(world, version, noticed)
    return after, did


def changed[T: Stored](document: T, **changes: object) -> T:
    """As `replace` of a store takes it: the next revision."""
    return document.model_copy(update={"revision": document.revision + 1, **changes})


class _Store[K, T](Protocol):
    def get(self, key: K, /) -> T | None: ...

    def replace(self, before: T, after: T) -> None: ...


def _change[K, T: Stored](
    store: _Store[K, T], key: K, document: T, change: Callable[[T], Mapping[str, object] | None]
) -> T:
    found = document
    for _ in range(_ATTEMPTS):
        changes = change(found)
        if changes is None:
            return found
        after = changed(found, **changes)
        try:
            store.replace(found, after)
        except Conflict:
            found = store.get(key) or found
            continue
        return after
    raise Conflict(f"{key}: too many change it at once")
