"""Who sits at the desk."""

from tandem.live.models import Frozen, Person
from tandem.live.ports import World


class PersonView(Frozen):
    """Somebody at the desk, as their colleagues see them."""

    user: str
    """The name that conversations are claimed by and reassigned to."""
    name: str
    """The display name."""
    lead: bool

    @classmethod
    def of(cls, person: Person) -> "PersonView":
        return cls(user=person.user, name=person.name, lead=person.is_lead)


class People(Frozen):
    """Who has the desk open now, each once, by name."""

    people: tuple[PersonView, ...]


def people(world: World) -> People:
    """From the desk's open sockets: somebody with several windows is one person."""
    there = [PersonView.of(c.person) for c in world.connections.of_desk() if c.person]
    each = {view.user: view for view in there}.values()
    return People(people=tuple(sorted(each, key=lambda view: (view.name.casefold(), view.user))))
