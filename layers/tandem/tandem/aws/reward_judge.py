"""Reward models as judges of answers: whichever the pointer names beside the answering model.

NumPy, the tokenizer and the embedding are loaded when the first reward model is: a function that
uses none starts without them.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from tandem.aws.observability import logger, meter
from tandem.live.model_pointer import ModelReference, Models
from tandem.live.models import Conversation
from tandem.live.ports import AnswerJudge, Clock, PredictedRating

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

    from tandem.tuning.rewards.reward_model import RewardModel
    from tandem.tuning.rewards.static_embedding import StaticEmbedding

TRIED_AGAIN = timedelta(minutes=5)
"""After so long, a reward model that could not be loaded is tried again."""


class CurrentModels(Protocol):
    """Where the pointer is read, as `parameters.ModelPointer`."""

    def current(self) -> Models: ...


class RewardJudges:
    """`AnswerJudges`. A reward model that is missing or broken is reported (log, metric
    `RewardModelRejected`), one that the pointer does not name too (`RewardModelMissing`): the chat
    goes on without."""

    def __init__(
        self,
        client: Callable[[], "S3Client"],
        models: CurrentModels,
        clock: Clock,
        embedding_folder: str = "",
    ) -> None:
        """`embedding_folder`: of another embedding than the one that comes with Tandem."""
        self._client = client
        self._models = models
        self._clock = clock
        self._embedding_folder = embedding_folder
        self._embedding: StaticEmbedding | None = None
        self._loaded: dict[str, AnswerJudge] = {}
        self._rejected: dict[str, datetime] = {}
        self._told_missing = False
        self._lock = Lock()

    def for_conversation(self, conversation: Conversation) -> AnswerJudge | None:
        reference = self._models.current().for_conversation(
            conversation.conversation_id, conversation.created_at
        )
        return self.of(reference)

    def of(self, reference: ModelReference) -> AnswerJudge | None:
        """The judge of a model; None as `for_conversation` says it."""
        if reference.reward_model is None:
            self._tell_missing(reference.model_id)
            return None
        with self._lock:
            return self._judge(reference.reward_model)

    def _tell_missing(self, model_id: str) -> None:
        meter.record("RewardModelMissing", 1, "Count")
        if not self._told_missing:
            self._told_missing = True
            logger.warning(
                "the policy has answers judged, and the pointer names no reward model",
                extra={"model": model_id},
            )

    def _judge(self, uri: str) -> AnswerJudge | None:
        if (judge := self._loaded.get(uri)) is not None:
            return judge
        now = self._clock.now()
        if (rejected := self._rejected.get(uri)) is not None and now - rejected < TRIED_AGAIN:
            return None
        try:
            judge = self._loaded[uri] = _Judge(self._load(uri))
        except Exception as error:  # of S3, of the file, of a layer that is not there
            self._rejected[uri] = now
            meter.record("RewardModelRejected", 1, "Count")
            logger.error("a reward model is not in force", extra={"uri": uri, "error": str(error)})
            return None
        return judge

    def _load(self, uri: str) -> "RewardModel":
        from tandem.tuning.rewards.reward_model import LARGEST, RewardModel
        from tandem.tuning.rewards.static_embedding import StaticEmbedding, shipped_folder

        if self._embedding is None:
            folder = self._embedding_folder
            self._embedding = StaticEmbedding.load(Path(folder) if folder else shipped_folder())
        place = urlsplit(uri, allow_fragments=False)
        if place.scheme != "s3":
            raise ValueError("a reward model lies in S3: s3://bucket/key")
        answer = self._client().get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))
        return RewardModel.load(answer["Body"].read(LARGEST + 1), self._embedding)


class _Judge:
    """`AnswerJudge`."""

    def __init__(self, model: "RewardModel") -> None:
        self._model = model

    def predict(
        self,
        question: str,
        context: Sequence[tuple[str, str]],
        answers: Sequence[str],
        low: float,
    ) -> list[PredictedRating]:
        from tandem.tuning.rewards.asked import Asked

        predicted = self._model.predict(Asked(question, tuple(context)), answers)
        return [PredictedRating(one.rating, one.chance_below(low)) for one in predicted]
