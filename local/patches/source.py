"""Changing ministack's worker script, which is a string, in a way that notices an upgrade."""


class SourceChanged(RuntimeError):
    """The text that a patch replaces isn't there exactly once."""


def replace_once(text: str, old: str, new: str) -> str:
    """Replace the one occurrence of `old`. Raises `SourceChanged`."""
    found = text.count(old)
    if found != 1:
        raise SourceChanged(f"Expected once, found {found} times: {old!r}")
    return text.replace(old, new)
