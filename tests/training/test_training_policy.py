"""The base with an adapter: one network that is both the policy and what it began as."""

from pathlib import Path

import pytest
import torch

from training import base_files, small_base
from training.base_files import Base
from training.failures import TrainingError
from training.policy import Policy, load_network, merged

QUESTION = "Tell me about quotas and how to raise them."


def log_probabilities(policy: Policy) -> list[float]:
    ids = [policy.prompting.ids(QUESTION)]
    answers = policy.answering.given([policy.prompting.answer_ids("Ask a few weeks ahead.")])
    with torch.no_grad():
        found: list[float] = policy.answering.log_probabilities(ids, answers)[0].tolist()
    return found


def disturb(policy: Policy) -> None:
    torch.manual_seed(3)
    policy.set_adapter({name: torch.randn_like(v) / 10 for name, v in policy.adapter().items()})


def test_a_new_adapter_changes_nothing(either_policy: Policy) -> None:
    with either_policy.reference():
        base = log_probabilities(either_policy)
    assert log_probabilities(either_policy) == base


def test_the_reference_stays_what_the_policy_began_as(either_policy: Policy) -> None:
    before = log_probabilities(either_policy)
    disturb(either_policy)
    assert log_probabilities(either_policy) != pytest.approx(before, abs=1e-3)
    with either_policy.reference():
        assert log_probabilities(either_policy) == before


def test_only_the_adapter_is_trained(policy: Policy) -> None:
    trained = sum(one.numel() for one in policy.parameters())
    assert 0 < trained < policy.answering.network.num_parameters() / 2
    assert trained == sum(value.numel() for value in policy.adapter().values())


def test_attention_alone_has_fewer_layers_with_an_adapter(base: Base, policy: Policy) -> None:
    attention = Policy(base, lora="attention", rank=8, seed=1)
    assert 0 < len(attention.adapter()) < len(policy.adapter())


def kept_for_gradients(policy: Policy) -> tuple[int, list[torch.Tensor]]:
    """Bytes, and the gradients that come of them."""
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        ids = [policy.prompting.ids(QUESTION)]
        answers = policy.answering.given([policy.prompting.answer_ids("Ask a few weeks ahead.")])
        policy.answering.log_probabilities(ids, answers).sum().backward()
    gradients = [one.grad.clone() for one in policy.parameters()]
    for one in policy.parameters():
        one.grad = None
    return sum(kept.values()), gradients


def test_layers_that_are_recomputed_need_less_memory_for_the_same_gradients(
    either_policy: Policy,
) -> None:
    policy = either_policy
    disturb(policy)
    usual, gradients = kept_for_gradients(policy)
    policy.recompute_layers()
    before = log_probabilities(policy)
    with policy.learning():
        less, again = kept_for_gradients(policy)
    assert less < 0.7 * usual
    assert all(map(torch.equal, gradients, again))
    # Nothing of it is left when answers are sampled.
    assert kept_for_gradients(policy)[0] > 0.9 * usual
    assert log_probabilities(policy) == before


def test_an_adapter_that_was_kept_is_a_copy(policy: Policy) -> None:
    kept = policy.adapter()
    before = log_probabilities(policy)
    disturb(policy)
    policy.set_adapter(kept)
    assert log_probabilities(policy) == before


def test_merged_weights_say_what_the_adapter_said(
    base: Base, policy: Policy, tmp_path: Path
) -> None:
    disturb(policy)
    expected = log_probabilities(policy)
    policy.save_adapter(tmp_path)
    network = merged(base, tmp_path)
    ids = torch.tensor([policy.prompting.ids(QUESTION)])
    answer = policy.prompting.answer_ids("Ask a few weeks ahead.")
    with torch.no_grad():
        logits = network(input_ids=ids, labels=torch.tensor([answer])).logits[0]
    found = torch.log_softmax(logits, dim=-1).gather(1, torch.tensor(answer).unsqueeze(1))
    assert found.squeeze(1).tolist() == pytest.approx(expected, abs=1e-3)


def test_an_adapter_of_another_base_is_refused(
    policy: Policy, documents: Path, tmp_path: Path
) -> None:
    small_base.make(documents, tmp_path, steps=1, vocabulary=900, width=32)
    other = Policy(base_files.read(tmp_path), lora="all-linear", rank=8, seed=1)
    with pytest.raises(TrainingError, match="does not belong to this base"):
        policy.set_adapter(other.adapter())


def test_an_adapter_of_other_layers_is_refused(base: Base, policy: Policy) -> None:
    attention = Policy(base, lora="attention", rank=8, seed=1)
    with pytest.raises(TrainingError, match="layers have other names"):
        policy.set_adapter(attention.adapter())


def test_a_tokenizer_of_another_base_is_refused(
    base_folder: Path, documents: Path, tmp_path: Path
) -> None:
    small_base.make(documents, tmp_path, steps=1, vocabulary=500, width=32)
    larger = (base_folder / "tokenizer.json").read_bytes()
    (tmp_path / "tokenizer.json").write_bytes(larger)
    with pytest.raises(TrainingError, match="does not belong to this base"):
        base_files.read(tmp_path)


def test_a_base_in_eight_bits_is_close_to_itself(base: Base) -> None:
    policy = Policy(base, lora="attention", rank=8, seed=1, eight_bit=True)
    network = load_network(base, kind=torch.float32)
    kinds = {str(one.dtype) for one in policy.peft.parameters()}
    assert "torch.int8" in kinds
    assert {str(one.dtype) for one in network.parameters()} == {"torch.float32"}
    exact = Policy(base, lora="attention", rank=8, seed=1)
    assert log_probabilities(policy) == pytest.approx(log_probabilities(exact), abs=0.5)
    disturb(policy)
