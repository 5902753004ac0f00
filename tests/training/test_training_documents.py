"""A small base is made of documents: the same one each time, and one that speaks their language."""

import itertools
from pathlib import Path

import pytest

from training import base_files, small_base
from training.document_questions import batches, questions_about, subjects_of
from training.policy import Policy


def test_a_document_is_a_subject_with_its_sentences(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# Tagging resources\n\nPut a **tag** on each resource. It [helps](x.md) to find it.\n\n"
        "- Add the tags when a resource is created.\n\n```\nnot a sentence of it at all.\n```\n"
    )
    (subject,) = subjects_of(tmp_path)
    assert subject.name == "tagging resources"
    assert subject.sentences == (
        "Put a tag on each resource.",
        "It helps to find it.",
        "Add the tags when a resource is created.",
    )
    assert "Tell me about tagging resources." in questions_about(subject)


def test_a_heading_that_is_a_question_is_asked_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Where are the logs?\n\nThe logs are in CloudWatch Logs.\n")
    (subject,) = subjects_of(tmp_path)
    assert "Hello, where are the logs?" in questions_about(subject)


def test_some_questions_come_after_others(documents: Path) -> None:
    subjects = subjects_of(documents)
    drawn = list(itertools.islice(batches(subjects, 4, seed=1), 40))
    later = [batch for batch in drawn if batch[0].context]
    assert 2 <= len(later) <= 16
    assert drawn == list(itertools.islice(batches(subjects, 4, seed=1), 40))


def test_without_documents_there_is_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no Markdown documents"):
        small_base.make(tmp_path, tmp_path / "out", steps=1)


def test_the_same_documents_make_the_same_base(documents: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        small_base.make(documents, tmp_path / name, steps=3, vocabulary=500, width=32)
    one, two = (base_files.read(tmp_path / name) for name in ("one", "two"))
    assert one.digest == two.digest


def test_the_answers_are_sentences_of_the_documents(policy: Policy, documents: Path) -> None:
    sentences = {text for subject in subjects_of(documents) for text in subject.sentences}
    questions = [text for subject in subjects_of(documents) for text in questions_about(subject)]
    ids = [policy.prompting.ids(text) for text in questions]
    answers = policy.prompting.texts(policy.answering.greedy(ids, longest=64))
    word_for_word = [any(sentence in answer for sentence in sentences) for answer in answers]
    assert sum(word_for_word) >= len(answers) / 2
