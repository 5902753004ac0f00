"""What the objectives are, whatever model they are of."""

import pytest
import torch

from training import objectives

MASK = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])


def test_advantages_of_a_questions_samples_sum_to_zero() -> None:
    advantages = objectives.leave_one_out(torch.tensor([1.0, 4.0, 2.0, 5.0, 5.0, 5.0]), 3)
    assert advantages.view(2, 3).sum(dim=1).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
    assert advantages[3:].tolist() == [0.0, 0.0, 0.0]


def test_an_advantage_compares_with_the_other_samples_of_the_same_question_only() -> None:
    alone = objectives.leave_one_out(torch.tensor([1.0, 3.0]), 2)
    beside = objectives.leave_one_out(torch.tensor([1.0, 3.0, 100.0, 0.0]), 2)
    assert alone.tolist() == [-2.0, 2.0]
    assert beside[:2].tolist() == [-2.0, 2.0]


def test_centred_ratings_have_mean_zero_and_spread_one() -> None:
    centred = objectives.centred(torch.tensor([1.0, 2.0, 5.0, 5.0]))
    assert float(centred.mean()) == pytest.approx(0.0, abs=1e-6)
    assert float(centred.std(unbiased=False)) == pytest.approx(1.0, abs=1e-6)


def test_ratings_that_are_all_the_same_say_nothing() -> None:
    assert objectives.centred(torch.tensor([3.0, 3.0])).tolist() == [0.0, 0.0]


def test_what_is_better_than_expected_becomes_likelier() -> None:
    new = torch.zeros((2, 3), requires_grad=True)
    loss = objectives.clipped_policy_loss(new, torch.zeros((2, 3)), torch.tensor([1.0, -1.0]), MASK)
    loss.backward()
    assert new.grad is not None
    assert (new.grad[0] < 0).all()
    assert (new.grad[1, :2] > 0).all()
    assert new.grad[1, 2] == 0


@pytest.mark.parametrize(("advantage", "moved"), [(1.0, 0.3), (-1.0, -0.3)])
def test_beyond_the_clip_a_token_gives_no_gradient(advantage: float, moved: float) -> None:
    new = torch.full((1, 3), moved, requires_grad=True)
    loss = objectives.clipped_policy_loss(
        new, torch.zeros((1, 3)), torch.tensor([advantage]), torch.ones((1, 3))
    )
    loss.backward()
    assert new.grad is not None
    assert new.grad.abs().sum() == 0


def test_parts_of_a_batch_add_up_to_the_whole() -> None:
    torch.manual_seed(1)
    new, old, gains = torch.randn(2, 3), torch.randn(2, 3), torch.randn(2)
    whole = objectives.clipped_policy_loss(new, old, gains, MASK)
    parts = [
        objectives.clipped_policy_loss(
            new[i : i + 1], old[i : i + 1], gains[i : i + 1], MASK[i : i + 1], tokens=5.0
        )
        for i in range(2)
    ]
    assert float(sum(parts)) == pytest.approx(float(whole))


def test_the_mean_divergence_of_the_policys_samples_is_the_kl() -> None:
    torch.manual_seed(1)
    policy = torch.log_softmax(torch.randn(5), dim=0)
    reference = torch.log_softmax(torch.randn(5), dim=0)
    drawn = torch.multinomial(policy.exp(), 20_000, replacement=True).unsqueeze(1)
    found = objectives.divergence(policy[drawn], reference[drawn], torch.ones_like(drawn))
    exact = float((policy.exp() * (policy - reference)).sum())
    assert float(found.mean()) == pytest.approx(exact, rel=0.05)
    assert exact > 0


def test_nothing_diverges_from_itself() -> None:
    policy = torch.randn(2, 3)
    assert objectives.divergence(policy, policy, MASK).tolist() == [0.0, 0.0]


def test_padding_does_not_count() -> None:
    filled = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 99.0]])
    assert objectives.answer_sums(filled, MASK).tolist() == [6.0, 9.0]


def test_preferring_the_chosen_answer_more_than_the_base_does_lowers_the_loss() -> None:
    def loss(chosen: float, rejected: float) -> float:
        found = objectives.preference_loss(
            torch.tensor([chosen]), torch.tensor([rejected]),
            torch.tensor([-5.0]), torch.tensor([-5.0]), beta=0.1,
        )  # fmt: skip
        return float(found)

    assert loss(-4.0, -6.0) < loss(-5.0, -5.0) < loss(-6.0, -4.0)


def test_imitation_is_the_mean_surprise_of_a_token() -> None:
    log_probabilities = torch.tensor([[-1.0, -2.0, -3.0], [-4.0, -5.0, -99.0]])
    assert float(objectives.imitation_loss(log_probabilities, MASK)) == 3.0
