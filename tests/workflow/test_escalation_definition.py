"""The state machine as a document: what its rules promise, checked on every state."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonata
import pytest

from tests.workflow.machine import definition

MACHINE = definition()
STATES: dict[str, dict[str, Any]] = MACHINE["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
WAITS = {name: t for name, t in TASKS.items() if t["Resource"].endswith(".waitForTaskToken")}
STEPS = {name: t for name, t in TASKS.items() if name not in WAITS}


def following(state: dict[str, Any]) -> set[str]:
    """The states that may come after this one."""
    found = {state[key] for key in ("Next", "Default") if key in state}
    for way in [*state.get("Choices", []), *state.get("Catch", [])]:
        found.add(way["Next"])
    return found


def expressions(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("{%"):
        yield value.removeprefix("{%").removesuffix("%}").strip()
    elif isinstance(value, dict):
        for part in value.values():
            yield from expressions(part)
    elif isinstance(value, list):
        for part in value:
            yield from expressions(part)


def test_every_state_is_reachable_and_every_way_leads_to_a_state() -> None:
    reached: set[str] = set()
    ahead = [MACHINE["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += following(STATES[name])

    assert reached == set(STATES)


def test_from_every_state_there_is_a_way_to_the_end() -> None:
    ending = {name for name, s in STATES.items() if s["Type"] in ("Succeed", "Fail")}
    grown = True
    while grown:
        before = len(ending)
        ending |= {name for name, s in STATES.items() if following(s) & ending}
        grown = len(ending) > before

    assert ending == set(STATES)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_timeout(name: str) -> None:
    assert TASKS[name]["TimeoutSeconds"]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_tried_again_but_not_on_what_cannot_get_better(name: str) -> None:
    hopeless, everything = TASKS[name]["Retry"]

    assert "ValidationError" in hopeless["ErrorEquals"]
    assert hopeless["MaxAttempts"] == 0
    assert everything["ErrorEquals"] == ["States.ALL"]
    assert everything["MaxAttempts"] >= 3
    assert everything["BackoffRate"] > 1
    assert everything["JitterStrategy"] == "FULL"


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_that_is_over_is_not_begun_again_as_if_it_had_failed(name: str) -> None:
    hopeless, _ = WAITS[name]["Retry"]

    assert {"States.Timeout", "States.HeartbeatTimeout"} <= set(hopeless["ErrorEquals"])


def test_only_first_and_last_steps_may_fail_the_execution() -> None:
    """Elsewhere a failure leads on; there the alarm on failed executions, and the reconciler,
    find what is left behind."""
    assert {name for name, t in TASKS.items() if "Catch" not in t} == {
        "Open",
        "Expire",
        "Announce end",
    }


@pytest.mark.parametrize("name", [name for name, t in TASKS.items() if "Catch" in t])
def test_what_is_caught_is_caught_for_every_error(name: str) -> None:
    assert TASKS[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


def test_the_wait_for_the_resolution_has_a_heartbeat_shorter_than_its_timeout_by_the_policy() -> (
    None
):
    wait = STATES["Wait for resolution"]

    assert wait["HeartbeatSeconds"] == "{% $heartbeat_seconds %}"
    assert wait["TimeoutSeconds"] == "{% $resolve_seconds %}"
    fallback = STATES["Announce claim"]["Catch"][0]["Assign"]
    assert fallback["heartbeat_seconds"] < fallback["resolve_seconds"]


def test_the_token_goes_only_into_the_payload_of_the_two_waits() -> None:
    with_token = re.compile(r"Task\.Token|token", re.IGNORECASE)
    for name, state in STATES.items():
        rest = {key: part for key, part in state.items() if key not in ("Comment", "Resource")}
        if name in WAITS:
            arguments = rest.pop("Arguments")
            assert arguments["Payload"]["token"] == "{% $states.context.Task.Token %}"
        assert not with_token.search(json.dumps(rest)), name


@pytest.mark.parametrize("name", TASKS)
def test_no_task_hands_its_result_on_as_output(name: str) -> None:
    outputs = [TASKS[name]["Output"], *(c["Output"] for c in TASKS[name].get("Catch", []))]

    assert set(outputs) == {"{% {} %}"}


def test_every_expression_is_jsonata() -> None:
    found = list(expressions(STATES))

    assert MACHINE["QueryLanguage"] == "JSONata"
    assert len(found) > 30
    for text in found:
        jsonata.Jsonata(text)


def test_every_variable_is_assigned_somewhere() -> None:
    assigned = {
        variable
        for state in STATES.values()
        for part in [state, *state.get("Catch", [])]
        for variable in part.get("Assign", {})
    }
    used = {
        variable
        for text in expressions(STATES)
        for variable in re.findall(r"\$(\w+)", text)
        if variable not in ("states", "count", "exists")
    }

    assert used == assigned


@pytest.mark.parametrize(
    ("tiers", "expected"), [([0, 1], [0, 1]), ([1], [1]), ([], []), (None, [])]
)
def test_the_tiers_are_a_list_also_where_there_is_one_or_none(
    tiers: list[int] | None, expected: list[int]
) -> None:
    expression = next(iter(expressions(STATES["Requeue"]["Assign"]["tiers"])))
    payload = {} if tiers is None else {"tiers": tiers}
    compiled = jsonata.Jsonata(expression)
    compiled.assign("states", {"result": {"Payload": payload}})

    assert list(compiled.evaluate(None)) == expected
