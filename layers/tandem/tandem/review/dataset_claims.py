"""Who builds which version: `datasets/builds/000001.json`, written only where there is none.

The claims are a chain. A build reads it to its end, then everything else, and claims the number
after it; where another build was faster, it reads again. So no two builds ever write into one
folder, a later number never has less in it, and each claim's ledger holds all that the claims
before it have put into a split, also those of builds that are still at work or broke off.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from tandem.live.models import Frozen
from tandem.review.ports import ReviewWorld
from tandem.review.splits import Ledger

_SHARED = timedelta(minutes=30)
"""So long after a claim another build with the same rows goes on with it."""
_JSON = "application/json"


class Claim(Frozen):
    """`at`: when its build began to read."""

    inputs: str
    at: datetime
    ledger: Ledger
    """What was put where, up to and with this build."""
    abandoned: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """The claims after the newest version, and the ledger of the last of all."""

    last: int
    ledger: Ledger
    unrecorded: dict[int, Claim]

    def shared(self, inputs: str, now: datetime) -> tuple[int, Claim] | None:
        """The claim to the very same dataset, by another build or by one that broke off a moment
        ago."""
        shared = (each for each in self.unrecorded.items() if _is_shared(each[1], inputs, now))
        return next(shared, None)


def chain(world: ReviewWorld, newest: int) -> Chain:
    """`newest`: the number of the newest version; 0 without one."""
    found = (read_claim(world, number) for number in range(newest, 0, -1))
    before = next((claim for claim in found if claim is not None), None)
    ledger = before.ledger if before is not None else Ledger()
    unrecorded: dict[int, Claim] = {}
    for number in count(newest + 1):
        claim = read_claim(world, number)
        if claim is None:
            return Chain(number - 1, ledger, unrecorded)
        unrecorded[number] = claim
        ledger = claim.ledger
    raise AssertionError  # there are numbers enough


def claim_number(world: ReviewWorld, number: int, mine: Claim) -> Claim | None:
    """Mine, or another build's to the very same dataset; None if the number is taken."""
    if world.files.write_new(_key(number), mine.model_dump_json().encode(), _JSON):
        return mine
    theirs = read_claim(world, number)
    if theirs is not None and _is_shared(theirs, mine.inputs, mine.at):
        return theirs
    return None


def read_claim(world: ReviewWorld, number: int) -> Claim | None:
    try:
        return Claim.model_validate_json(world.files.read(_key(number)))
    except KeyError:
        return None


def abandon(world: ReviewWorld, number: int, claim: Claim) -> None:
    """Nobody goes on with it any more. What it has put into a split stays there."""
    abandoned = claim.model_copy(update={"abandoned": True})
    world.files.write(_key(number), abandoned.model_dump_json().encode(), _JSON)


def _is_shared(theirs: Claim, inputs: str, now: datetime) -> bool:
    return theirs.inputs == inputs and now - theirs.at < _SHARED and not theirs.abandoned


def _key(number: int) -> str:
    return f"datasets/builds/{number:06d}.json"
