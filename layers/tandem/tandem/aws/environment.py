"""The functions' environment variables, typed. Each function reads only what it uses.

A field's name in upper case is the variable's name; a field with a default may be missing.
"""

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class BadEnvironment(Exception):
    """Environment variables are missing or cannot be read; the text names them all."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class TableSettings(_Settings):
    table_name: str
    retention_days: Annotated[int, Field(ge=1)] = 365


class BusSettings(_Settings):
    bus_name: str


class PolicySettings(_Settings):
    policy_parameter: str


class SocketSettings(_Settings):
    connections_url: str
    """Base of `@connections`: `https://<api>.execute-api.<region>.<suffix>/<stage>`."""


class DeskSettings(_Settings):
    desk_url: str = ""


class AnsweringSettings(_Settings):
    model_parameter: str
    pointer_parameter: str = ""
    """As of `PointerSettings`. Empty, without the tuning module: what was deployed answers."""
    knowledge_base_id: str = ""
    minimum_passage_score: Annotated[float, Field(ge=0, le=1)] = 0.0
    embedding_folder: str = ""
    """Of the sentence embedding that reward models are fitted with; empty: the one that comes with
    Tandem."""


class ModuleSettings(_Settings):
    """What is switched on. Off: the team's own parts do it."""

    assistant: Literal["on", "off"] = "on"
    escalation: Literal["on", "off"] = "on"
    archive: Literal["on", "off"] = "on"


class TopicSettings(_Settings):
    experts_topic_arn: str
    leads_topic_arn: str


class TranscriptSettings(_Settings):
    transcripts_bucket: str


class TokenSettings(_Settings):
    token_secret_arn: str


class AddressSettings(_Settings):
    """Where a browser finds the socket."""

    websocket_url: str


class ReviewStoreSettings(_Settings):
    review_table_name: str
    review_bucket: str


class ReviewPolicySettings(_Settings):
    review_policy_parameter: str


class PersonalDataSettings(_Settings):
    guardrail_checks: Literal["on", "off"] = "off"


class AnnotationSettings(_Settings):
    """Names or ARNs of the two functions."""

    pre_annotation_function: str
    post_annotation_function: str


class GroundTruthSettings(_Settings):
    """What labelling jobs of Ground Truth are made with. No work team: there are none."""

    workteam_arn: str = ""
    ground_truth_role_arn: str = ""
    data_key_arn: str = ""
    pre_annotation_arn: str = ""
    post_annotation_arn: str = ""
    stack_name: str = ""


class KnowledgeSettings(_Settings):
    """Where articles go: with a data source of type CUSTOM into the knowledge base itself,
    otherwise into the bucket that it reads."""

    knowledge_bucket: str
    knowledge_base_id: str = ""
    knowledge_data_source_id: str = ""


class TuningStoreSettings(_Settings):
    tuning_table_name: str
    retention_days: Annotated[int, Field(ge=1)] = 365
    """Of what names a single conversation."""


class TuningPolicySettings(_Settings):
    tuning_policy_parameter: str


class PointerSettings(_Settings):
    """Where the models that were deployed are named, and where what was promoted since."""

    model_parameter: str
    pointer_parameter: str


class TrainingSettings(_Settings):
    """What training jobs of SageMaker are made with."""

    models_bucket: str
    training_role_arn: str
    training_image: str
    base_model_uri: str = ""
    """Empty: there are no weights to train, only reward models."""
    embedding_folder: str = ""
    """As of `AnsweringSettings`: who judges answers reads with the same one."""
    data_key_arn: str = ""
    stack_name: str = ""


class ModelsBucketSettings(_Settings):
    """Where trainings leave models, and evaluations answers."""

    models_bucket: str


class RegistrySettings(_Settings):
    model_package_group: str
    serving_image: str
    stack_name: str = ""


class HostingSettings(_Settings):
    """Where trained models are served."""

    serving_role_arn: str
    serving_image: str
    data_key_arn: str = ""
    stack_name: str = ""
    blue_alarms: str = ""
    green_alarms: str = ""
    """Names of the alarms of each endpoint, joined by commas: one that goes off while an update is
    under way takes it back."""


def parse[S: _Settings](kind: type[S], environ: Mapping[str, str]) -> S:
    """Read one settings class. Raises `BadEnvironment`."""
    variables = {name: environ.get(name.upper()) for name in kind.model_fields}
    given = {name: value for name, value in variables.items() if value is not None}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        problems = [f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise BadEnvironment(f"environment variables: {'; '.join(problems)}") from None


def settings[S: _Settings](kind: type[S]) -> S:
    """The process's settings of this kind."""
    return parse(kind, os.environ)
