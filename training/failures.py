"""What ends a training with a reason that a person can act upon."""

import errno
import os

DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)


class TrainingError(Exception):
    """The text says in one or two sentences what is wrong, and what to do."""


class Interrupted(Exception):
    """The machine is taken away (SIGTERM). What was reached is in a checkpoint."""


def reason_of(error: BaseException) -> str:
    """For the file `output/failure`."""
    if isinstance(error, TrainingError):
        return str(error)
    if _is_of_a_full_disk(error):
        name = getattr(error, "filename", None)
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


def _is_of_a_full_disk(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in DISK_IS_FULL:
        return True
    # safetensors has an error of its own, with the system's words in it.
    return os.strerror(errno.ENOSPC) in str(error)
