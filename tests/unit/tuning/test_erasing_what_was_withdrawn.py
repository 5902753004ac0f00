"""What becomes of the texts of a training when a customer withdraws a conversation that it was made
of: nobody is shown them any more, and within minutes they are gone."""

from functools import partial

import pytest

from tandem.tuning import leads
from tandem.tuning.api import VersionDetail
from tandem.tuning.erasing import Erasing, erase_withdrawn
from tandem.tuning.models import ModelVersion, RunStatus, VersionStatus
from tests import tuning_samples as samples
from tests.mortality import Life
from tests.unit.tuning.judging_scene import FOLDER, RIO, JudgingScene
from tests.unit.tuning.serving_scene import ServingScene

RUNS = "s3://models/runs"
DATASET = 3


class Withdrawing(JudgingScene):
    @property
    def erasing(self) -> Erasing:
        return Erasing(self.fakes.files, self.fakes.datasets, FOLDER, RUNS)

    def left_by_training(self) -> ModelVersion:
        """A candidate with the report of its training."""
        version = self.candidate()
        self.fakes.files.write_uri(f"{version.folder}/report.html", b"<h1>Before", "text/html")
        return version

    def withdraws(self, dataset: int = DATASET) -> None:
        self.fakes.datasets.withdrawn[dataset] = ["talk-1"]

    def erases(self) -> list[str]:
        return erase_withdrawn(self.world, self.erasing)

    def seen_by_lead(self, number: int = 1) -> VersionDetail:
        return leads.detail(self.world, self.leading, number)

    def texts(self) -> set[str]:
        """What is kept of texts: objects, and pairs of versions."""
        pairs = {f"pairs of {pair.version}" for pair in self.fakes.pairs.documents}
        return {*self.fakes.files.stored, *pairs}


def compared() -> Withdrawing:
    scene = Withdrawing()
    scene.left_by_training()
    scene.evaluates()
    assert scene.stored().status is VersionStatus.COMPARING
    return scene


def judged() -> Withdrawing:
    scene = Withdrawing(comparing={"enabled": False})
    scene.left_by_training()
    scene.evaluates()
    assert scene.seen_by_lead().samples
    assert scene.seen_by_lead().report
    return scene


# --- at once -------------------------------------------------------------------------------------
def test_nobody_is_given_a_pair_of_it_to_compare() -> None:
    scene = compared()
    before = scene.given(RIO)
    scene.withdraws()

    assert scene.asks(RIO).pair is None
    assert scene.chooses(RIO, before, "first").pair is None


def test_of_another_comparison_pairs_go_on_being_given() -> None:
    scene = compared()
    scene.candidate(dataset_version=4)
    scene.evaluates()
    scene.withdraws()

    assert scene.given(RIO).version == 2


def test_leads_see_neither_its_answers_nor_its_report() -> None:
    scene = judged()
    scene.withdraws()

    seen = scene.seen_by_lead()

    assert (seen.samples, seen.report) == ((), None)
    assert seen.version.heldout is not None


# --- within minutes ------------------------------------------------------------------------------
def test_its_pairs_answers_and_report_go_and_its_figures_stay() -> None:
    scene = compared()
    version = scene.stored()
    assert scene.texts() == {
        "pairs of 1",
        f"{FOLDER}/v1/answers.jsonl",
        f"{version.folder}/evaluation/test_answers.jsonl",
        f"{version.folder}/report.html",
    }
    scene.withdraws()

    assert scene.erases() == ["version-1"]

    assert scene.texts() == set()
    assert scene.stored() == version
    assert [entry.action for entry in scene.fakes.history.of("version-1", 9)] == ["texts erased"]


def test_what_has_nothing_left_is_erased_no_second_time() -> None:
    scene = judged()
    scene.withdraws()
    scene.erases()

    assert scene.erases() == []


def test_what_an_evaluation_wrote_late_goes_the_next_time() -> None:
    scene = compared()
    late = dict(scene.fakes.files.stored)
    scene.withdraws()
    scene.erases()
    scene.fakes.files.stored |= late

    assert scene.erases() == ["version-1"]
    assert scene.texts() == set()


def test_answers_of_earlier_rounds_go_as_well() -> None:
    scene = judged()
    scene.goes_live("newer")
    scene.reconciles()
    scene.evaluates()
    assert f"{FOLDER}/v1/round-2/answers.jsonl" in scene.texts()
    scene.withdraws()

    scene.erases()

    assert scene.texts() == set()


def test_what_was_trained_on_other_datasets_stays() -> None:
    scene = judged()
    before = scene.texts()
    scene.withdraws(4)

    assert scene.erases() == []
    assert scene.texts() == before
    assert scene.seen_by_lead().samples


@pytest.mark.parametrize("status", ["passed", "live", "retired", "rejected"])
def test_in_whatever_state_a_version_is_its_texts_go(status: str) -> None:
    scene = judged()
    scene.puts(scene.stored(), status=VersionStatus(status))
    scene.withdraws()

    assert scene.erases() == ["version-1"]
    assert scene.stored().status.value == status


def test_what_a_training_left_that_was_never_registered_goes() -> None:
    scene = Withdrawing()
    for name, status in (("r1", RunStatus.FAILED), ("r2", RunStatus.RUNNING)):
        scene.fakes.runs.add(samples.run(name, dataset_version=DATASET, status=status))
        scene.fakes.files.write_uri(f"{RUNS}/{name}/output/model/report.html", b"", "text/html")
    scene.withdraws()

    assert scene.erases() == ["r1"]
    assert scene.texts() == {f"{RUNS}/r2/output/model/report.html"}


def test_a_candidate_whose_answers_are_erased_is_refused_for_the_withdrawal() -> None:
    scene = Withdrawing()
    scene.left_by_training()
    scene.withdraws()
    scene.erases()

    scene.evaluates()

    assert scene.stored().status is VersionStatus.REFUSED
    assert scene.stored().reason.startswith("1 conversation that its dataset was made of")
    assert scene.fakes.answers.asked == []


def test_what_cannot_be_erased_keeps_nothing_else_from_being_erased(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = judged()
    scene.left_by_training()
    files = scene.fakes.files
    delete = files.delete_uri

    def fails_of_the_second(uri: str) -> None:
        if "/run-2/" in uri:
            raise ConnectionError("away")
        delete(uri)

    monkeypatch.setattr(files, "delete_uri", fails_of_the_second)
    scene.withdraws()

    with pytest.raises(ExceptionGroup, match="could not be erased"):
        scene.erases()

    assert all("/run-2/" in uri for uri in scene.texts())


def test_wherever_a_worker_dies_the_next_one_erases_the_rest() -> None:
    for calls in range(1, 200):
        scene = Withdrawing()
        scene.left_by_training()
        scene.fakes.pairs.add([samples.pair("p1"), samples.pair("p2")])
        scene.withdraws()
        life = Life(calls)
        mortal = scene.through(life)
        erasing = Erasing(
            life.through(scene.fakes.files), life.through(scene.fakes.datasets), FOLDER, RUNS
        )
        survived = life.does(partial(erase_withdrawn, mortal.world, erasing))
        scene.erases()
        assert scene.texts() == set()
        if survived:
            break
    else:
        pytest.fail("it never came to an end")


def test_the_reconciler_erases() -> None:
    scene = ServingScene()
    number = scene.live()
    report = f"{scene.version(number).folder}/report.html"
    scene.fakes.files.write_uri(report, b"<h1>Before", "text/html")
    scene.fakes.datasets.withdrawn[scene.version(number).dataset_version] = ["talk-1"]

    assert scene.reconcile().erased == [f"version-{number}"]
    assert not scene.fakes.files.exists(report)
    assert scene.status(number) == "live"
