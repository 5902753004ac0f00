"""What is stored: encrypted, kept, and gone when its time has come."""

import json

import pytest

from tandem.live.model_pointer import Models, Promoted
from tandem.live.policy import Policy
from tests.template.template_file import Node, defaults, deployed, holds, of_type, resolve, written

KEY = {"Fn::GetAtt": ["DataKey", "Arn"]}
BUCKETS = of_type(written(), "AWS::S3::Bucket")
WORDS = [name for name in BUCKETS if name != "PagesBucket"]
"""Buckets that hold words of people or of the team; the pages are public files."""
QUEUES = of_type(written(), "AWS::SQS::Queue")
TOPICS = of_type(written(), "AWS::SNS::Topic")


def properties(name: str) -> Node:
    found: Node = written()["Resources"][name]["Properties"]
    return found


@pytest.mark.parametrize("name", ["ConversationTable", "ReviewTable", "TuningTable"])
def test_a_table_can_be_restored_expires_items_and_is_encrypted(name: str) -> None:
    table = properties(name)

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "expires_at"}
    assert table["SSESpecification"]["KMSMasterKeyId"] == KEY


def test_the_index_of_the_overview_holds_nothing_that_a_turn_changes() -> None:
    indexes = properties("ConversationTable")["GlobalSecondaryIndexes"]
    (day,) = (index for index in indexes if index["IndexName"] == "day")

    assert [key["AttributeName"] for key in day["KeySchema"]] == ["day_shard", "day_at"]
    assert day["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["fact"]}


def test_the_table_is_protected_unless_it_is_said_otherwise() -> None:
    table = properties("ConversationTable")

    assert resolve(table, defaults())["DeletionProtectionEnabled"] is True
    off = defaults(DeletionProtection="off")
    assert resolve(table, off)["DeletionProtectionEnabled"] is False


@pytest.mark.parametrize("name", ["DataKey", "ConversationTable", *BUCKETS])
def test_what_people_said_outlives_the_stack(name: str) -> None:
    resource = written()["Resources"][name]

    assert resource["DeletionPolicy"] == "Retain"
    assert resource["UpdateReplacePolicy"] == "Retain"


def test_what_outlives_the_stack_has_no_name_that_would_keep_it_from_being_made_anew() -> None:
    kept = {name: each for name, each in written()["Resources"].items() if "DeletionPolicy" in each}

    named = {
        (name, key)
        for name, resource in kept.items()
        for key in resource["Properties"]
        if key.endswith("Name") and resource["DeletionPolicy"] != "Delete"
    }

    assert named == set()


def test_the_key_is_rotated() -> None:
    assert properties("DataKey")["EnableKeyRotation"] is True


def test_services_use_the_key_only_for_this_account() -> None:
    statements = properties("DataKey")["KeyPolicy"]["Statement"]

    services = [s for s in statements if "Service" in s["Principal"]]

    assert len(services) == 4
    assert all("Condition" in statement for statement in services)


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_is_versioned_encrypted_and_private(name: str) -> None:
    bucket = properties(name)
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("aws:kms", "AES256")
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert all(bucket["PublicAccessBlockConfiguration"].values())


@pytest.mark.parametrize("name", WORDS)
def test_a_bucket_of_words_has_the_key_of_the_stack_and_announces_its_objects(name: str) -> None:
    bucket = properties(name)
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert encryption["BucketKeyEnabled"] is True
    assert encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == KEY
    if name == "ModelsBucket":
        return  # SageMaker itself says when a model is there
    assert bucket["NotificationConfiguration"]["EventBridgeConfiguration"] == {
        "EventBridgeEnabled": True
    }


@pytest.mark.parametrize(
    "resource",
    [
        "KnowledgeBucketPolicy",
        "TranscriptsBucketPolicy",
        "PagesBucketPolicy",
        "FailuresQueuePolicy",
    ],
)
def test_nothing_is_read_or_written_without_tls(resource: str) -> None:
    *_, denied = properties(resource)["PolicyDocument"]["Statement"]

    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_transcripts_end_with_their_time_and_knowledge_does_not() -> None:
    (transcripts,) = properties("TranscriptsBucket")["LifecycleConfiguration"]["Rules"]
    (knowledge,) = properties("KnowledgeBucket")["LifecycleConfiguration"]["Rules"]

    assert transcripts["ExpirationInDays"] == {"Ref": "TranscriptRetentionDays"}
    assert transcripts["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert not any(rule.startswith("Expiration") for rule in knowledge)


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_encrypted(name: str) -> None:
    assert properties(name)["KmsMasterKeyId"] == KEY


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_encrypted_keeps_two_weeks_and_is_alarmed(name: str) -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm").values()
    dimension = {"Name": "QueueName", "Value": {"Fn::GetAtt": [name, "QueueName"]}}

    watching = [a for a in alarms if dimension in a["Properties"].get("Dimensions", [])]

    assert properties(name)["KmsMasterKeyId"] == KEY
    assert properties(name)["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert [alarm["Properties"]["Threshold"] for alarm in watching] == [0]


def test_an_empty_policy_is_a_whole_policy_and_no_deployment_overwrites_an_edited_one() -> None:
    value = properties("PolicyParameter")["Value"]

    # CloudFormation writes a parameter only when the template's value changes: this one must not.
    assert value == "{}"
    assert Policy.model_validate_json(value) == Policy()


def test_what_is_deployed_are_the_models_of_the_parameters() -> None:
    plain = resolve(properties("ModelParameter")["Value"], defaults())
    given = resolve(
        properties("ModelParameter")["Value"],
        defaults(
            AnswerModelId="arn:aws:bedrock:us-east-1:111122223333:imported-model/abc",
            AnswerModelProvider="anthropic",
            GateModelId="amazon.nova-micro-v1:0",
            GuardrailId="gr1",
            GuardrailVersion="3",
        ),
    )

    models = Models.model_validate_json(given)

    assert json.loads(plain)["guardrail"] is None
    assert Models.model_validate_json(plain).answer.provider is None
    assert models.answer.provider == "anthropic"
    assert models.answer.model_id.endswith("imported-model/abc")
    assert models.gate.provider is None
    assert models.guardrail is not None
    assert models.guardrail.version == "3"


def test_only_another_answering_model_takes_what_was_promoted_out() -> None:
    value = properties("PointerParameter")["Value"]
    usual = resolve(value, defaults())
    others = defaults(GateModelId="g", GateModelProvider="p", GuardrailId="i", GuardrailVersion="2")

    # CloudFormation writes a parameter when its value in the template changes, and only then.
    assert resolve(value, others) == usual
    assert resolve(value, defaults(AnswerModelId="another-model")) != usual
    assert Promoted.model_validate_json(usual).answer.model_id == defaults()["AnswerModelId"]


@pytest.mark.parametrize(("module", "pointer"), [("on", "PointerParameter"), ("off", "")])
def test_without_the_tuning_the_chat_asks_what_was_deployed(module: str, pointer: str) -> None:
    values = defaults(TuningModule=module)
    chat = resolve(properties("AnswerMessage"), values)
    variables = chat["Environment"]["Variables"]

    assert holds(written()["Resources"]["PointerParameter"]["Condition"], values) == bool(pointer)
    assert variables["MODEL_PARAMETER"] == "ModelParameter"
    assert variables["POINTER_PARAMETER"] == pointer
    assert ("TrainedModelAccess" in chat["Policies"]) == bool(pointer)


def test_only_administrators_create_people_at_the_desk() -> None:
    pool, client = properties("DeskUserPool"), properties("DeskClient")

    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    # The plain flow would send the password itself.
    assert "ALLOW_USER_PASSWORD_AUTH" not in client["ExplicitAuthFlows"]
