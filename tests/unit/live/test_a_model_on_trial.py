"""A candidate answers a share of the conversations: each one stays with its model."""

from dataclasses import replace
from datetime import timedelta

from tandem.live.answering import Answering
from tandem.live.errors import ModelFailure
from tandem.live.events import EscalationRequested, MessageAnswered
from tandem.live.model_pointer import ModelReference, Models, Trial
from tandem.live.models import Conversation
from tandem.live.policy import Policy
from tandem.live.ports import AnswerJudge, Finished
from tests.fakes import START, AnswerStep, ScriptedAnswerModel
from tests.scene import LONG, Scene

LIVE = ModelReference(model_id="live")
CANDIDATE = ModelReference(model_id="candidate", endpoint="tandem-blue", version=3)
QUESTION = "How many endpoints may a new account run?"


def on_trial(share: float = 1.0, since: timedelta = timedelta()) -> Models:
    trial = Trial(model=CANDIDATE, share=share, since=START + since)
    return Models(answer=LIVE, gate=LIVE, trial=trial)


class Asked(Scene):
    """A scene with a model for each reference; `pointer` may move at any time."""

    def __init__(self, pointer: Models, *steps: AnswerStep, policy: Policy | None = None) -> None:
        super().__init__(policy)
        self.pointer = pointer
        self.steps = list(steps) or ["Two."]
        self.reads = 0
        self.judged: list[str] = []

    @property
    def answering(self) -> Answering:
        return replace(super().answering, choose=self._chosen)

    def _chosen(self, conversation: Conversation) -> Answering:
        self.reads += 1
        reference = self.pointer.for_conversation(
            conversation.conversation_id, conversation.created_at
        )
        model = ScriptedAnswerModel(self.steps, model_id=reference.model_id)
        judges = _JudgesOf(self, reference)
        return replace(super().answering, answer_model=model, judges=judges)

    def moves(self, pointer: Models) -> None:
        self.pointer = pointer

    @property
    def models(self) -> list[str | None]:
        return [answer.model_id for answer in self.answers]


class _JudgesOf:
    def __init__(self, scene: Asked, reference: ModelReference) -> None:
        self._scene = scene
        self._model_id = reference.model_id

    def for_conversation(self, conversation: Conversation) -> AnswerJudge | None:
        self._scene.judged.append(self._model_id)
        return self._scene.fakes.judges.for_conversation(conversation)


def test_a_conversation_stays_with_its_model_turn_after_turn() -> None:
    arms = set()
    for version in range(1, 9):  # each trial draws anew
        candidate = CANDIDATE.model_copy(update={"version": version})
        trial = Trial(model=candidate, share=0.5, since=START)
        scene = Asked(Models(answer=LIVE, gate=LIVE, trial=trial))

        for question in (QUESTION, "And what does one of them cost?", "Thanks, and in Paris?"):
            scene.asks(question)

        assert len(scene.models) == 3
        assert len(set(scene.models)) == 1
        arms.update(scene.models)
    assert arms == {"candidate", "live"}


def test_conversations_from_before_the_trial_stay_with_the_live_model() -> None:
    scene = Asked(on_trial(since=timedelta(minutes=1)))

    scene.asks(QUESTION)

    assert scene.models == ["live"]


def test_the_answer_says_which_model_gave_it() -> None:
    scene = Asked(on_trial())

    scene.asks(QUESTION)

    assert scene.models == ["candidate"]
    (answered,) = scene.fresh(MessageAnswered)
    assert answered.model_id == "candidate"
    assert scene.reads == 1


def test_when_the_pointer_moves_within_a_turn_it_ends_with_the_model_that_it_began_with() -> None:
    scene = Asked(on_trial())
    scene.steps = [LONG, lambda: scene.moves(Models(answer=LIVE, gate=LIVE)), "Two."]

    scene.asks(QUESTION)
    scene.steps = ["Ten dollars."]
    scene.asks("And what does one of them cost?")

    assert scene.models == ["candidate", "live"]


def test_the_judge_is_that_of_the_model_that_answers() -> None:
    scene = Asked(on_trial(), policy=Policy.model_validate({"answering": {"best_of": 2}}))
    scene.fakes.judges.installed = True
    scene.steps = [lambda: scene.moves(Models(answer=LIVE, gate=LIVE)), "Two."]

    scene.asks(QUESTION)

    assert scene.judged == ["candidate"]
    assert scene.models == ["candidate"]


def test_a_call_for_a_person_says_which_model_failed() -> None:
    scene = Asked(on_trial())
    scene.steps = [
        lambda: scene.moves(Models(answer=LIVE, gate=LIVE)),
        ModelFailure("timeout", "it took too long"),
    ]

    scene.asks(QUESTION)

    (requested,) = scene.fresh(EscalationRequested)
    assert requested.model_id == "candidate"


def test_a_withheld_draft_says_which_model_made_it() -> None:
    scene = Asked(on_trial())
    scene.steps = ["Two.", lambda: scene.moves(Models(answer=LIVE, gate=LIVE))]

    scene.asks("I want to talk to a human")

    assert scene.escalation.draft is not None
    assert scene.escalation.draft.model_id == "candidate"


def test_an_answer_that_was_made_without_passages_names_no_sources() -> None:
    scene = Asked(on_trial(), "Two.", Finished("candidate", "end", read_passages=False))

    scene.asks(QUESTION)

    assert scene.answers[-1].sources == ()
