"""The policy document: what it takes, what it refuses; and the status lines in their languages."""

from string import Formatter
from typing import Any

import pytest
from pydantic import ValidationError

from tandem.live.models import Trigger
from tandem.live.policy import Policy
from tandem.live.status_lines import TEXTS, status_line
from tests.scene import ANNA, Scene


def test_an_empty_document_means_the_defaults() -> None:
    policy = Policy.model_validate_json("{}")

    assert policy == Policy()
    assert [tier.topic for tier in policy.ladder] == ["experts", "leads"]
    assert policy.triggers.negative_sentiment.threshold == -0.5


@pytest.mark.parametrize("trigger", [t for t in Trigger if t not in ("button", "external")])
def test_every_trigger_of_the_gate_can_be_switched_off(trigger: Trigger) -> None:
    policy = Policy.model_validate({"triggers": {trigger.value: {"enabled": False}}})

    assert policy.triggers.enabled(trigger) is False
    # A prediction needs a reward model: whoever has one switches it on.
    assert Policy().triggers.enabled(trigger) is (trigger is not Trigger.PREDICTED_LOW)


@pytest.mark.parametrize("trigger", [Trigger.BUTTON, Trigger.EXTERNAL])
def test_who_asks_for_a_person_outright_cannot_be_switched_off(trigger: Trigger) -> None:
    assert Policy().triggers.enabled(trigger) is True
    with pytest.raises(ValidationError):
        Policy.model_validate({"triggers": {trigger.value: {"enabled": False}}})


def hours(**fields: Any) -> dict[str, Any]:
    return {"ladder": [{"name": "a", "hours": {"days": {}, **fields}}]}


def day(start: str, end: str) -> dict[str, Any]:
    return hours(days={"mon": [{"start": start, "end": end}]})


BAD = {
    "an unknown key": {"trigger": {}},
    "a misspelled trigger": {"triggers": {"negative_sentimant": {}}},
    "a misspelled threshold": {"triggers": {"negative_sentiment": {"treshold": -1}}},
    "a chance above one": {"triggers": {"predicted_low": {"chance": 1.1}}},
    "a rating that none is below": {"triggers": {"predicted_low": {"rating": 1}}},
    "no draft": {"answering": {"best_of": 0}},
    "more drafts than are made at once": {"answering": {"best_of": 9}},
    "drafts that are all the same": {"answering": {"draft_temperature": 0}},
    "a threshold out of range": {"triggers": {"negative_sentiment": {"threshold": -1.5}}},
    "a ladder without tiers": {"ladder": []},
    "a ladder of six": {"ladder": [{"name": "x"}] * 6},
    "an unknown topic": {"ladder": [{"name": "a", "topic": "bosses"}]},
    "no time to claim": {"ladder": [{"name": "a", "claim_within_seconds": 0}]},
    "a wrong zone": hours(timezone="Europe/Bern"),
    "a zone outside of the data base": hours(timezone="../../etc/passwd"),
    "an empty zone": hours(timezone=""),
    "a wrong day": hours(days={"monday": []}),
    "hours that end before they start": day("17:00", "09:00"),
    "hours of no length": day("09:00", "09:00"),
    "hours that are none": day("9 o'clock", "17:00"),
    "hours with an offset": day("09:00Z", "17:00Z"),
    "hours with one offset": day("09:00+01:00", "17:00"),
    "a holiday that is no date": hours(holidays=["2026-25-12"]),
    "a heartbeat longer than the resolution": {
        "presence": {"heartbeat_seconds": 60, "resolve_within_seconds": 60}
    },
    "seven suggestions": {"chat": {"suggestions": {"en": ["How?"] * 7}}},
    "an empty suggestion": {"chat": {"suggestions": {"en": [""]}}},
    "a greeting without a language": {"chat": {"greeting": "Hello"}},
    "an empty title": {"chat": {"title": {"en": ""}}},
    "more canned replies than anybody finds": {
        "desk": {"canned_replies": [{"title": "a", "text": "b"}] * 51}
    },
    "a canned reply without a text": {"desk": {"canned_replies": [{"title": "a", "text": ""}]}},
    "no attempts": {"answering": {"max_attempts": 0}},
    "another version": {"version": "2"},
}


@pytest.mark.parametrize("document", BAD.values(), ids=BAD)
def test_a_policy_that_is_not_meant_so_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(document)


# --- status lines --------------------------------------------------------------------------------
@pytest.mark.parametrize("code", TEXTS)
def test_every_status_line_is_there_in_every_language_with_the_same_fields(code: str) -> None:
    texts = TEXTS[code]

    assert set(texts) == {"en", "de", "fr", "es"}
    fields = {
        language: {name for _, name, _, _ in Formatter().parse(text) if name}
        for language, text in texts.items()
    }
    assert len({frozenset(names) for names in fields.values()}) == 1


@pytest.mark.parametrize(
    ("language", "begins"),
    [
        ("en", "The conversation is closed"),
        ("de", "Das Gespräch"),
        ("de-AT", "Das Gespräch"),
        ("FR", "La conversation"),
        ("es-419", "La conversación"),
        ("ja", "The conversation is closed"),
    ],
)
def test_a_status_line_is_said_in_the_customers_language_or_in_english(
    language: str, begins: str
) -> None:
    assert status_line(Policy(), "closed", language).startswith(begins)


def test_the_policy_may_have_its_own_wording_also_for_a_new_language() -> None:
    policy = Policy(texts={"expert_joined": {"de": "{name} {grüßt}!", "it": "È arrivato {name}."}})

    assert status_line(policy, "expert_joined", "de", name="Anna") == "Anna {grüßt}!"
    assert status_line(policy, "expert_joined", "it-CH", name="Anna") == "È arrivato Anna."
    assert status_line(policy, "expert_joined", "en", name="Anna").startswith("Anna has joined")


def test_a_name_with_braces_is_only_a_name() -> None:
    assert status_line(Policy(), "handed_back", "en", name="{until}") == (
        "{until} has left. The assistant answers again."
    )


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_outside_the_hours_the_opening_is_named_where_it_is_known(language: str) -> None:
    named = status_line(Policy(), "outside_hours", language, until="Monday 9:00")
    unknown = status_line(Policy(), "outside_hours", language, until="")

    assert "Monday 9:00" in named
    assert "{" not in named + unknown
    assert "()" not in unknown


def test_a_whole_conversation_speaks_the_customers_language() -> None:
    scene = Scene(language="de-DE")
    scene.is_claimed_by(ANNA)
    scene.hands_back(ANNA)
    scene.closes()

    assert [t.text.split()[0] for t in scene.turns] == ["Ich", "Anna", "Anna", "Das"]
