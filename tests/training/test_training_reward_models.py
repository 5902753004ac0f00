"""Which ratings which reward model may know."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tandem.tuning.rewards.static_embedding import StaticEmbedding
from tests.training.rated_questions import by_topic, rated_documents, write_dataset
from training import dataset, reward_models
from training.dataset import Dataset
from training.failures import TrainingError
from training.scoring import RewardModelScorer


@pytest.fixture(scope="module")
def meaning() -> StaticEmbedding:
    return reward_models.embedding()


@pytest.fixture
def data(documents: Path, tmp_path: Path) -> Dataset:
    rows = rated_documents(documents)
    topics = sorted({row["topic"] for row in rows})
    # Rated anew under other topics, so that validation and test are large enough for a judge.
    more = [{**row, "topic": f"{row['topic']} again"} for row in rows * 2]
    split: dict[str, Any] = by_topic(
        [*rows, *more], test=f"{topics[0]} again", validation=f"{topics[1]} again"
    )
    return dataset.read(write_dataset(tmp_path, split))


def test_the_judge_knows_no_rating_that_the_policys_reward_model_knows(
    data: Dataset, meaning: StaticEmbedding
) -> None:
    models = reward_models.fitted(data, meaning, minimum=30)
    train, validation = len(data.train.ratings), len(data.validation.ratings)
    assert models.policy.ratings == train
    assert models.chat.ratings == train + validation
    assert models.judge is not None
    assert models.judge.ratings == validation + len(data.test.ratings)


def test_without_ratings_for_a_judge_the_policy_learns_from_the_validation_as_well(
    data: Dataset, meaning: StaticEmbedding
) -> None:
    few = replace(
        data,
        validation=replace(data.validation, ratings=data.validation.ratings[:5]),
        test=replace(data.test, ratings=data.test.ratings[:5]),
    )
    models = reward_models.fitted(few, meaning, minimum=30)
    assert models.judge is None
    assert "10 ratings of validation and test are too few" in str(models.judge_missing_because)
    assert "20 more are needed" in str(models.judge_missing_because)
    assert models.policy.ratings == len(data.train.ratings) + 5


def test_too_few_ratings_are_refused_with_how_many_are_missing(
    data: Dataset, meaning: StaticEmbedding
) -> None:
    few = replace(data, train=replace(data.train, ratings=data.train.ratings[:3]))
    few = replace(few, validation=replace(data.validation, ratings=data.validation.ratings[:4]))
    with pytest.raises(TrainingError, match="7 of at least 30; 23 more are missing"):
        reward_models.fitted(few, meaning, minimum=30)


def test_ratings_that_are_all_the_same_are_refused(data: Dataset, meaning: StaticEmbedding) -> None:
    def all_four(split: dataset.Split) -> dataset.Split:
        return replace(split, ratings=tuple(replace(row, reward=4.0) for row in split.ratings))

    same = replace(data, train=all_four(data.train), validation=all_four(data.validation))
    with pytest.raises(TrainingError, match="nothing to learn"):
        reward_models.fitted(same, meaning, minimum=30)


def test_a_scorer_gives_each_answer_its_own_score(data: Dataset, meaning: StaticEmbedding) -> None:
    score = RewardModelScorer(reward_models.fitted(data, meaning, minimum=30).policy.model)
    rows = data.test.ratings[:6]
    questions, answers = [row.question for row in rows], [row.answer for row in rows]
    together = score(questions, answers)
    alone = [float(score([q], [a])[0]) for q, a in zip(questions, answers, strict=True)]
    assert together.tolist() == pytest.approx(alone)
    assert ((together >= 1) & (together <= 5)).all()
