"""Watches a trial: which conversations went badly with which model, and what follows.

A conversation of the trial is one that began after all functions knew of it; the pointer says which
model answers it. It counts once it was answered, and once more when a person is called or an answer
is rated down; it counts where it was called for a person before any answer, too. What its customer
does without any model (a button, before a word was said) tells nothing. Events come in any order:
whether an answer was there before the button, their times tell.
"""

from datetime import timedelta

from tandem.live.events import AnswerRated, EscalationRequested, MessageAnswered
from tandem.live.model_pointer import Models, Trial
from tandem.live.models import Author
from tandem.tuning.audit import BY_POLICY, note, of_version
from tandem.tuning.errors import NotPossible
from tandem.tuning.models import ModelVersion, TrialFigures, TrialRecord, VersionStatus
from tandem.tuning.ports import Hosting, Pointer, TuningWorld, WithdrawnDatasets
from tandem.tuning.promotion import make_live
from tandem.tuning.rolling_back import roll_back
from tandem.tuning.serving import say
from tandem.tuning.trial import Evidence, evidence

type Watched = MessageAnswered | EscalationRequested | AnswerRated


# --- what counts ---------------------------------------------------------------------------------
def watch(world: TuningWorld, models: Models, event: Watched) -> bool:
    """Count what an event says of a conversation of the trial. `models` may be as old as what the
    chat knows. Whether anything is new."""
    trial = models.trial
    if trial is None or trial.model.version is None or event.conversation_began_at is None:
        return False
    if event.conversation_began_at < trial.since:
        return False
    number, conversation_id = trial.model.version, event.conversation_id
    bad = _is_bad(event)
    if bad is None:
        return False
    if event.model_id is None:
        # First of all: whoever counts the answer meanwhile finds it.
        world.trials.note_call(number, conversation_id, event.time)
        # Without a model's answer, an event tells only of a conversation that has had one.
        if world.trials.arm_of(number, conversation_id) is None:
            return False
    takes = trial.takes(conversation_id, event.conversation_began_at)
    record = TrialRecord(
        version=number,
        conversation_id=conversation_id,
        arm="candidate" if takes else "live",
        bad=bad,
    )
    new = world.trials.note(record)
    if not bad and _called_after(world, record, event):
        new = world.trials.note(record.model_copy(update={"bad": True})) or new
    return new


def _called_after(world: TuningWorld, answered: TrialRecord, event: Watched) -> bool:
    """Whether a person was called after this answer, of which its event told before."""
    called_at = world.trials.called_at(answered.version, answered.conversation_id)
    return called_at is not None and event.time < called_at


def _is_bad(event: Watched) -> bool | None:
    """Whether it went badly, or well so far; None where it says neither."""
    match event:
        case EscalationRequested():
            return True
        case MessageAnswered(author=Author.ASSISTANT, model_id=str()):
            return False
        case AnswerRated(thumb="down", model_id=str()):
            return True
        case _:
            return None


# --- what follows --------------------------------------------------------------------------------
def look(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    withdrawn: WithdrawnDatasets,
    trial: Trial,
) -> ModelVersion | None:
    """End a trial that has shown enough: rolled back, or live. One that shows nothing for too long
    is left to the leads, who are told once. Returns the version; None if there is none in a
    trial."""
    version = world.versions.get(trial.model.version or 0)
    if version is None or version.status is not VersionStatus.TRIAL or version.rollback is not None:
        return None
    policy = world.policies.current().trial
    figures = world.trials.figures(version.version)
    found = evidence(figures, trial.share, policy)
    said = _said(figures, found)
    if found.is_worse:
        reason = f"it is worse than the live model: {said}"
        number = version.version
        return roll_back(
            world, hosting, pointer, number, because="trial", by=BY_POLICY, reason=reason
        )
    if found.is_not_worse and figures.candidate_conversations >= policy.minimum_conversations:
        if not policy.ends_by_itself:
            return _left_to_leads(world, version, "a lead may make it live", said)
        return _ends_well(world, hosting, pointer, withdrawn, version, said=said)
    if world.clock.now() - trial.since >= timedelta(days=policy.most_days) and not version.reason:
        undecided = f"its trial has shown nothing in {policy.most_days} days: a lead has to decide"
        return _left_to_leads(world, version, undecided)
    return version


def _ends_well(
    world: TuningWorld,
    hosting: Hosting,
    pointer: Pointer,
    withdrawn: WithdrawnDatasets,
    version: ModelVersion,
    *,
    said: str,
) -> ModelVersion:
    reason = f"that it is worse is ruled out: {said}"
    try:
        return make_live(
            world,
            hosting,
            pointer,
            version.version,
            by=BY_POLICY,
            reason=reason,
            withdrawn=withdrawn,
        )
    except NotPossible as error:
        return _left_to_leads(world, version, "a lead has to decide", error.message)


def _said(figures: TrialFigures, found: Evidence) -> str:
    e_value = found.worse if found.is_worse else found.not_worse
    enough = found.worse_at if found.is_worse else found.not_worse_at
    return (
        f"{figures.candidate_bad} of its {figures.candidate_conversations} conversations went "
        f"badly, and {figures.live_bad} of {figures.live_conversations} of the live model's "
        f"(evidence {e_value:.4g}, {enough:.4g} is enough)"
    )


def _left_to_leads(
    world: TuningWorld, version: ModelVersion, because: str, said: str = ""
) -> ModelVersion:
    """Once for each cause: what the figures are meanwhile, its page says."""
    if version.reason.startswith(because):
        return version
    reason = f"{because}: {said}" if said else because
    note(world, BY_POLICY, "left to the leads", of_version(version.version), reason=reason)
    world.meter.record("TrialsLeftToLeads", 1, "Count")
    return say(world, version, reason)
