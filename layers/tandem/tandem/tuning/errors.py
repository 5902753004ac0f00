"""What can go wrong at the models' pages, each with a code that clients can rely on."""

from tandem.live.errors import LiveError


class NotPossible(LiveError):
    """The version's state, or the world's, does not allow this now; the text says why."""

    code = "not_possible"
    status = 409


class SeenOtherwise(LiveError):
    """The version is no longer what the lead has seen."""

    code = "changed_meanwhile"
    status = 409


class NothingToTrainOn(LiveError):
    """There is no dataset, or none that a training could start on; the text says why."""

    code = "nothing_to_train_on"
    status = 409


class PairGone(LiveError):
    """The pair is not to be compared (by this reviewer) any more; the next one is."""

    code = "pair_gone"
    status = 409
