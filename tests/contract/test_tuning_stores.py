"""The tuning module's stores: the fakes and the DynamoDB adapters pass the same tests."""

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from tandem.aws.tuning_records import DynamoHistory, DynamoPairs, DynamoRuns, DynamoVersions
from tandem.aws.tuning_table import TuningTable
from tandem.aws.tuning_trials import DynamoTrials
from tandem.live.errors import Conflict
from tandem.tuning.models import RunStatus, TrialFigures, TrialRecord, VersionStatus
from tandem.tuning.moves import changed
from tandem.tuning.stores import History, Pairs, Runs, Trials, Versions
from tests.contract.conftest import REGION
from tests.fakes import START, ManualClock
from tests.template.template_file import written
from tests.tuning_fakes import TuningFakes
from tests.tuning_samples import entry, pair, run, version

MINUTE = timedelta(minutes=1)
RETENTION = timedelta(days=30)


class Stores:
    """One set of stores; `table` is None for the fakes."""

    def __init__(self, table: TuningTable | None) -> None:
        fakes = TuningFakes()
        self.table = table
        self.runs: Runs = DynamoRuns(table) if table else fakes.runs
        self.versions: Versions = DynamoVersions(table) if table else fakes.versions
        self.pairs: Pairs = DynamoPairs(table) if table else fakes.pairs
        self.trials: Trials = dynamo_trials(table) if table else fakes.trials
        self.history: History = DynamoHistory(table) if table else fakes.history


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return Stores(None if request.param == "memory" else dynamodb(request))


def dynamo_trials(table: TuningTable, clock: ManualClock | None = None) -> DynamoTrials:
    return DynamoTrials(table, clock or ManualClock(), RETENTION)


def ending(moment: datetime) -> str:
    """As DynamoDB's expiry has it."""
    return str(int(moment.timestamp()))


def dynamodb(request: pytest.FixtureRequest) -> TuningTable:
    """The table as the template declares it."""
    request.getfixturevalue("aws")
    client = boto3.client("dynamodb", region_name=REGION)
    declared: dict[str, Any] = written()["Resources"]["TuningTable"]["Properties"]
    used = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    client.create_table(TableName="tuning", **{name: declared[name] for name in used})
    return TuningTable(client, "tuning")


# --- training runs -------------------------------------------------------------------------------
def test_a_run_is_unfinished_until_it_ended_and_stays_among_the_recent(stores: Stores) -> None:
    first, second = run("r1"), run("r2", started_at=START + MINUTE)
    assert stores.runs.add(first)
    assert stores.runs.add(second)
    assert not stores.runs.add(run("r1", ratings=5))
    running = changed(first, status=RunStatus.RUNNING)
    stores.runs.replace(first, running)
    assert stores.runs.unfinished() == [running, second]

    ended = changed(running, status=RunStatus.FAILED, reason="no capacity")
    stores.runs.replace(running, ended)

    assert stores.runs.unfinished() == [second]
    assert stores.runs.recent(1) == [second]
    assert stores.runs.recent(5) == [second, ended]
    assert stores.runs.get("r1") == ended
    assert stores.runs.get("none") is None


def test_a_run_that_was_registered_is_finished(stores: Stores) -> None:
    stores.runs.add(run(status=RunStatus.REGISTERED, version=1))

    assert stores.runs.unfinished() == []


def test_of_two_who_change_a_run_at_once_one_is_told(stores: Stores) -> None:
    before = run()
    stores.runs.add(before)
    stores.runs.replace(before, changed(before, reason="first"))

    with pytest.raises(Conflict):
        stores.runs.replace(before, changed(before, reason="second"))

    stored = stores.runs.get(before.name)
    assert stored is not None
    assert stored.reason == "first"


# --- model versions ------------------------------------------------------------------------------
def test_versions_are_listed_by_their_number_newest_first(stores: Stores) -> None:
    for number in (2, 10, 1):
        assert stores.versions.add(version(number))

    assert not stores.versions.add(version(2, folder="s3://elsewhere"))
    assert [each.version for each in stores.versions.all()] == [10, 2, 1]
    assert stores.versions.get(2) == version(2)
    assert stores.versions.get(3) is None


def test_of_two_who_change_a_version_at_once_one_is_told(stores: Stores) -> None:
    before = version()
    stores.versions.add(before)
    after = changed(before, status=VersionStatus.COMPARING)
    stores.versions.replace(before, after)

    with pytest.raises(Conflict):
        stores.versions.replace(before, changed(before, status=VersionStatus.REFUSED))

    assert stores.versions.get(1) == after
    assert stores.versions.all() == [after]


def test_a_version_that_is_not_there_is_not_replaced(stores: Stores) -> None:
    with pytest.raises(Conflict):
        stores.versions.replace(version(), changed(version()))


# --- pairs ---------------------------------------------------------------------------------------
def test_pairs_that_are_there_stay_as_they_are(stores: Stores) -> None:
    stores.pairs.add([pair("p2"), pair("p1")])
    chosen = changed(pair("p1"), choice="second", chosen_by="rio")
    stores.pairs.replace(pair("p1"), chosen)

    stores.pairs.add([pair("p1"), pair("p3"), pair("p1", version=2)])

    assert stores.pairs.of(1) == [chosen, pair("p2"), pair("p3")]
    assert stores.pairs.of(2) == [pair("p1", version=2)]
    assert stores.pairs.of(3) == []
    assert stores.pairs.get(1, "p1") == chosen
    assert stores.pairs.get(2, "p2") is None


def test_pairs_of_one_version_are_removed_and_those_of_others_are_not(stores: Stores) -> None:
    stores.pairs.add([pair("p1"), pair("p2"), pair("p1", version=2)])

    assert stores.pairs.remove(1) == 2
    assert stores.pairs.remove(1) == 0

    assert stores.pairs.of(1) == []
    assert stores.pairs.of(2) == [pair("p1", version=2)]
    with pytest.raises(Conflict):
        stores.pairs.replace(pair("p1"), changed(pair("p1"), choice="first"))


def test_of_two_who_choose_at_once_one_is_told(stores: Stores) -> None:
    stores.pairs.add([pair()])
    stores.pairs.replace(pair(), changed(pair(), choice="first"))

    with pytest.raises(Conflict):
        stores.pairs.replace(pair(), changed(pair(), choice="second"))


# --- trials --------------------------------------------------------------------------------------
def record(name: str = "talk-1", **changes: Any) -> TrialRecord:
    return TrialRecord(**{"version": 1, "conversation_id": name, "arm": "candidate"} | changes)


def test_a_conversation_counts_once_and_once_more_when_it_goes_badly(stores: Stores) -> None:
    told = [record(), record(), record(bad=True), record(bad=True), record()]

    assert [stores.trials.note(each) for each in told] == [True, False, True, False, False]
    assert stores.trials.figures(1) == TrialFigures(candidate_conversations=1, candidate_bad=1)


def test_one_that_went_badly_first_of_all_counts_as_both(stores: Stores) -> None:
    assert stores.trials.note(record(arm="live", bad=True))
    assert not stores.trials.note(record(arm="live"))

    assert stores.trials.figures(1) == TrialFigures(live_conversations=1, live_bad=1)


def test_the_arm_that_was_noted_first_counts(stores: Stores) -> None:
    stores.trials.note(record())

    assert not stores.trials.note(record(arm="live"))
    assert stores.trials.note(record(arm="live", bad=True))
    assert stores.trials.arm_of(1, "talk-1") == "candidate"
    assert stores.trials.arm_of(1, "talk-2") is None
    assert stores.trials.arm_of(2, "talk-1") is None
    assert stores.trials.figures(1) == TrialFigures(candidate_conversations=1, candidate_bad=1)


def test_of_several_calls_for_a_person_the_last_one_stays(stores: Stores) -> None:
    assert stores.trials.called_at(1, "talk-1") is None

    for minute in (2, 3, 1):
        stores.trials.note_call(1, "talk-1", START + minute * MINUTE)

    assert stores.trials.called_at(1, "talk-1") == START + 3 * MINUTE
    assert stores.trials.called_at(1, "talk-2") is None
    assert stores.trials.called_at(2, "talk-1") is None
    assert stores.trials.arm_of(1, "talk-1") is None
    assert stores.trials.figures(1) == TrialFigures()


def test_trials_of_several_versions_are_counted_apart(stores: Stores) -> None:
    for number in range(30):
        stores.trials.note(record(f"talk-{number}", arm="live" if number % 3 else "candidate"))
    stores.trials.note(record("talk-1", version=2))

    assert stores.trials.figures(1) == TrialFigures(
        candidate_conversations=10, live_conversations=20
    )
    assert stores.trials.figures(2) == TrialFigures(candidate_conversations=1)
    assert stores.trials.figures(3) == TrialFigures()


@pytest.mark.parametrize("first", [False, True])
def test_what_two_tell_at_once_is_counted_once(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    table = dynamodb(request)
    trials, faster = dynamo_trials(table), dynamo_trials(TuningTable(table.client, table.name))
    if not first:
        trials.note(record())
    write = table.write

    def late(writes: Any) -> bool:
        faster.note(record(bad=True))
        return write(writes)

    monkeypatch.setattr(table, "write", late)

    assert not trials.note(record(bad=True))
    assert trials.figures(1) == TrialFigures(candidate_conversations=1, candidate_bad=1)


def test_a_write_that_is_never_taken_is_an_error(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = dynamodb(request)
    monkeypatch.setattr(table, "write", lambda _: False)

    with pytest.raises(RuntimeError, match="too many"):
        dynamo_trials(table).note(record())


def test_a_conversation_of_a_trial_is_forgotten_with_it_and_the_figures_are_not(
    request: pytest.FixtureRequest,
) -> None:
    table, clock = dynamodb(request), ManualClock()
    trials = dynamo_trials(table, clock)

    def ends() -> dict[str, str | None]:
        items = table.below("TRIAL#1")
        kinds = {item["sk"]["S"].partition("#")[0]: item.get("expires_at") for item in items}
        return {kind: end and end["N"] for kind, end in kinds.items()}

    trials.note(record())
    assert ends() == {"CONVERSATION": ending(START + RETENTION), "FIGURES": None}

    clock.advance(60)
    trials.note(record(bad=True))
    assert ends() == {"CONVERSATION": ending(START + MINUTE + RETENTION), "FIGURES": None}

    trials.note_call(1, "talk-1", START)
    assert ends()["CALLED"] == ending(START + MINUTE + RETENTION)


# --- the audit trail -----------------------------------------------------------------------------
def test_the_audit_trail_is_read_from_its_end_of_one_subject_or_of_all(stores: Stores) -> None:
    entries = [
        entry(f"e{n}", at=START + n * timedelta(days=20), subject=f"version-{n % 2}")
        for n in range(4)
    ]
    for each in entries:
        stores.history.note(each)

    assert stores.history.recent(3) == [entries[3], entries[2], entries[1]]
    assert stores.history.of("version-0", 10) == [entries[2], entries[0]]
    assert stores.history.of("version-1", 1) == [entries[3]]
    assert stores.history.of("version-9", 1) == []


def test_entries_of_one_moment_are_all_kept_in_the_order_of_their_ids(stores: Stores) -> None:
    for name in ("e2", "e1", "e3"):
        stores.history.note(entry(name))

    assert [each.entry_id for each in stores.history.recent(5)] == ["e3", "e2", "e1"]
