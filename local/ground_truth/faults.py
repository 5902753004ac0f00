"""What goes wrong with labelling jobs, on request."""


class Faults:
    """What goes wrong with the jobs that end from now on."""

    def __init__(self) -> None:
        self._events = 1
        self._fail_at: int | None = None

    def set(self, events: int, fail_at_batch: int | None) -> None:
        """`events`: how often the state change is sent, 0 loses it. `fail_at_batch`: the number of
        the batch of labels that breaks off, counted from 1."""
        self._events = events
        self._fail_at = fail_at_batch

    def events(self) -> int:
        return self._events

    def before_consolidation(self) -> None:
        """Raises where the batch is the one to break off."""
        if self._fail_at is not None:
            self._fail_at -= 1
            if self._fail_at == 0:
                self._fail_at = None
                raise RuntimeError("InternalServerError: the service broke off")
