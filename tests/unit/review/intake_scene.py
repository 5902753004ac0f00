"""The transcripts' bucket with what samples it, over fakes; and conversations to put into it."""

import json
from collections.abc import Callable
from typing import Any

from tandem.review.intake import Intake, Sampled
from tandem.review.models import Candidate
from tandem.review.policy import Labeling, ReviewPolicy, Sampling
from tandem.review.ports import Redactor
from tests.review_fakes import FakeRedactor, FixedReviewPolicies, MemoryInbox, ReviewFakes
from tests.unit.review.archived import Archived

EVERYTHING = Sampling(random_share=1, random_per_day=1_000_000)
BAD_ONES = Sampling(random_share=0)


class Bucket:
    """The transcripts' bucket and what samples it, over fakes."""

    def __init__(self, sampling: Sampling = EVERYTHING, start_at: int = 10_000) -> None:
        labeling = Labeling(start_at=start_at)
        policy = ReviewPolicy(sampling=sampling, labeling=labeling)
        self.fakes = ReviewFakes(policies=FixedReviewPolicies(policy))
        self.inbox = MemoryInbox(self.fakes.files)
        self.seconds_left: Callable[[], float] = lambda: 300.0
        self.redactor: Redactor = FakeRedactor()

    @property
    def intake(self) -> Intake:
        return Intake(self.fakes.world, self.redactor, self.inbox, self.seconds_left)

    def gets(self, key: str, body: bytes | str | object) -> Sampled:
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.inbox.stored[key] = body
        return self.intake.sample(key)

    def archives(self, scene: Archived) -> Sampled:
        return self.gets(*scene.key_and_body())

    @property
    def candidates(self) -> list[Candidate]:
        return list(self.fakes.candidates.documents)

    @property
    def questions(self) -> list[str]:
        return sorted(candidate.pair.question for candidate in self.candidates)

    def reason(self, key: str) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.fakes.files.read(f"quarantine/{key}.reason.json"))
        return said


def chat(*turns: str, name: str | None = None, **beside: Any) -> dict[str, Any]:
    """Questions and answers by turns; `beside` stands beside each answer."""
    messages = [
        {"role": "assistant", "content": text, **beside}
        if number % 2
        else {"role": "user", "content": text}
        for number, text in enumerate(turns)
    ]
    return {"messages": messages, **({"id": name} if name else {})}


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def asked(*questions: str) -> Archived:
    scene = Archived()
    for question in questions:
        scene.asks(question)
    return scene
