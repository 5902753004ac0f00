"""What all of SageMaker's resources share: names, tags, roles, events, faults."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from local.sagemaker.events import Send
from local.sagemaker.faults import Faults
from local.sagemaker.names import Names
from local.sagemaker.roles import Assume
from local.sagemaker.tags import Tags

type Begin = Callable[[Callable[[], None]], None]


def in_a_thread(action: Callable[[], None]) -> None:
    threading.Thread(target=action, daemon=True).start()


@dataclass(frozen=True, kw_only=True)
class Account:
    """`assume` gives the clients that a role has, `send` sends an event, `begin` runs what a
    resource does by itself once it was created."""

    names: Names
    tags: Tags
    assume: Assume
    send: Send
    faults: Faults
    begin: Begin = in_a_thread
