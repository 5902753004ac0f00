"""The model pointer where it is moved: `tandem.tuning.ports.Pointer` over its two parameters.

One says what was deployed, and is only read: gate and guardrail are that one's. The other says what
answers and what is in a trial, and is moved.

Parameter Store has no conditional write. Two writers are kept apart by a lock in the tuning table:
a document that is changed by conditional writes alone, and that whoever finds it expired takes
over. Under the lock the parameter is read, compared, and written. The lock also remembers the
version of the parameter that was written last, so that an answer of the service that is older is
not believed.

What moves the parameter past this lock (a person at the console, a deploy of the stack) is not kept
apart; it is seen by the next read.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from tandem.aws.document_table import item_of
from tandem.aws.environment import PointerSettings
from tandem.aws.parameters import NoDocument
from tandem.aws.tuning_table import TuningTable
from tandem.live.errors import Conflict
from tandem.live.model_pointer import Models, Promoted
from tandem.live.models import Frozen
from tandem.live.ports import Clock
from tandem.tuning.models import Stored

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient

LEASE = timedelta(seconds=40)
"""After so long, who holds the lock is taken to be dead."""
ENOUGH = timedelta(seconds=25)
"""What must be left of it before the parameter is written: longer than the client tries to."""
SETTLED = timedelta(seconds=60)
"""After so long, an older version is no late answer: somebody has made the parameter anew."""
_KEY = ("POINTER", "LOCK")
_ATTEMPTS = 40
_WAIT_SECONDS = 0.1


class Lock(Stored):
    """`until`: it is held until then. `written`: the parameter's version of the last write."""

    until: datetime | None = None
    written: int = 0
    written_at: datetime | None = None


class ParameterPointer:
    """`Pointer`. What it reads is never kept, unlike what the chat reads (`parameters.models`)."""

    def __init__(
        self,
        client: "SSMClient",
        names: PointerSettings,
        table: TuningTable,
        clock: Clock,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._names = names
        self._table = table
        self._clock = clock
        self._wait = wait

    def read(self) -> Models:
        """Raises `NoDocument`, and `Conflict` while the service only gives an older document."""
        return self._read(self._lock())

    def write(self, before: Models, after: Models) -> None:
        lock = self._take()
        written = lock.written
        try:
            if self._read(lock) != before:
                raise Conflict("the model pointer has changed")
            if lock.until is None or lock.until - self._clock.now() < ENOUGH:
                raise Conflict("reading the model pointer took too long")
            moved = Promoted(answer=after.answer, trial=after.trial)
            written = self._client.put_parameter(
                Name=self._names.pointer_parameter,
                Value=moved.model_dump_json(exclude_none=True),
                Overwrite=True,
            )["Version"]
        finally:
            self._release(lock, written)

    # --- the parameters --------------------------------------------------------------------------
    def _read(self, lock: Lock) -> Models:
        deployed, _ = self._document(self._names.model_parameter, Models)
        for _ in range(_ATTEMPTS):
            promoted, version = self._document(self._names.pointer_parameter, Promoted)
            if version >= lock.written or self._is_settled(lock):
                return promoted.over(deployed)
            self._wait(_WAIT_SECONDS)
        raise Conflict("the model pointer was written a moment ago, and is not to be seen yet")

    def _document[T: Frozen](self, name: str, kind: type[T]) -> tuple[T, int]:
        """With the parameter's version."""
        try:
            found = self._client.get_parameter(Name=name)["Parameter"]
            return kind.model_validate_json(found["Value"]), found["Version"]
        except (ValidationError, self._client.exceptions.ParameterNotFound) as error:
            raise NoDocument(f"{name} holds no valid document: {error}") from error

    def _is_settled(self, lock: Lock) -> bool:
        return lock.written_at is None or self._clock.now() - lock.written_at >= SETTLED

    # --- the lock --------------------------------------------------------------------------------
    def _lock(self) -> Lock:
        return self._table.get(Lock, *_KEY) or Lock()

    def _take(self) -> Lock:
        """Raises `Conflict` when others hold it all the time: they have moved the pointer."""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._wait(_WAIT_SECONDS)
            lock, now = self._lock(), self._clock.now()
            if lock.until is not None and now < lock.until:
                continue
            taken = self._changed(lock, until=now + LEASE)
            if taken is not None:
                return taken
        raise Conflict("another one is moving the model pointer")

    def _release(self, lock: Lock, written: int) -> None:
        # One who was taken for dead has nothing to release any more.
        changes: dict[str, object] = {"until": None}
        if written != lock.written:
            changes |= {"written": written, "written_at": self._clock.now()}
        self._changed(lock, **changes)

    def _changed(self, lock: Lock, **changes: object) -> Lock | None:
        """None if another one was faster."""
        after = lock.model_copy(update={**changes, "revision": lock.revision + 1})
        item = item_of(*_KEY, after)
        if lock.revision == 0:
            return after if self._table.add(item) else None
        try:
            self._table.replace(item, lock.revision)
        except Conflict:
            return None
        return after
