"""What the live model and a candidate answered to the test: `evaluations/v<version>/answers.jsonl`.

It is written as it grows, so that an evaluation that breaks off goes on where it was.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from tandem.live.models import Frozen, Identifier
from tandem.tuning.models import ModelVersion, SaidBefore, Words
from tandem.tuning.ports import Files

_JSON_LINES = "application/jsonl"


class Answered(Frozen):
    """A line: a question of the test with both answers. An empty one is none: the model said that
    it cannot answer."""

    prompt_id: Identifier
    question: Words
    topic: str
    context: tuple[SaidBefore, ...]
    live: Words
    candidate: Words
    live_rating: float | None = None
    candidate_rating: float | None = None
    """As the judge predicts; None where there is none, or it was not asked yet."""

    @property
    def gain(self) -> float | None:
        """What the judge sees in the candidate's answer beyond the live model's."""
        if self.live_rating is None or self.candidate_rating is None:
            return None
        return self.candidate_rating - self.live_rating


def answered_uri(folder: str, version: ModelVersion) -> str:
    """`folder`: URI of all evaluations."""
    return _uri(folder, version, version.round)


def answered_uris(folder: str, version: ModelVersion) -> list[str]:
    """Of all rounds until now."""
    return [_uri(folder, version, number) for number in range(1, version.round + 1)]


def _uri(folder: str, version: ModelVersion, number: int) -> str:
    of_round = f"/round-{number}" if number > 1 else ""
    return f"{folder}/v{version.version}{of_round}/answers.jsonl"


def read_answered(files: Files, uri: str) -> list[Answered]:
    """Empty where there is none, or none that could be read: it is made again."""
    try:
        lines = files.read_uri(uri).split(b"\n")
        return [Answered.model_validate_json(line) for line in lines if line]
    except (KeyError, ValidationError):
        return []


def write_answered(files: Files, uri: str, answered: Sequence[Answered]) -> None:
    body = "".join(f"{each.model_dump_json()}\n" for each in answered)
    files.write_uri(uri, body.encode(), _JSON_LINES)
