"""What a process of Lambda makes once, forgotten: the next door is wired anew."""

import sys

from tandem.aws import bootstrap, clients, review_bootstrap, tuning_bootstrap


def forget(*doors: str) -> None:
    """Let nothing be left of what was wired, nor of the modules of these doors."""
    for door in doors:
        sys.modules.pop(door, None)
    for module in (bootstrap, clients, review_bootstrap, tuning_bootstrap):
        for made in vars(module).values():
            if hasattr(made, "cache_clear"):
                made.cache_clear()
