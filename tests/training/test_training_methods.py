"""Each way to learn moves the policy where it is meant to, on questions that were rated."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.training.rated_questions import questions_of, rated_by_length, score_by_length
from training.dataset import Preference, Question, Rating
from training.document_questions import subjects_of
from training.held_out import HeldOut
from training.methods.imitation import Imitation
from training.methods.method import batch_of
from training.methods.preferences import Preferences
from training.methods.rated_answers import RatedAnswers
from training.methods.reinforcement import Reinforcement
from training.methods.stored_scores import StoredScores
from training.policy import Policy
from training.scoring import Scores
from training.settings import Settings

SETTINGS = Settings(
    learning_rate=2e-3,
    batch_size=10,
    samples=4,
    kl_coefficient=0.02,
    kl_limit=8.0,
    longest=40,
    seed=1,
)


@pytest.fixture
def questions(documents: Path) -> list[Question]:
    return questions_of(documents)


@pytest.fixture
def ratings(documents: Path) -> list[Rating]:
    subjects = {subject.name: subject for subject in subjects_of(documents)}
    return [
        Rating(question, sentence, rated_by_length(sentence), 1, "small-base")
        for question in questions_of(documents)
        for sentence in subjects[question.topic].sentences[:6]
    ]


def score_by_beginning(questions: Sequence[Question], answers: Sequence[str]) -> Scores:
    """A rule that a policy learns within a few steps: it is decided by the first word."""
    del questions
    return np.array([1.0 if answer.startswith("Great") else 5.0 for answer in answers])


def optimizer_of(policy: Policy) -> Any:
    return torch.optim.AdamW(policy.parameters(), lr=SETTINGS.learning_rate, weight_decay=0.0)


def mean_score(policy: Policy, questions: list[Question]) -> float:
    ids = [policy.prompting.ids(question.text) for question in questions]
    answers = policy.answering.sample(
        ids, samples=4, longest=40, generator=torch.Generator().manual_seed(5)
    )
    texts = policy.prompting.texts(answers.lists())
    return float(score_by_beginning(questions, texts).mean())


def log_probability(policy: Policy, question: Question, answer: str) -> float:
    ids = [policy.prompting.ids(question.text)]
    with torch.no_grad():
        found = policy.answering.log_probabilities(
            ids, policy.answering.given([policy.prompting.answer_ids(answer)])
        )
    return float(found.sum())


def test_reinforcement_raises_the_reward_of_sampled_answers(
    policy: Policy, questions: list[Question]
) -> None:
    before = mean_score(policy, questions)
    method = Reinforcement(policy, optimizer_of(policy), questions, score_by_beginning, SETTINGS)
    for number in range(1, 9):
        figures = method.step(number)
    assert mean_score(policy, questions) > before + 0.3
    assert figures["kl"] > 0


def test_reinforcement_begins_without_divergence(policy: Policy, questions: list[Question]) -> None:
    method = Reinforcement(policy, optimizer_of(policy), questions, score_by_beginning, SETTINGS)
    assert method.step(1)["kl"] == pytest.approx(0.0, abs=1e-3)


def test_a_reward_that_is_the_same_for_all_answers_moves_nothing_but_their_shape(
    policy: Policy, questions: list[Question]
) -> None:
    def indifferent(questions: Sequence[Question], answers: Sequence[str]) -> Scores:
        del questions
        return np.full(len(answers), 3.0)

    before = mean_score(policy, questions)
    method = Reinforcement(policy, optimizer_of(policy), questions, indifferent, SETTINGS)
    for number in range(1, 4):
        method.step(number)
    assert mean_score(policy, questions) == pytest.approx(before, abs=0.25)


def test_rated_answers_become_likelier_by_their_rating(
    policy: Policy, ratings: list[Rating]
) -> None:
    good = [row for row in ratings if row.reward >= 4][:5]
    bad = [row for row in ratings if row.reward <= 2][:5]

    def gap() -> float:
        return sum(
            log_probability(policy, better.question, better.answer)
            - log_probability(policy, worse.question, worse.answer)
            for better, worse in zip(good, bad, strict=True)
        )

    before = gap()
    method = RatedAnswers(policy, optimizer_of(policy), ratings, SETTINGS)
    for number in range(1, 13):
        method.step(number)
    assert gap() > before + 5


def test_an_epoch_lays_anew_what_ratios_are_taken_to(policy: Policy, ratings: list[Rating]) -> None:
    method = RatedAnswers(policy, optimizer_of(policy), ratings[:20], SETTINGS)
    method.step(1)
    first = {row: anchor.clone() for row, anchor in method.state()["anchors"].items()}
    method.step(2)
    assert all(torch.equal(first[row], a) for row, a in method.state()["anchors"].items())
    method.step(3)
    assert not all(torch.equal(first[row], a) for row, a in method.state()["anchors"].items())


def test_a_persons_answer_is_preferred_and_imitated(
    policy: Policy, questions: list[Question]
) -> None:
    chosen, rejected = "Add the tags when a resource is created.", "A rule in Amazon EventBridge."
    pairs = [Preference(question, chosen, rejected) for question in questions]
    before = log_probability(policy, questions[0], chosen)
    method = Preferences(policy, optimizer_of(policy), pairs, SETTINGS)
    first = method.step(1)
    for number in range(2, 9):
        last = method.step(number)
    assert first["margin"] == pytest.approx(0.0, abs=1e-3)
    assert last["preferred"] > 0.9
    assert log_probability(policy, questions[0], chosen) > before


def test_an_answer_that_is_imitated_becomes_likelier(
    policy: Policy, questions: list[Question]
) -> None:
    answer = "Add the tags when a resource is created."
    before = log_probability(policy, questions[0], answer)
    examples = [(question, answer) for question in questions]
    method = Imitation(policy, optimizer_of(policy), examples, SETTINGS)
    losses = [method.step(number)["loss"] for number in range(1, 9)]
    assert losses[-1] < losses[0]
    assert log_probability(policy, questions[0], answer) > before


def test_the_reward_of_stored_scores_does_not_depend_on_the_policy(
    policy: Policy, ratings: list[Rating]
) -> None:
    method = StoredScores(policy, optimizer_of(policy), ratings, SETTINGS)
    before = method.step(1)["reward/mean"]
    with torch.no_grad():
        for one in policy.parameters():
            one.add_(torch.randn_like(one) / 5)
    assert method.step(1)["reward/mean"] == before


def test_all_rows_come_once_before_any_comes_again() -> None:
    rows = list(range(7))
    drawn = [row for number in range(1, 8) for row in batch_of(rows, 3, number, seed=1)]
    for epoch in range(3):
        assert sorted(drawn[7 * epoch : 7 * epoch + 7]) == rows
    assert drawn[:7] != drawn[7:14]


def test_the_held_out_score_of_the_base_is_that_of_a_policy_without_training(
    policy: Policy, questions: list[Question]
) -> None:
    held_out = HeldOut(questions, score_by_length, longest=40)
    before, now = held_out.of_base(policy), held_out.of_policy(policy)
    assert now.scores.tolist() == before.scores.tolist()
    assert now.divergence == pytest.approx(0.0, abs=1e-3)
