"""What ends a training with a reason that a person can act upon."""

import errno
import os
from collections.abc import Iterator

DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)


class TrainingError(Exception):
    """The text says in one or two sentences what is wrong, and what to do."""


class Interrupted(BaseException):
    """The machine is taken away (SIGTERM). What was reached is in a checkpoint.

    No Exception: it may come anywhere, and whoever reads a file that may be broken would take it
    for what is wrong with the file.
    """


def reason_of(error: BaseException) -> str:
    """For the file `output/failure`."""
    if isinstance(error, TrainingError):
        return str(error)
    full = next((one for one in _chain(error) if _is_of_a_full_disk(one)), None)
    if full is not None:
        name = getattr(full, "filename", None)
        where = f" while writing {name}" if name else ""
        return (
            f"The disk is full{where}: give the training job a larger volume, or make room, and "
            "start it again; it goes on from its newest checkpoint."
        )
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return (
            "There is not enough memory for this base with these settings: use a larger instance, "
            "a smaller batch_size or max_new_tokens, or eight_bit."
        )
    return f"The training broke off: {type(error).__name__}: {error}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """It and what it came of: torch reports a failed write as an error of its own kind."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _is_of_a_full_disk(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in DISK_IS_FULL:
        return True
    # safetensors has an error of its own, with the system's words in it; torch does not ask why a
    # file could not be written, and hardly anything else is ever in its way.
    said = str(error)
    return os.strerror(errno.ENOSPC) in said or (
        isinstance(error, RuntimeError) and "iostream error" in said
    )
