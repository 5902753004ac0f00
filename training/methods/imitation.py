"""`sft`: imitates the answers that people rated well, or wrote themselves."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from training import objectives
from training.dataset import Question
from training.methods.method import Figures, Stateless, batch_of, by_length, learn
from training.policy import Policy
from training.settings import Settings


class Imitation(Stateless):
    def __init__(
        self,
        policy: Policy,
        optimizer: Any,
        examples: Sequence[tuple[Question, str]],
        settings: Settings,
    ) -> None:
        self._policy = policy
        self._optimizer = optimizer
        self._batch_size = settings.batch_size
        self._seed = settings.seed
        self._examples = [
            (
                policy.prompting.ids(question.text),
                policy.prompting.answer_ids(answer)[: settings.longest],
            )
            for question, answer in examples
        ]

    def step(self, number: int) -> Figures:
        batch = batch_of(self._examples, self._batch_size, number, self._seed)
        ids = [question for question, _ in batch]
        answers = self._policy.answering.given([answer for _, answer in batch])
        tokens = float(answers.mask.sum())

        def of_part(part: Any) -> Any:
            found = self._policy.answering.log_probabilities(ids, part)
            return objectives.imitation_loss(found, part.mask) * (part.mask.sum() / tokens)

        parts = [partial(of_part, part) for _, part in by_length(answers, sum(map(len, ids)))]
        loss = learn(self._optimizer, self._policy, parts)
        return {"loss": loss, "length": tokens / len(batch), "tokens": tokens}
