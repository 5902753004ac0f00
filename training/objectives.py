"""What is made small: plain functions of tensors, without a model.

Notation: log-probabilities have the shape (answers, tokens), `mask` is 1 for a token of the answer
and 0 for padding; advantages, rewards and divergences have the shape (answers,).
"""

from typing import Any

import torch

Tensor = Any
"""torch.Tensor; torch has no types where the app's checks run."""


def answer_sums(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum(dim=1)


def leave_one_out(rewards: Tensor, samples: int) -> Tensor:
    """Each reward less the mean of the other samples of the same question.

    `rewards` holds `samples` (at least 2) in a row for each question. The sum within a question is
    zero. RLOO: Ahmadian et al. 2024, https://arxiv.org/abs/2402.14740.
    """
    groups = rewards.view(-1, samples)
    others = (groups.sum(dim=1, keepdim=True) - groups) / (samples - 1)
    return (groups - others).reshape(-1)


def centred(rewards: Tensor) -> Tensor:
    """Mean 0 and standard deviation 1; zeros when all are the same."""
    spread = rewards.std(unbiased=False)
    if float(spread) == 0.0:
        return torch.zeros_like(rewards)
    return (rewards - rewards.mean()) / spread


def clipped_policy_loss(
    new: Tensor,
    old: Tensor,
    advantages: Tensor,
    mask: Tensor,
    *,
    clip: float = 0.2,
    tokens: float | None = None,
) -> Tensor:
    """PPO's clipped objective by token; to minimize.

    Its sum divided by `tokens` (default: those of `mask`), so that parts of a batch add up to the
    whole. Beyond the clip a token gives no gradient. Schulman et al. 2017,
    https://arxiv.org/abs/1707.06347, equation 7.
    """
    ratio = torch.exp((new - old) * mask)
    gain = advantages.unsqueeze(1)
    by_token = torch.minimum(ratio * gain, ratio.clamp(1 - clip, 1 + clip) * gain)
    return -(by_token * mask).sum() / (mask.sum() if tokens is None else tokens)


def divergence(policy: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """Σ log π - log π_ref of each answer, in nats: its mean over samples of π estimates the KL."""
    return answer_sums(policy - reference, mask)


def preference_loss(
    chosen: Tensor,
    rejected: Tensor,
    chosen_reference: Tensor,
    rejected_reference: Tensor,
    *,
    beta: float,
) -> Tensor:
    """DPO: -log σ(β · (how much more the policy prefers the chosen answer than the base does)).

    The arguments are answers' sums of log-probabilities. Rafailov et al. 2023,
    https://arxiv.org/abs/2305.18290, equation 7.
    """
    margin = (chosen - chosen_reference) - (rejected - rejected_reference)
    return -torch.nn.functional.logsigmoid(beta * margin).mean()


def imitation_loss(log_probabilities: Tensor, mask: Tensor) -> Tensor:
    """Mean negative log-likelihood of a token, in nats."""
    return -answer_sums(log_probabilities, mask).sum() / mask.sum().clamp(min=1)
