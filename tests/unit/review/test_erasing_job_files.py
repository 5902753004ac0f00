"""What a customer has withdrawn goes from the files of labelling jobs, and nothing else does."""

import json
from typing import Any

import pytest

from tandem.live.models import Person
from tandem.review import job_files, withdrawal
from tandem.review.api import Withdraw, WithdrawalView
from tandem.review.manifest import read_lines, read_output
from tandem.review.models import CandidateStatus, ContextTurn, Job, Return
from tests.fakes import START
from tests.unit.review.labeling_scene import LabelingScene, candidate

LEA = Person(user="lea", name="Lea Lead", groups=frozenset({"leads"}))
SECRETS = ("hamster", "third floor", "before all that", "Nonsense", "Bring a cage")
TALK = "talk-c1"
SAID = (ContextTurn(author="customer", text="This was said before all that."),)


class Withdrawing(LabelingScene):
    """Three candidates, the second of which a customer withdraws."""

    def __init__(self, backend: str = "queue", *elsewhere: str) -> None:
        texts = {"question": "May my hamster in?", "answer": "To the third floor.", "context": SAID}
        second = candidate("c1", pair=texts, conversations=(TALK, *elsewhere))
        super().__init__([candidate("c0"), second, candidate("c2")], backend=backend)

    def rated(self, job: Job) -> Job:
        """Everybody has said something of everything, and the job is over."""
        words = {"reason": "Nonsense.", "better_answer": "Bring a cage."}
        for number, name in enumerate(("c0", "c1", "c2")):
            said = words if name == "c1" else {"better_answer": f"Better {name}."}
            self.rates(job, name, 2 + number, **said)
            self.says(job, name, 2 + number, **said)
        if job.name in self.ground_truth.jobs:
            self.ground_truth.complete(job.name)
        ended = self.finish(job)
        assert ended is not None
        return ended

    def withdraws(self, name: str = TALK) -> WithdrawalView:
        return withdrawal.withdraw(self.world, self.base, LEA, Withdraw(conversation_id=name))

    def seen(self) -> WithdrawalView:
        return withdrawal.withdrawals(self.world).withdrawals[0]

    def secrets(self, *names: str) -> dict[str, list[str]]:
        """What is left of these words, or of all, by the file."""
        wanted = names or SECRETS
        files = {
            key: body.decode(errors="replace") for key, body in self.fakes.files.stored.items()
        }
        found = {key: [word for word in wanted if word in text] for key, text in files.items()}
        return {key: words for key, words in found.items() if words}

    def input(self, job: Job) -> list[dict[str, Any]]:
        return list(read_lines(self.fakes.files.read(f"jobs/{job.name}/input.manifest")))


@pytest.mark.parametrize("backend", ["queue", "ground_truth"])
def test_nothing_that_was_said_is_left_in_a_jobs_files_and_other_lines_stay_as_they_were(
    backend: str,
) -> None:
    scene = Withdrawing(backend)
    job = scene.rated(scene.start())
    before = {key: body.split(b"\n") for key, body in scene.fakes.files.stored.items()}
    told = [key for key, words in scene.secrets().items() if words]
    assert len(told) == 3, "input, request and output hold it"

    view = scene.withdraws()
    assert view.in_jobs == (job.name,)
    assert job_files.erase_all(scene.world) == [job.name]

    assert scene.secrets() == {}
    assert scene.seen().in_jobs == ()
    after = {key: body.split(b"\n") for key, body in scene.fakes.files.stored.items()}
    assert after.keys() == before.keys()
    for key in (key for key in before if key.endswith(".manifest")):
        assert len(after[key]) == len(before[key])
        changed = [n for n, line in enumerate(before[key]) if after[key][n] != line]
        assert changed == [1]


def test_objects_keep_their_numbers_and_say_why_they_have_no_label() -> None:
    scene = Withdrawing()
    job = scene.rated(scene.start())
    scene.withdraws()

    job_files.erase_all(scene.world)

    assert [line["candidate-id"] for line in scene.input(job)] == ["c0", "c1", "c2"]
    erased = scene.input(job)[1]
    assert (erased["source"], erased["prompt"], erased["response"]) == ("[withdrawn]",) * 3
    assert erased["context"] == []
    assert job.output_uri is not None
    lines = list(read_output(scene.fakes.files.read_uri(job.output_uri), "relevance"))
    assert [line.label is None for line in lines] == [False, True, False]
    assert lines[1].reason == "the customer has withdrawn the conversation"
    (request,) = [
        json.loads(body) for key, body in scene.fakes.files.stored.items() if "request/" in key
    ]
    assert [each["datasetObjectId"] for each in request] == ["0", "1", "2"]
    assert request[1]["annotations"] == []
    assert "Better c2." in request[2]["annotations"][0]["annotationData"]["content"]


def test_doing_it_again_changes_nothing_and_has_nothing_to_do() -> None:
    scene = Withdrawing()
    scene.rated(scene.start())
    scene.withdraws()
    job_files.erase_all(scene.world)
    once = dict(scene.fakes.files.stored)

    assert scene.withdraws().in_jobs == ()
    assert job_files.erase_all(scene.world) == []
    assert scene.fakes.files.stored == once


def test_a_job_of_the_queue_under_way_is_given_it_no_more_and_is_done_with_at_its_end() -> None:
    scene = Withdrawing()
    job = scene.start()
    scene.rates(job, "c1", better_answer="Bring a cage.")

    scene.withdraws()
    assert job_files.erase_all(scene.world) == []
    assert scene.secrets() == {}
    assert scene.seen().in_jobs == (job.name,)

    scene.rates(job, "c0")
    scene.rates(job, "c2")
    ended = scene.finish(job)
    assert ended is not None
    assert ended.labeled == 2
    assert job_files.erase_all(scene.world) == [job.name]
    assert scene.secrets() == {}
    scene.settled()


def test_what_ground_truth_writes_at_the_end_of_a_job_that_was_under_way_goes_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Withdrawing("ground_truth")
    job = scene.start()
    read_at_its_start = scene.input(job)
    scene.withdraws()
    assert job_files.erase_all(scene.world) == []
    assert scene.secrets() == {}, "what it reads from now on does not say it"

    with monkeypatch.context() as patched:
        patched.setattr(scene.ground_truth, "lines", lambda _: read_at_its_start)
        scene.rated(job)
    assert len(scene.secrets()) == 2

    assert job_files.erase_all(scene.world) == [job.name]
    assert scene.secrets() == {}
    assert scene.candidate("c0").status is CandidateStatus.LABELED


def test_what_workers_said_of_it_one_by_one_goes_by_its_number() -> None:
    scene = Withdrawing("ground_truth")
    job = scene.rated(scene.start())
    folder = f"jobs/{job.name}/output/{job.name}/annotations/worker-response/iteration-1"
    for number in range(3):
        said = {"answers": [{"answerContent": {"reason": f"Nonsense of {number}."}}]}
        scene.fakes.files.stored[f"{folder}/{number}/x.json"] = json.dumps(said).encode()
    scene.withdraws()

    job_files.erase_all(scene.world)

    stored = scene.fakes.files.stored
    assert json.loads(stored[f"{folder}/1/x.json"]) == {"answers": []}
    assert b"Nonsense of 0." in stored[f"{folder}/0/x.json"]
    assert b"Nonsense of 2." in stored[f"{folder}/2/x.json"]


def test_of_a_pair_that_came_up_elsewhere_too_only_what_was_said_before_it_goes() -> None:
    scene = Withdrawing("queue", "another-talk")
    job = scene.rated(scene.start())

    assert scene.withdraws().in_jobs == (job.name,)
    assert job_files.erase_all(scene.world) == [job.name]

    assert scene.secrets("before all that") == {}
    assert scene.input(job)[1]["context"] == []
    assert scene.input(job)[1]["response"] == "To the third floor."
    label = scene.candidate("c1").label
    assert label is not None
    assert label.rating == 3


def test_a_pair_that_was_told_in_another_conversation_is_none_of_its_files() -> None:
    scene = Withdrawing("queue", "another-talk")
    scene.rated(scene.start())
    before = dict(scene.fakes.files.stored)

    assert scene.withdraws("another-talk").in_jobs == ()
    assert job_files.erase_all(scene.world) == []
    assert scene.fakes.files.stored == before


def test_the_files_of_jobs_that_came_to_nothing_lose_it_too() -> None:
    scene = Withdrawing("ground_truth")
    scene.ground_truth.refusal = "there is no such work team"
    jobs = [scene.start() for _ in range(8)]
    assert len({job.name for job in jobs}) == 8
    assert len(scene.candidate("c1").returns) < 8, "it has forgotten the first of them"

    assert set(scene.withdraws().in_jobs) == {job.name for job in jobs}
    job_files.erase_all(scene.world)

    assert scene.secrets() == {}


def test_a_line_that_is_none_and_a_file_that_is_none_stay_as_they_are() -> None:
    scene = Withdrawing()
    job = scene.rated(scene.start())
    assert job.output_uri is not None
    key = job.output_uri.removeprefix("s3://review/")
    scene.fakes.files.stored[key] += b"half a li"
    scene.fakes.files.stored[f"jobs/{job.name}/picture"] = b"\x89\xff\x00"
    scene.withdraws()

    job_files.erase_all(scene.world)

    assert scene.secrets() == {}
    assert scene.fakes.files.stored[key].endswith(b"\nhalf a li")
    assert scene.fakes.files.stored[f"jobs/{job.name}/picture"] == b"\x89\xff\x00"


def test_a_job_whose_files_cannot_be_written_keeps_no_other_from_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Withdrawing()
    first = scene.rated(scene.start())
    found = scene.candidate("c1")
    returned = Return(job=first.name, reason="once more", at=START, counts=False)
    waits: dict[str, Any] = {
        "status": CandidateStatus.WAITING,
        "label": None,
        "job": None,
        "returns": (returned,),
        "revision": found.revision + 1,
    }
    scene.fakes.candidates.replace(found, found.model_copy(update=waits))
    second = scene.start()
    scene.rates(second, "c1")
    scene.finish(second)
    assert set(scene.withdraws().in_jobs) == {first.name, second.name}
    write = scene.fakes.files.write
    broken = min(first.name, second.name)

    def not_there(key: str, body: bytes, content_type: str) -> str:
        if broken in key:
            raise ConnectionError("the bucket is away")
        return write(key, body, content_type)

    with monkeypatch.context() as patched:
        patched.setattr(scene.fakes.files, "write", not_there)
        with pytest.raises(ExceptionGroup, match="still hold what was withdrawn"):
            job_files.erase_all(scene.world)
    assert scene.seen().in_jobs == (broken,)

    assert job_files.erase_all(scene.world) == [broken]
    assert scene.secrets() == {}


def test_the_schedule_does_it() -> None:
    scene = Withdrawing()
    job = scene.rated(scene.start())
    scene.withdraws()

    assert scene.reconcile().erased == [job.name]
    assert scene.secrets() == {}
    assert scene.reconcile().erased == []
