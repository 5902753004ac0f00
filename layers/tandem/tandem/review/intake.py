"""An object of the transcripts' bucket in; candidates, corrections, and what cannot be read out.

Doing it again, in any order, leaves the same: pairs are stored under who they are. Only what may
go better the next time raises.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from threading import Lock

from pydantic import ValidationError

from tandem.review.budget import Budget
from tandem.review.chat_formats import talks
from tandem.review.events import CandidatesWaiting
from tandem.review.json_objects import Document, TooLong, documents
from tandem.review.keeping import Kept, keep_all
from tandem.review.manifest import kept_answers
from tandem.review.models import Candidate, CandidateStatus, Correction, Label, Pick
from tandem.review.policy import ReviewPolicy
from tandem.review.ports import Arrival, Inbox, Redactor, ReviewWorld
from tandem.review.quarantine import Unread, put_aside
from tandem.review.sampling import Sampler, candidate_id
from tandem.review.talks import GivenLabel, RawPair, Redacted, Talk, Unreadable
from tandem.review.topics import topic_of

PREFIXES = ("transcripts/", "imports/")
"""Where what comes in lies in its bucket."""
_TOGETHER = 100
"""Conversations that are looked up together."""
_CHARACTERS_TOGETHER = 2**20
_AT_ONCE = 8
_LOOKS = 50
"""While so many candidates gather as a job wants, it is looked about so often whether they are
there."""
_LARGE = 2**20
"""Bytes: of objects that are larger, one at a time is read."""
_ENOUGH_SECONDS = 30.0
"""What reading on takes at least, with putting aside what is left."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What came of one object, or of several."""

    conversations: int = 0
    pairs: int = 0
    new: int = 0
    """Candidates that were not there before."""
    known: int = 0
    """Pairs that were picked and are candidates already."""
    over_budget: int = 0
    """Random ones beyond their stratum's part of the day's number."""
    corrections: int = 0
    withdrawn: int = 0
    """Conversations that are left out because their customer has withdrawn them."""
    unreadable: int = 0
    """Objects, lines or documents that were put aside."""

    def __add__(self, other: "Sampled") -> "Sampled":
        names = [field.name for field in fields(self)]
        return Sampled(**{name: getattr(self, name) + getattr(other, name) for name in names})


class Intake:
    """Samples objects by one reading of the policy."""

    def __init__(
        self,
        world: ReviewWorld,
        redactor: Redactor,
        inbox: Inbox,
        seconds_left: Callable[[], float],
    ) -> None:
        self._world = world
        self._redactor = redactor
        self._inbox = inbox
        self._seconds_left = seconds_left
        self._policy: ReviewPolicy = world.policies.current()
        self._sampler = Sampler(self._policy.sampling)
        self._budget = Budget(world, self._policy.sampling.random_per_day)
        self._large = Lock()
        self._added: set[str] = set()
        """Candidates that wait since this intake."""

    def sample(self, key: str) -> Sampled:
        """One object. Raises only what may go better the next time."""
        sampled = self._object(key)
        self._announce(sampled, [key])
        return sampled

    def sample_all(self, keys: Sequence[str]) -> tuple[Sampled, dict[str, Exception | None]]:
        """Several objects, some at once. Returns also the keys that are to be tried again, with
        what was raised; None where the time was up."""
        failed: dict[str, Exception | None] = {}

        def one(key: str) -> Sampled:
            if self._seconds_left() < _ENOUGH_SECONDS:
                failed[key] = None
                return Sampled()
            try:
                return self._object(key)
            except Exception as error:  # the others go on
                failed[key] = error
                return Sampled()

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            sampled = sum(pool.map(one, keys), Sampled())
        self._announce(sampled, keys)
        return sampled, failed

    def _announce(self, sampled: Sampled, keys: Sequence[str]) -> None:
        """Say that a job is worth it, as long as it is: also where it was said before, since an
        event can be lost, and a job that is there already takes no candidate twice. What stays
        below the number waits for the schedule."""
        picked = sampled.new + sampled.known
        wanted = self._policy.labeling.start_at
        # Counting takes time with the number that is counted: some objects in so many do it.
        step = max(1, wanted // _LOOKS)
        counts = picked >= step or any(zlib.crc32(key.encode()) % step == 0 for key in keys)
        if not picked or not counts:
            return
        if self._waiting(wanted) < wanted:
            return
        self._world.bus.publish(
            [
                CandidatesWaiting(
                    id=self._world.ids.new(), time=self._world.clock.now(), waiting=wanted
                )
            ]
        )

    def _waiting(self, most: int) -> int:
        candidates = self._world.candidates
        counted = candidates.count(CandidateStatus.WAITING, most)
        if counted < most <= counted + len(self._added):
            # The count may lag behind what was added just now.
            seen = {c.candidate_id for c in candidates.of_status(CandidateStatus.WAITING, most)}
            counted = len(seen | self._added)
        return counted

    # --- one object ------------------------------------------------------------------------------
    def _object(self, key: str) -> Sampled:
        if not key.startswith(PREFIXES) or key.endswith("/"):
            return Sampled()
        arrival = self._inbox.open(key)
        if arrival is None:
            return Sampled()
        if arrival.size <= _LARGE:
            return self._arrival(key, arrival)
        waited = not self._large.acquire(blocking=False)
        if waited:
            self._large.acquire()
        try:
            # Nobody keeps a connection open for one who waits.
            again = self._inbox.open(key) if waited else arrival
            return Sampled() if again is None else self._arrival(key, again)
        finally:
            self._large.release()

    def _arrival(self, key: str, arrival: Arrival) -> Sampled:
        unread = Unread()
        sampled = Sampled()
        for together in _together(self._talks(key, arrival, unread)):
            sampled += self._sample(together, unread)
        if unread.number:
            put_aside(self._world, self._inbox, key, arrival, unread)
        return sampled + Sampled(unreadable=unread.number)

    def _talks(self, key: str, arrival: Arrival, unread: Unread) -> Iterator["_Read"]:
        """The conversations of the object; what is none is added to `unread`."""
        line = number = 0
        try:
            for document in documents(key, arrival.pieces):
                self._is_time_left(line, 0)
                line = document.line or 0
                for number, read in enumerate(_talks_of(document, unread)):
                    if number:
                        self._is_time_left(document.line or 1, number)
                    yield read
        except Unreadable as error:
            unread.add(None, str(error), None)

    def _is_time_left(self, line: int, number: int) -> None:
        """After so many conversations of this line, or 0 after all of it. Raises `Unreadable`."""
        if self._seconds_left() >= _ENOUGH_SECONDS:
            return
        where = f"conversation {number} of line {line}" if number else f"line {line}"
        raise Unreadable(
            f"the time was up after {where}: split the object, and upload what is left under "
            "another key"
        )

    # --- some conversations ----------------------------------------------------------------------
    def _sample(self, together: Sequence["_Read"], unread: Unread) -> Sampled:
        """Stores what is picked of conversations that were read together."""
        sampled = Sampled(
            conversations=len(together), pairs=sum(len(read.talk.pairs) for read in together)
        )
        picked = []
        for read in together:
            try:
                found = self._picked(read.talk)
            except ValidationError as error:
                where = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
                reason = f"a conversation cannot be kept: its {where} is wrong"
                unread.add(read.document.line, reason, read.document.raw)
                continue
            if found is not None:
                picked.append(found)
        # One that is withdrawn while it is stored is `tandem.review.withdrawal.complete`'s.
        withdrawn = self._withdrawn(picked)
        kept = [each for each in picked if each.conversation_id not in withdrawn]
        for each in kept:
            for correction in each.corrections:
                self._world.corrections.put(correction)
        return (
            sampled
            + Sampled(
                withdrawn=len(picked) - len(kept),
                corrections=sum(len(each.corrections) for each in kept),
            )
            + self._keep([candidate for each in kept for candidate in each.candidates])
        )

    def _keep(self, candidates: Sequence[Candidate]) -> Sampled:
        kept = keep_all(self._world, candidates, self._budget)
        self._added |= {
            candidate.candidate_id
            for candidate, how in kept
            if how is Kept.NEW and candidate.status is CandidateStatus.WAITING
        }
        counts = Counter(how for _, how in kept)
        return Sampled(
            new=counts[Kept.NEW],
            known=counts[Kept.KNOWN],
            over_budget=counts[Kept.OVER_BUDGET],
        )

    def _withdrawn(self, picked: Sequence["_Picked"]) -> set[str]:
        if not picked:
            return set()
        return self._world.records.withdrawn([each.conversation_id for each in picked])

    def _picked(self, talk: Talk) -> "_Picked | None":
        """What is to be stored of a conversation; None if nothing is."""
        eligible = [pair for pair in talk.pairs if self._sampler.may_pick(pair)]
        if not eligible and not talk.corrections:
            return None
        policy = self._policy.sampling
        redacted = Redacted(talk, eligible, self._redactor, policy.context_turns)
        made = (self._candidate(redacted, raw) for raw in eligible)
        return _Picked(
            redacted.conversation_id,
            [each for each in made if each is not None],
            redacted.corrections(),
        )

    def _candidate(self, redacted: Redacted, raw: RawPair) -> Candidate | None:
        pair = redacted.pair(raw)
        topic = topic_of(pair.question)
        stratum = self._sampler.stratum(pair, topic)
        picks = self._sampler.picks(raw, stratum)
        if raw.label is not None:
            picks = (*picks, Pick.IMPORTED)
        if not picks or not pair.question.strip() or not pair.answer.strip():
            return None
        now = self._world.clock.now()
        labeled = raw.label is not None
        return Candidate(
            candidate_id=candidate_id(pair),
            pair=pair,
            picks=picks,
            stratum=stratum,
            topic=topic,
            policy_version=self._sampler.version,
            created_at=now,
            conversations=(pair.conversation_id,),
            status=CandidateStatus.LABELED if labeled else CandidateStatus.WAITING,
            label=None if raw.label is None else self._label(raw.label, redacted),
        )

    def _label(self, given: GivenLabel, redacted: Redacted) -> Label:
        return Label(
            rating=given.rating,
            rule="median",
            raters=given.raters,
            agreement=given.agreement,
            better_answers=kept_answers(map(redacted.text, given.better_answers)),
            job=given.job,
            at=given.at or self._world.clock.now(),
        )


@dataclass(frozen=True, slots=True)
class _Picked:
    """What is to be stored of one conversation, without personal data."""

    conversation_id: str
    candidates: Sequence[Candidate]
    corrections: Sequence[Correction]


@dataclass(frozen=True, slots=True)
class _Read:
    """A conversation, and what it was read in."""

    talk: Talk
    document: Document


def _talks_of(document: Document | TooLong, unread: Unread) -> Iterator[_Read]:
    if isinstance(document, TooLong):
        unread.add(document.line, document.reason, None)
        return
    try:
        value = document.value()
    except Unreadable as error:
        unread.add(document.line, str(error), document.raw)
        return
    for found in talks(value):
        if isinstance(found, Unreadable):
            unread.add(document.line, str(found), document.raw)
        else:
            yield _Read(found, document)


def _together(found: Iterator[_Read]) -> Iterator[list[_Read]]:
    group: list[_Read] = []
    size = 0
    for read in found:
        group.append(read)
        size += sum(len(said.text) for said in read.talk.said)
        if len(group) == _TOGETHER or size >= _CHARACTERS_TOGETHER:
            yield group
            group, size = [], 0
    if group:
        yield group
