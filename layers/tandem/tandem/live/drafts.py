"""Several drafts of one answer, made at the same time, of which the one that people would rate
best goes out.

The first draft is made as the only one would be, so that the best is never worse than that in the
eyes of whoever predicts the ratings; the others are made at a higher temperature, so that they
differ. What a single draft suffers (the model fails, a guardrail intervenes, nothing comes) costs
that draft alone while one is left. A draft that says that the passages do not hold the answer is a
vote: where half of the drafts or more say so, it is believed, whatever the others make up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread

from tandem.live.errors import ModelFailure
from tandem.live.models import seconds
from tandem.live.policy import Answering
from tandem.live.ports import (
    AnswerModel,
    CannotAnswer,
    Clock,
    Finished,
    Piece,
    PredictedRating,
    Prompt,
)

SHORTEST_PATIENCE_SECONDS = 1.0
"""For drafts that are late: see `make_drafts`."""
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Made:
    """One draft as it ended: `finished`, or `failed`."""

    text: str = ""
    cannot: CannotAnswer | None = None
    finished: Finished | None = None
    failed: ModelFailure | None = None

    @property
    def guarded(self) -> bool:
        return self.finished is not None and self.finished.stop == "guardrail"

    @property
    def answers(self) -> bool:
        """It can go out."""
        ended_well = self.finished is not None and self.cannot is None and not self.guarded
        return ended_well and bool(self.text.strip())


@dataclass(frozen=True, slots=True)
class Chosen:
    """What becomes of the drafts."""

    made: Made
    """With the tokens of all drafts in its `usage`."""
    prediction: PredictedRating | None = None


def prompts_of(prompt: Prompt, answering: Answering) -> list[Prompt]:
    """One for each draft."""
    warmer = replace(prompt, temperature=answering.draft_temperature)
    return [prompt, *[warmer] * (answering.best_of - 1)]


def make_drafts(model: AnswerModel, prompts: Sequence[Prompt], clock: Clock) -> list[Made]:
    """The drafts in the order of their prompts, without those that were too late.

    Once half of them are there, the others have as long again: the slowest of several is often
    much slower than one, and the customer waits.
    """
    done: SimpleQueue[tuple[int, Made]] = SimpleQueue()

    def make(number: int, prompt: Prompt) -> None:
        done.put((number, _draft(model, prompt)))

    begun = clock.now()
    for number, prompt in enumerate(prompts):
        Thread(target=make, args=(number, prompt), daemon=True).start()
    made: dict[int, Made] = {}
    until: datetime | None = None
    while len(made) < len(prompts):
        try:
            number, draft = done.get(timeout=_LOOK_SECONDS)
        except Empty:
            if until is not None and clock.now() >= until:
                break
            continue
        made[number] = draft
        there = sum(other.failed is None for other in made.values())
        if until is None and 2 * there >= len(prompts):
            now = clock.now()
            until = now + max(now - begun, seconds(SHORTEST_PATIENCE_SECONDS))
    return [made[number] for number in sorted(made)]


def choose(
    drafts: Sequence[Made], predict: Callable[[list[str]], list[PredictedRating]] | None
) -> Chosen:
    """The best of the drafts, of which there is at least one; without `predict` the first."""
    usable = [draft for draft in drafts if draft.failed is None]
    if not usable:
        return Chosen(drafts[0])
    cannot = [draft for draft in usable if draft.cannot is not None and not draft.guarded]
    answers = [draft for draft in usable if draft.answers]
    if 2 * len(cannot) >= len(usable):
        chosen = Chosen(cannot[0])
    elif not answers:
        chosen = Chosen(next((draft for draft in usable if draft.guarded), usable[0]))
    elif predict is None or len(ratings := predict([d.text.strip() for d in answers])) == 0:
        chosen = Chosen(answers[0])
    else:
        best = max(range(len(answers)), key=lambda number: ratings[number].rating)
        chosen = Chosen(answers[best], ratings[best])
    assert chosen.made.finished is not None
    finished = replace(chosen.made.finished, usage=_usage(drafts))
    return replace(chosen, made=replace(chosen.made, finished=finished))


def _draft(model: AnswerModel, prompt: Prompt) -> Made:
    pieces: list[str] = []
    cannot = None
    try:
        for report in model.stream(prompt):
            match report:
                case Piece(text):
                    pieces.append(text)
                case CannotAnswer():
                    cannot = report
                case Finished():
                    return Made("".join(pieces), cannot, report)
    except ModelFailure as error:
        return Made(failed=error)
    except Exception as error:
        # A thread's exception would leave the turn waiting for ever.
        return Made(failed=ModelFailure("unexpected", repr(error)))
    return Made(failed=ModelFailure("unavailable", "the stream ended without an end"))


def _usage(drafts: Sequence[Made]) -> dict[str, int]:
    total: dict[str, int] = {}
    for draft in drafts:
        for name, tokens in (draft.finished.usage if draft.finished else {}).items():
            total[name] = total.get(name, 0) + tokens
    return total
