"""The assistant's turn: gate and answer at the same time, the answer held until the gate passes.

A turn takes as long as one model call, not two. Whoever takes the lease on a conversation answers
its pending messages in order; the final turn is stored only while the assistant still owns the
conversation and the lease is still the same, so that an answer which is late, repeated or overtaken
by a person is never sent. It is kept as a draft for the expert instead.

An answer is shown piece by piece while it is made, unless the policy has answers judged before they
go out (best of several drafts, or the trigger `predicted_low`): then it is shown as a whole, once
it is judged, because nobody can judge what is not written yet.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from tandem.live import conversation as conversations
from tandem.live import drafts, escalation, gate
from tandem.live.answering import (
    Answering,
    AnswerReport,
    Drafted,
    Failed,
    Found,
    make_answer,
)
from tandem.live.errors import Busy, LiveError, ModelFailure
from tandem.live.events import MessageReceived, MessageRefused
from tandem.live.lease import Job, leave_to_others, take_lease
from tandem.live.models import (
    Author,
    Draft,
    GateDecision,
    Judgement,
    Owner,
    Passage,
    Source,
    Trigger,
    Turn,
    seconds,
)
from tandem.live.ports import (
    CannotAnswer,
    Finished,
    Piece,
    PredictedRating,
    World,
)
from tandem.live.prompts import cited_sources
from tandem.live.steps import Step, take
from tandem.live.streaming import AnswerStream


def handle_message(
    world: World,
    answering: Answering,
    event: MessageReceived,
    seconds_left: Callable[[], float],
) -> None:
    """Take a customer's message, from the socket or from the bus, and answer what is pending.

    A message that cannot be taken is answered by `Message Refused`. When the time does not suffice
    for the next message, it is announced again and left to another worker. Raises `Busy`: the event
    is to be tried again.
    """
    try:
        conversations.receive_from_bus(world, event, assistant=world.assistant)
    except Busy:
        raise
    except LiveError as error:
        world.bus.publish(
            [
                MessageRefused(
                    id=world.ids.new(),
                    time=world.clock.now(),
                    conversation_id=event.conversation_id,
                    client_id=event.client_id,
                    code=error.code,
                    message=error.message,
                )
            ]
        )
        return
    if world.assistant:
        answer_pending(world, answering, event.conversation_id, seconds_left)


def answer_pending(
    world: World,
    answering: Answering,
    conversation_id: str,
    seconds_left: Callable[[], float],
) -> None:
    """Answer the pending messages of a conversation in order, unless somebody else is at it."""
    lease_id = world.ids.new()
    needed = world.policies.current().answering.lease_seconds / 2
    while (job := take_lease(world, conversation_id, lease_id)) is not None:
        _Work(world, answering, job).run()
        if seconds_left() < needed:
            leave_to_others(world, conversation_id, lease_id)
            return


_Report = AnswerReport | Judgement


class _Work:
    """One turn: from the lease to the answer, the hand-over to a person, or the truth."""

    def __init__(self, world: World, answering: Answering, job: Job):
        self.world = world
        self.answering = answering.for_turn(job.conversation)
        self.job = job
        self.lease = job.lease
        self.reports: SimpleQueue[_Report] = SimpleQueue()
        # Derived from the message: a second attempt speaks of the same turn, and its pieces replace
        # those of the worker that died.
        self.answer = AnswerStream(
            world, self.conversation_id, f"{job.message.turn_id}-answer", job.lease.attempt
        )
        self.passages: list[Passage] | None = None
        self.finished: Finished | None = None
        self.cannot: CannotAnswer | None = None
        self.failed: ModelFailure | None = None
        self.drafted: Drafted | None = None
        self.prediction: PredictedRating | None = None
        """How people would rate the answer, where that is asked."""
        self.decision: GateDecision | None = None
        """The gate's decision, as soon as it is known."""
        self.called = False

    @property
    def conversation_id(self) -> str:
        return self.job.conversation.conversation_id

    def run(self) -> None:
        job = self.job
        self.decision = gate.by_rules(
            job.message.text, job.earlier, job.conversation.thumbs_down, job.policy
        )
        judging = self.decision is None and gate.asks_model(job.policy)
        threading.Thread(target=self._make_answer, daemon=True).start()
        if judging:
            threading.Thread(target=self._judge, daemon=True).start()
        elif self.decision is None:
            self.decision = gate.ANSWER
        else:
            self._call_person(self.decision)
        if job.lease.attempt > 1:
            self.answer.withdraw()  # what the worker that died has shown
        while not (self._made and self.decision is not None):
            self._take_report(self._next_report())
            self._keep_lease()
            if self._may_stream:
                self._flush()
        self._end()

    @property
    def _made(self) -> bool:
        return self.finished is not None or self.failed is not None or self.cannot is not None

    # --- the threads -----------------------------------------------------------------------------
    def _make_answer(self) -> None:
        make_answer(self.world, self.answering, self.job, self.reports.put)

    def _judge(self) -> None:
        try:
            self.reports.put(
                self.answering.gate_model.judge(self.job.message.text, self.job.earlier[-5:])
            )
        except ModelFailure as error:
            self.reports.put(Failed(error, gate=True))
        except Exception as error:
            self.reports.put(Failed(ModelFailure("unexpected", repr(error)), gate=True))

    # --- the loop --------------------------------------------------------------------------------
    def _next_report(self) -> _Report:
        while True:
            try:
                return self.reports.get(timeout=self.job.policy.answering.lease_seconds / 3)
            except Empty:
                self._keep_lease()

    def _take_report(self, report: _Report) -> None:
        match report:
            case Found(passages):
                self.passages = passages
            case Piece(text):
                self.answer.add(text)
            case CannotAnswer():
                self.cannot = report
            case Finished():
                self.finished = report
            case Drafted():
                self.drafted = report
            case Judgement():
                self.decision = gate.by_judgement(
                    report, self.answering.gate_model.model_id, self.job.policy
                )
            case Failed(error, gate=True):
                # Without the gate's word nobody knows whether a person is needed: call one.
                self.decision = gate.by_answering(
                    Trigger.MODEL_FAILURE, f"the gate: {error}", gate.ANSWER, self.job.policy
                )
            case Failed(error):
                self.failed = error
        if self.drafted is not None and self.decision is not None:
            self._choose(self.drafted, self.decision)
        if self.decision is not None and not self.called:
            self.decision = self._with_answering(self.decision)
            if self.decision.person:
                self._call_person(self.decision)

    def _choose(self, drafted: Drafted, decision: GateDecision) -> None:
        """Make the best of the drafts the answer. Small talk is nothing that people rate."""

        def predict(answers: list[str]) -> list[PredictedRating]:
            spoken = [turn for turn in self.job.history if turn.author is not Author.SYSTEM]
            try:
                return drafted.judge.predict(
                    self.job.message.text,
                    [(turn.author.value, turn.text) for turn in spoken],
                    answers,
                    self.job.policy.triggers.predicted_low.rating,
                )
            except Exception:  # a judgement is never worth a turn
                self.world.meter.record("AnswerJudgeFailed", 1, "Count")
                return []

        small_talk = bool(decision.observed.get("small_talk"))
        chosen = drafts.choose(drafted.made, None if small_talk else predict)
        self.answer.add(chosen.made.text)
        self.finished = chosen.made.finished
        self.cannot = chosen.made.cannot
        self.failed = chosen.made.failed
        self.prediction = chosen.prediction

    def _with_answering(self, decision: GateDecision) -> GateDecision:
        """The decision, with what has shown of the answer until now."""
        if decision.person:
            return decision
        if self.passages:
            best = max(passage.score for passage in self.passages)
            decision = decision.model_copy(
                update={"observed": {**decision.observed, "top_score": round(best, 4)}}
            )
        if (trouble := self._trouble(decision)) is None:
            return self._with_prediction(decision)
        trigger, reason = trouble
        return gate.by_answering(trigger, reason, decision, self.job.policy)

    def _with_prediction(self, decision: GateDecision) -> GateDecision:
        if self.prediction is None or self.drafted is None:
            return decision
        made = len(self.drafted.made)
        return gate.by_prediction(self.prediction, made, decision, self.job.policy)

    def _trouble(self, decision: GateDecision) -> tuple[Trigger, str] | None:
        if self.failed is not None:
            return Trigger.MODEL_FAILURE, str(self.failed)
        if self._guarded:
            return Trigger.GUARDRAIL, "a guardrail intervened in the answer"
        if self.cannot is not None:
            return Trigger.NO_GROUNDING, self.cannot.reason
        if self._groundless(decision):
            return Trigger.NO_GROUNDING, "no document was found for this"
        if self._empty:
            return Trigger.MODEL_FAILURE, "the model's answer was empty"
        return None

    def _groundless(self, decision: GateDecision) -> bool:
        return (
            self.answering.grounded
            and self.passages is not None
            and not self.passages
            and not decision.observed.get("small_talk", False)
        )

    @property
    def _guarded(self) -> bool:
        return self.finished is not None and self.finished.stop == "guardrail"

    @property
    def _empty(self) -> bool:
        return self.finished is not None and not self.answer.text.strip()

    @property
    def _may_stream(self) -> bool:
        return (
            self.decision is not None
            and not self.decision.person
            and not self.answer.void
            and self.passages is not None
            and not self._groundless(self.decision)
            and self.cannot is None
            and self.failed is None
            and not self._guarded
        )

    def _flush(self) -> None:
        """Send what has gathered, if it is time, and if the assistant still has the word."""
        if self.finished is not None:
            return  # the whole turn follows at once
        if not self.answer.due or not self._has_the_word():
            return
        unseen = not self.answer.shown
        self.answer.flush()
        if unseen and self.answer.shown:
            self._record("FirstWordMilliseconds")

    def _has_the_word(self) -> bool:
        """Read again before anything leaves: did a person take over, or another worker?"""
        current = self.world.store.get(self.conversation_id)
        if current is None or current.owner is not Owner.ASSISTANT:
            self._withdraw()
            return False
        if current.lease is None or current.lease.id != self.lease.id:
            self.answer.void = True  # the other worker streams under the same turn id
            return False
        return True

    def _keep_lease(self) -> None:
        policy = self.job.policy.answering
        now = self.world.clock.now()
        if (self.lease.until - now).total_seconds() < policy.lease_seconds / 2:
            until = now + seconds(policy.lease_seconds)
            if self.world.store.renew(self.conversation_id, self.lease.id, until):
                self.lease = self.lease.model_copy(update={"until": until})

    def _take_back(self) -> None:
        """Withdraw what was sent, unless another worker streams under the same turn id by now."""
        if self.answer.shown and not self.answer.void and self._has_the_word():
            self._withdraw()
        self.answer.void = True

    def _record(self, name: str) -> None:
        waited = self.world.clock.now() - self.job.message.at
        self.world.meter.record(name, waited.total_seconds() * 1000, "Milliseconds")

    def _withdraw(self) -> None:
        if self.answer.shown and not self.answer.void:
            self.answer.withdraw()
        self.answer.void = True

    # --- the end ---------------------------------------------------------------------------------
    def _call_person(self, decision: GateDecision) -> None:
        """Call somebody now; the draft follows when it is made."""
        self.called = True
        self._take_back()

        def decide(step: Step) -> None:
            if self._overtaken(step):
                return
            step.rewrite(self.job.message.model_copy(update={"decision": decision}))
            escalation.give_up(step, decision, self._asked)

        take(self.world, self.conversation_id, decide)

    def _end(self) -> None:
        assert self.decision is not None
        if self.called:
            self._keep_draft(self.decision.reason)
            return
        if self.cannot is not None or self._groundless(self.decision) or self._guarded:
            self._tell("cannot_answer")
        elif self.finished is None or self._empty:
            self._tell("model_trouble_alone")
        else:
            self._store_answer(self.finished)

    def _store_answer(self, finished: Finished) -> None:
        def decide(step: Step) -> bool:
            if self._overtaken(step):
                return False
            message = self.job.message
            step.rewrite(message.model_copy(update={"decision": self.decision}))
            step.say(
                Author.ASSISTANT,
                self.answer.text.strip(),
                turn_id=self.answer.turn_id,
                in_reply_to=message.seq,
                model_id=finished.model_id,
                sources=self._sources(),
                decision=self.decision,
                usage=finished.usage or None,
            )
            _answered(step, message)
            step.update(failures=0)
            return True

        step, stored = take(self.world, self.conversation_id, decide)
        if stored:
            self._record("AnswerMilliseconds")
        if not stored and step.after.owner is not Owner.ASSISTANT:
            self._withdraw()
            self._keep_draft("a person was called, or took over, before the answer was ready")

    def _tell(self, code: str) -> None:
        """The answer to give when there is none, and the policy calls nobody."""

        def decide(step: Step) -> None:
            if self._overtaken(step):
                return
            step.rewrite(self.job.message.model_copy(update={"decision": self.decision}))
            step.tell(code)
            _answered(step, self.job.message)

        self._take_back()
        take(self.world, self.conversation_id, decide)

    def _keep_draft(self, because: str) -> None:
        text = self.answer.text.strip()
        if not text or self.failed is not None or self.cannot is not None:
            return
        draft = Draft(
            turn_id=self.answer.turn_id,
            in_reply_to=self.job.message.seq,
            text=text,
            model_id=self._asked,
            sources=self._sources(),
            withheld_because=because,
            at=self.world.clock.now(),
        )
        escalation.attach_draft(self.world, self.conversation_id, draft)

    @property
    def _asked(self) -> str | None:
        """The model that was asked for the answer; None where not even that is known."""
        if self.finished is not None:
            return self.finished.model_id
        try:
            return self.answering.answer_model.model_id
        except Exception:  # a person is called all the same
            return None

    def _overtaken(self, step: Step) -> bool:
        """A person has been called or has taken over, or another worker has the lease."""
        conversation = step.after
        return (
            conversation.owner is not Owner.ASSISTANT
            or conversation.lease is None
            or conversation.lease.id != self.lease.id
            or conversation.answered_seq >= self.job.message.seq
        )

    def _sources(self) -> tuple[Source, ...]:
        if self.decision is not None and self.decision.observed.get("small_talk"):
            return ()
        if self.finished is not None and not self.finished.read_passages:
            return ()
        return cited_sources(self.answer.text, self.passages or ())


def _answered(step: Step, message: Turn) -> None:
    """Mark a message as dealt with; the lease stays if another one waits."""
    step.update(answered_seq=message.seq, active_at=step.now)
    if not step.after.pending:
        step.update(lease=None)
