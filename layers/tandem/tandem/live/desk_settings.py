"""What the desk's page has to know of the policy, and of who has signed in."""

from tandem.live.models import Frozen, Person
from tandem.live.people import PersonView
from tandem.live.policy import CannedReply
from tandem.live.ports import World


class DeskSettings(Frozen):
    """Who has signed in, and the rules and texts that they work with."""

    me: PersonView
    heartbeat_seconds: int
    """Who holds a conversation shows a sign of life (`present`) more often than this."""
    max_message_chars: int
    canned_replies: tuple[CannedReply, ...]


def desk_settings(world: World, person: Person) -> DeskSettings:
    """From the policy alone: nothing else is read."""
    policy = world.policies.current()
    return DeskSettings(
        me=PersonView.of(person),
        heartbeat_seconds=policy.presence.heartbeat_seconds,
        max_message_chars=policy.limits.max_message_chars,
        canned_replies=policy.desk.canned_replies,
    )
