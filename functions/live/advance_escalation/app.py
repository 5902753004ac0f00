"""Door of the state machine's tasks: each is one step of an escalation."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from tandem.aws import bootstrap
from tandem.aws.observability import observed
from tandem.live import ladder
from tandem.live.events import EscalationRequested, ExpiryCause
from tandem.live.models import Frozen

WORLD = bootstrap.world()
NOTIFIER = bootstrap.notifier()


class Open(Frozen):
    step: Literal["open"]
    event: EscalationRequested
    execution: str


class Named(Frozen):
    conversation_id: str
    escalation_id: str


class Notify(Named):
    step: Literal["notify"]
    tier_index: int


class Wait(Named):
    step: Literal["wait"]
    waiting_for: Literal["claim", "resolution"]
    token: str


class Requeue(Named):
    step: Literal["requeue"]


class Announce(Named):
    step: Literal["announce"]
    claim_announced: bool = True


class Expire(Named):
    step: Literal["expire"]
    because: ExpiryCause


STEPS: TypeAdapter[Open | Notify | Wait | Requeue | Announce | Expire] = TypeAdapter(
    Annotated[Open | Notify | Wait | Requeue | Announce | Expire, Field(discriminator="step")]
)


@observed
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    match STEPS.validate_python(event):
        case Open(event=requested, execution=execution):
            return ladder.open_(WORLD, requested, execution)
        case Notify(conversation_id=conversation, escalation_id=name, tier_index=index):
            return ladder.notify(WORLD, NOTIFIER, conversation, name, index)
        case Wait(conversation_id=conversation, escalation_id=name) as wait:
            ladder.wait(WORLD, conversation, name, wait.token, wait.waiting_for)
            return {}
        case Requeue(conversation_id=conversation, escalation_id=name):
            return ladder.requeue(WORLD, conversation, name)
        case Announce(conversation_id=conversation, escalation_id=name) as done:
            return ladder.announce(WORLD, conversation, name, claim_announced=done.claim_announced)
        case Expire(conversation_id=conversation, escalation_id=name, because=because):
            return ladder.expire(WORLD, NOTIFIER, conversation, name, because)
