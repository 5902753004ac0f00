"""What the loop asks of a way to learn, and what they all do alike."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import torch

from training.answering import Answers
from training.policy import Policy

Figures = dict[str, float]
Row = TypeVar("Row")

_TOKENS_AT_ONCE = 8_192
"""Padding included; more would need more memory for their logits than for the base itself."""
_LARGEST_GRADIENT = 1.0


class Method(Protocol):
    """A step depends on the adapter, the optimizer and its number alone, so that one can go on
    where another process was broken off."""

    def step(self, number: int) -> Figures:
        """Learns from one batch. `number` counts from 1."""
        ...

    def state(self) -> Mapping[str, Any]:
        """What a checkpoint has to keep of the method itself: tensors, numbers, texts."""
        ...

    def set_state(self, state: Mapping[str, Any]) -> None: ...


class Stateless:
    """A method with nothing to keep."""

    def state(self) -> Mapping[str, Any]:
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        del state


def generator_of(seed: int, step: int, policy: Policy) -> Any:
    """The chance of one step: the same whether or not the steps before ran in this process."""
    generator = torch.Generator(device=policy.answering.device)
    return generator.manual_seed(seed * 1_000_003 + step)


def batch_of(rows: Sequence[Row], size: int, number: int, seed: int) -> list[Row]:
    """The rows of step `number`, counted from 1: all come once before any comes again."""
    first = (number - 1) * size
    drawn = []
    for place in range(first, first + size):
        epoch, within = divmod(place, len(rows))
        drawn.append(rows[_order(len(rows), seed, epoch)[within]])
    return drawn


def learn(optimizer: Any, policy: Policy, parts: Sequence[Callable[[], Any]]) -> float:
    """One step of the optimizer for the sum of the parts' losses, reckoned one after the other."""
    optimizer.zero_grad(set_to_none=True)
    total = 0.0
    with policy.learning():
        for part in parts:
            loss = part()
            loss.backward()
            total += float(loss.detach())
    torch.nn.utils.clip_grad_norm_(policy.parameters(), _LARGEST_GRADIENT)
    optimizer.step()
    return total


def by_length(answers: Answers, question_tokens: int) -> Iterator[tuple[Any, Answers]]:
    """Rows and answers in parts of similar lengths, each padded to its own longest only.

    As many parts as need the fewest tokens: each part reads the questions (`question_tokens`) anew.
    """
    lengths = answers.mask.sum(dim=1).long()
    order = torch.argsort(lengths, stable=True)
    widths = lengths[order].tolist()
    count = min((1, 2, 3, 4, 6, 8), key=lambda n: _cost(widths, n, question_tokens))
    while count < len(widths) and _largest(widths, count) > _TOKENS_AT_ONCE:
        count *= 2
    for rows in torch.tensor_split(order, min(count, len(widths))):
        width = int(lengths[rows].max())
        stored = answers.log_probabilities
        yield (
            rows,
            Answers(
                answers.tokens[rows, :width],
                answers.mask[rows, :width],
                answers.owner[rows],
                answers.finished[rows],
                None if stored is None else stored[rows, :width],
            ),
        )


def _order(count: int, seed: int, epoch: int) -> list[int]:
    order = list(range(count))
    random.Random(f"{seed}/{epoch}").shuffle(order)  # noqa: S311 - an order, no secret
    return order


def _split(widths: Sequence[int], count: int) -> list[tuple[int, int]]:
    """(rows, longest) of each part; the widths ascend."""
    return [(len(part), int(part[-1])) for part in np.array_split(widths, count) if len(part)]


def _cost(widths: Sequence[int], count: int, question_tokens: int) -> int:
    parts = _split(widths, count)
    return sum(rows * longest for rows, longest in parts) + len(parts) * question_tokens


def _largest(widths: Sequence[int], count: int) -> int:
    return max(rows * longest for rows, longest in _split(widths, count))
