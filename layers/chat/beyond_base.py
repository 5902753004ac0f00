"""Print the part of a lock file that a layer below does not carry.

Usage: beyond_base.py BASE_LOCK LOCK [PACKAGE_TO_LEAVE_OUT ...]

Both are hash-locked requirement files (pip's format). Two layers end up in one `sys.path`, where
the first copy of a package wins; so what both locks name must have one version, or this fails.
"""

import re
import sys
from pathlib import Path

# One requirement: from a line that starts with a name to the last continued line.
_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?:[^\n]*\\\n)*[^\n]*\n", re.MULTILINE)


def entries(lock: str) -> dict[str, tuple[str, str]]:
    """Package name → version and the whole entry, with its markers and hashes."""
    return {
        re.sub(r"[-_.]+", "-", found[1]).lower(): (found[2], found[0])
        for found in _ENTRY.finditer(lock)
    }


def beyond(base: str, lock: str, left_out: list[str]) -> str:
    """The entries of `lock` that neither `base` nor `left_out` names.

    Raises ValueError where versions differ, or where `left_out` names what is not locked.
    """
    below, here = entries(base), entries(lock)
    if differing := {
        name for name in below.keys() & here.keys() if below[name][0] != here[name][0]
    }:
        raise ValueError(f"locked to different versions: {', '.join(sorted(differing))}")
    if unknown := set(left_out) - here.keys():
        raise ValueError(f"nothing to leave out: {', '.join(sorted(unknown))}")
    carried = [here[name][1] for name in sorted(here.keys() - below.keys() - set(left_out))]
    return "".join(carried)


if __name__ == "__main__":
    base_lock, chat_lock, *names = sys.argv[1:]
    try:
        print(beyond(Path(base_lock).read_text(), Path(chat_lock).read_text(), names), end="")
    except ValueError as wrong:
        sys.exit(f"{chat_lock}: {wrong}")
