"""The two answers to a question of the test, of what the live model said to it.

A candidate with weights has answered the test when it was trained, once each: it is compared with
single answers of the live model. A candidate of kind `reward_model` picks among drafts of the live
model, as many as the chat makes; there the live model's answer is the draft that its own reward
model would pick, or the first.
"""

from collections.abc import Sequence

from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import ModelReference
from tandem.live.policy import Answering
from tandem.tuning.answer_figures import is_empty
from tandem.tuning.answered import Answered
from tandem.tuning.models import ModelVersion, TestAnswers
from tandem.tuning.ports import Rater, Raters
from tandem.tuning.rewards.asked import Asked

DRAFTS = 4
"""Among which a reward model picks where the chat sends one: so many are drawn for it in the
measurements that the chat's option rests on."""


def drafts_of(version: ModelVersion, answering: Answering) -> int:
    """How many the live model makes of each answer."""
    if version.kind == "weights":
        return 1
    return answering.best_of if answering.best_of > 1 else DRAFTS


class Unusable(Exception):
    """The candidate's reward model cannot be read; the text says why."""


class Pick:
    """`drafts`: how many there are of each answer."""

    def __init__(
        self, raters: Raters, version: ModelVersion, live: ModelReference, answering: Answering
    ) -> None:
        """Raises `Unusable`."""
        self.drafts = drafts_of(version, answering)
        self._new: Rater | None = None
        self._old: Rater | None = None
        if version.kind == "reward_model":
            try:
                self._new = raters.load(version.reward_model_uri)
            except KeyError:
                raise Unusable("The training left no reward model.") from None
            except ValueError as error:
                raise Unusable(f"Its reward model cannot be used: {error}") from None
            self._old = _loaded(raters, live.reward_model)

    def of(self, question: TestAnswers, said: Sequence[str] | ModelFailure) -> Answered:
        """`said`: the drafts; of a question that the model does not take there are none, as the
        chat would send none."""
        drafts = ("",) * self.drafts if isinstance(said, ModelFailure) else said
        live = _best(self._old, question, drafts)
        if self._new is None:
            candidate = question.candidate_answer or ""
        else:
            candidate = _best(self._new, question, drafts)
        return Answered(
            prompt_id=question.prompt_id,
            question=question.prompt,
            topic=question.topic,
            context=question.context,
            live=live,
            candidate=candidate,
        )


def _loaded(raters: Raters, uri: str | None) -> Rater | None:
    """The live model's own reward model, where it has one that works: the chat, too, goes on
    without."""
    if uri is None:
        return None
    try:
        return raters.load(uri)
    except (KeyError, ValueError):
        return None


def _best(rater: Rater | None, question: TestAnswers, drafts: Sequence[str]) -> str:
    """What the chat would send of these drafts: the first without a rater, otherwise the one with
    the highest rating; none where half of them or more say that there is no answer."""
    if rater is None:
        return drafts[0]
    said = [draft for draft in drafts if not is_empty(draft)]
    if 2 * len(said) <= len(drafts):
        return ""
    ratings = [predicted.rating for predicted in rater.predict(_asked(question), said)]
    return said[ratings.index(max(ratings))]


def _asked(question: TestAnswers) -> Asked:
    context = tuple((said.author, said.text) for said in question.context)
    return Asked(question.prompt, context)
