"""What lies in docs/ and events/ is what the code says."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import BaseModel, ValidationError

from docs.contracts import documents
from docs.contracts.routes import ROUTES
from local.invoke import targets
from tandem.bus_event import BusEvent
from tandem.live import events as live
from tandem.live.frames import (
    CUSTOMER_FRAMES,
    CustomerFrame,
    DeskFrame,
    Refused,
    ServerFrame,
)
from tandem.live.policy import Policy
from tandem.review import events as review
from tandem.review.policy import ReviewPolicy
from tandem.tuning import events as tuning
from tandem.tuning.policy import TuningPolicy

ROOT = Path(__file__).parents[2]
EVENTS: tuple[type[BusEvent], ...] = (*live.EVENTS, *review.EVENTS, *tuning.EVENTS)
BY_TYPE = {event.detail_type: event for event in EVENTS}
SAMPLES = {path.name: json.loads(path.read_text()) for path in (ROOT / "events").rglob("*.json")}
ENVELOPES = sorted(name for name, event in SAMPLES.items() if event.get("detail-type") in BY_TYPE)


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_written_contract_is_the_generated_one(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == documents()[name], "run `make docs`"


def test_no_contract_is_left_over() -> None:
    written = {f"schemas/{path.name}" for path in (ROOT / "docs" / "schemas").iterdir()}

    assert written == {name for name in documents() if name.startswith("schemas/")}


def test_the_policy_that_the_readme_shows_is_one() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    assert Policy.model_validate_json(example) != Policy()


def test_the_http_contract_is_valid_openapi() -> None:
    validate(yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text()))


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())
    for reference in _references(document):
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


# --- the frames of the WebSocket -----------------------------------------------------------------
FRAMES = json.loads((ROOT / "docs" / "schemas" / "frames.json").read_text())


def members(union: str) -> set[str]:
    """The names of a union's frames in the written schema."""
    return {part["$ref"].rpartition("/")[2] for part in FRAMES["$defs"][union]["anyOf"]}


def frames_in(union: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{union}", "$defs": FRAMES["$defs"]})


def test_the_schema_of_the_frames_is_a_json_schema_whose_references_lead_somewhere() -> None:
    Draft202012Validator.check_schema(FRAMES)
    for reference in _references(FRAMES):
        assert reference.removeprefix("#/$defs/") in FRAMES["$defs"]


@pytest.mark.parametrize(
    ("name", "union"), [("CustomerFrame", CustomerFrame), ("DeskFrame", DeskFrame)]
)
def test_every_frame_that_the_server_takes_is_in_the_schema(name: str, union: Any) -> None:
    assert members(name) == {frame.__name__ for frame in get_args(get_args(union)[0])}


def test_every_frame_that_the_server_sends_is_in_the_schema() -> None:
    sent = {frame.__name__ for frame in get_args(ServerFrame)}

    assert members("CustomerGets") | members("DeskGets") == sent


def test_a_client_may_leave_out_what_has_a_default_but_nothing_else() -> None:
    say = {"action": "say", "conversation_id": "c-1", "client_id": "m-1"}

    assert frames_in("DeskFrame").is_valid(say)
    assert not frames_in("DeskFrame").is_valid({"action": "say", "conversation_id": "c-1"})
    assert not frames_in("CustomerFrame").is_valid(say)


def test_what_the_server_sends_has_all_its_fields() -> None:
    frame = Refused(code="busy", message="Try again.").model_dump(mode="json")

    assert frames_in("CustomerGets").is_valid(frame)
    for field in frame:
        less = {name: value for name, value in frame.items() if name != field}
        assert not frames_in("CustomerGets").is_valid(less), field


def test_each_title_of_the_frames_is_the_name_of_one_type() -> None:
    named = [part.get("title") for part in _nodes(FRAMES["$defs"])]
    titles = [title for title in named if isinstance(title, str)]

    assert sorted(titles) == sorted(FRAMES["$defs"])


def _nodes(node: object) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        return [node, *(found for value in node.values() for found in _nodes(value))]
    if isinstance(node, list):
        return [found for value in node for found in _nodes(value)]
    return []


def test_every_event_has_a_sample() -> None:
    sampled = {SAMPLES[name]["detail-type"] for name in ENVELOPES}

    assert sampled == set(BY_TYPE)


@pytest.mark.parametrize("name", ENVELOPES)
def test_a_sample_is_an_event_of_its_contract(name: str) -> None:
    envelope = SAMPLES[name]
    model = BY_TYPE[envelope["detail-type"]]
    schema = json.loads((ROOT / "docs" / "schemas" / name).read_text())

    Draft202012Validator(schema).validate(envelope["detail"])
    event = model.model_validate(envelope["detail"])
    assert json.loads(event.model_dump_json()).items() >= envelope["detail"].items()


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_event_with_an_unknown_field_is_refused_by_model_and_schema(name: str) -> None:
    envelope = SAMPLES[name]
    detail = {**envelope["detail"], "surprise": 1}
    schema = json.loads((ROOT / "docs" / "schemas" / name).read_text())

    assert not Draft202012Validator(schema).is_valid(detail)
    with pytest.raises(ValidationError, match="surprise"):
        BY_TYPE[envelope["detail-type"]].model_validate(detail)


@pytest.mark.parametrize("name", ENVELOPES)
def test_only_what_a_chatbot_may_send_comes_from_another_source(name: str) -> None:
    envelope = SAMPLES[name]
    foreign = {"Message Received", "Escalation Requested"}
    own = BY_TYPE[envelope["detail-type"]].source

    assert (envelope["source"] == own) == (envelope["detail-type"] not in foreign)


@pytest.mark.parametrize(
    ("name", "policy", "unknown"),
    [
        ("review_policy", ReviewPolicy(), "labelling"),
        ("tuning_policy", TuningPolicy(), "trainings"),
    ],
)
def test_the_written_schema_of_a_policy_takes_the_defaults_and_no_unknown_key(
    name: str, policy: BaseModel, unknown: str
) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text())
    validator = Draft202012Validator(schema)

    assert validator.is_valid({})
    assert validator.is_valid(json.loads(policy.model_dump_json()))
    assert not validator.is_valid({unknown: {}})


def test_the_sample_frame_is_one_that_customers_may_send() -> None:
    event = SAMPLES["frame.json"]

    assert CUSTOMER_FRAMES.validate_json(event["body"]).action == "message"


def test_every_route_of_the_contract_is_named_once() -> None:
    assert len({route.summary for route in ROUTES.values()}) == len(ROUTES)


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []


def test_every_sample_of_an_entry_point_names_its_function() -> None:
    entry_points = {path.name for path in (ROOT / "events").glob("*.json")}

    assert set(targets()) == entry_points
