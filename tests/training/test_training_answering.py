"""Answers and their log-probabilities, of an encoder-decoder and of a causal model alike."""

import pytest
import torch

from training.answering import Answers
from training.methods.method import by_length
from training.policy import Policy

QUESTIONS = (
    "What should I know about tagging resources for cost and access?",
    "Tell me about quotas and how to raise them.",
    "How does model registry and approval work? Please say it in a few words, and why it is so.",
)


def ids_of(policy: Policy) -> list[list[int]]:
    return [policy.prompting.ids(question) for question in QUESTIONS]


def sampled(policy: Policy, seed: int = 1, longest: int = 24) -> Answers:
    generator = torch.Generator().manual_seed(seed)
    return policy.answering.sample(ids_of(policy), samples=4, longest=longest, generator=generator)


def test_a_sampled_answer_is_as_likely_as_it_was_when_it_was_sampled(
    either_policy: Policy,
) -> None:
    answers = sampled(either_policy)
    with torch.no_grad():
        again = either_policy.answering.log_probabilities(ids_of(either_policy), answers)
    assert torch.allclose(again, answers.log_probabilities * answers.mask, atol=1e-4)
    assert (answers.log_probabilities <= 0).all()


def test_answers_come_in_a_row_for_each_question(either_policy: Policy) -> None:
    assert sampled(either_policy).owner.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_an_answer_ends_with_its_end_or_is_cut_off(either_policy: Policy) -> None:
    answers = sampled(either_policy, longest=16)
    end = either_policy.prompting.end
    for tokens, finished in zip(answers.lists(), answers.finished.tolist(), strict=True):
        assert (tokens[-1] == end) == finished
        assert end not in tokens[:-1]
        assert finished or len(tokens) == 16


def test_the_same_chance_gives_the_same_answers(either_policy: Policy) -> None:
    assert sampled(either_policy, 1).lists() == sampled(either_policy, 1).lists()
    assert sampled(either_policy, 1).lists() != sampled(either_policy, 2).lists()


def test_the_likeliest_answer_is_the_one_that_transformers_finds(either_policy: Policy) -> None:
    prompting, network = either_policy.prompting, either_policy.answering.network
    ids = ids_of(either_policy)
    for question, found in zip(ids, either_policy.answering.greedy(ids, longest=24), strict=True):
        batch = torch.tensor([question])
        with torch.no_grad():
            expected = network.generate(
                input_ids=batch,
                attention_mask=torch.ones_like(batch),
                max_new_tokens=24,
                do_sample=False,
                pad_token_id=prompting.pad,
            )[0].tolist()
        assert found == (expected[len(question) :] if prompting.causal else expected[1:])


def test_an_answer_does_not_depend_on_what_else_is_asked(either_policy: Policy) -> None:
    ids = ids_of(either_policy)
    together = either_policy.answering.greedy(ids, longest=24)
    assert [either_policy.answering.greedy([one], longest=24)[0] for one in ids] == together


def test_parts_of_similar_length_say_the_same_as_the_whole(either_policy: Policy) -> None:
    answers, ids = sampled(either_policy), ids_of(either_policy)
    with torch.no_grad():
        whole = either_policy.answering.log_probabilities(ids, answers)
        rows_seen = []
        for rows, part in by_length(answers, 10):
            found = either_policy.answering.log_probabilities(ids, part)
            assert torch.allclose(found, whole[rows, : found.shape[1]], atol=1e-4)
            rows_seen += rows.tolist()
    assert sorted(rows_seen) == list(range(12))


def test_answers_that_were_given_are_read_as_those_that_were_sampled(policy: Policy) -> None:
    answers = sampled(policy)
    given = policy.answering.given(answers.lists(), answers.owner.tolist())
    assert torch.equal(given.mask, answers.mask)
    assert torch.equal(given.finished, answers.finished)
    assert torch.equal(given.tokens * given.mask, answers.tokens * answers.mask)


def test_of_a_question_that_is_too_long_the_end_is_read(policy: Policy) -> None:
    ids = policy.prompting.ids("before " * 1000 + QUESTIONS[0])
    assert len(ids) == 512
    assert ids[-4:] == policy.prompting.ids(QUESTIONS[0])[-4:]


def test_an_answer_reads_the_same_after_it_went_through_tokens(policy: Policy) -> None:
    text = "Tag it: `cost-center` = 5 % – naïve, isn't it?"
    assert policy.prompting.texts([policy.prompting.answer_ids(text)]) == [text]


@pytest.mark.parametrize("samples", [1, 3])
def test_no_answer_is_longer_than_asked_for(policy: Policy, samples: int) -> None:
    answers = policy.answering.sample(
        ids_of(policy), samples=samples, longest=3, generator=torch.Generator().manual_seed(1)
    )
    assert answers.tokens.shape == (3 * samples, 3)
