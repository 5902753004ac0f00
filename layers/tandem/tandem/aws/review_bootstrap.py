"""The one place that wires the review module to AWS; see `bootstrap` for how and why."""

from functools import cache
from typing import TYPE_CHECKING

from tandem.aws import bootstrap, clients
from tandem.aws.environment import (
    AnnotationSettings,
    BusSettings,
    GroundTruthSettings,
    KnowledgeSettings,
    PersonalDataSettings,
    ReviewPolicySettings,
    ReviewStoreSettings,
    TableSettings,
    settings,
)
from tandem.review.ports import (
    AnnotationFunctions,
    Exchanges,
    Files,
    Inbox,
    KnowledgeBase,
    Redactor,
    ReviewPolicies,
    ReviewWorld,
)

if TYPE_CHECKING:
    from tandem.review.labeling import Backends

# Adapters are imported where they are wired, so that no function carries another one's start.


@cache
def policies() -> ReviewPolicies:
    """Needs REVIEW_POLICY_PARAMETER."""
    from tandem.aws.parameters import Document
    from tandem.review.policy import ReviewPolicy

    return Document(
        clients.ssm(),
        settings(ReviewPolicySettings).review_policy_parameter,
        bootstrap.clock(),
        ReviewPolicy.model_validate_json,
        ReviewPolicy(),
    )


@cache
def files() -> Files:
    """Needs REVIEW_BUCKET."""
    from tandem.aws.files import S3Files

    return S3Files(clients.s3(), settings(ReviewStoreSettings).review_bucket)


@cache
def world() -> ReviewWorld:
    """Needs REVIEW_TABLE_NAME, REVIEW_BUCKET, BUS_NAME and REVIEW_POLICY_PARAMETER."""
    from tandem.aws.bus import EventBridgeBus
    from tandem.aws.ids import TimeOrderedIds
    from tandem.aws.observability import meter
    from tandem.aws.review_candidates import DynamoCandidates, DynamoCorrections
    from tandem.aws.review_labeling import (
        DynamoJobs,
        DynamoRatings,
        DynamoReviewers,
        DynamoSittings,
        DynamoTasks,
    )
    from tandem.aws.review_records import DynamoArticles, DynamoRecords
    from tandem.aws.review_table import ReviewTable

    table = ReviewTable(clients.dynamodb(), settings(ReviewStoreSettings).review_table_name)
    return ReviewWorld(
        candidates=DynamoCandidates(table),
        corrections=DynamoCorrections(table),
        jobs=DynamoJobs(table),
        tasks=DynamoTasks(table),
        ratings=DynamoRatings(table),
        reviewers=DynamoReviewers(table),
        sittings=DynamoSittings(table),
        articles=DynamoArticles(table),
        records=DynamoRecords(table),
        files=files(),
        bus=EventBridgeBus(clients.events(), settings(BusSettings).bus_name),
        policies=policies(),
        clock=bootstrap.clock(),
        ids=TimeOrderedIds(),
        meter=meter,
    )


@cache
def annotation_functions() -> AnnotationFunctions:
    """Needs PRE_ANNOTATION_FUNCTION and POST_ANNOTATION_FUNCTION."""
    from tandem.aws.annotation_functions import LambdaAnnotationFunctions

    named = settings(AnnotationSettings)
    return LambdaAnnotationFunctions(
        clients.lambda_(), named.pre_annotation_function, named.post_annotation_function
    )


@cache
def inbox(bucket: str) -> Inbox:
    """The bucket is the one that the event names."""
    from tandem.aws.inbox import S3Inbox

    return S3Inbox(clients.s3(), bucket)


@cache
def backends() -> "Backends":
    """Needs what `annotation_functions` needs. Where WORKTEAM_ARN is not empty, also
    GROUND_TRUTH_ROLE_ARN, DATA_KEY_ARN, PRE_ANNOTATION_ARN and POST_ANNOTATION_ARN."""
    from tandem.review.labeling import Backends

    named = settings(GroundTruthSettings)
    if not named.workteam_arn:
        return Backends(annotation_functions(), None)
    from tandem.aws.ground_truth import SageMakerGroundTruth

    return Backends(annotation_functions(), SageMakerGroundTruth(clients.sagemaker(), named))


@cache
def knowledge_base() -> KnowledgeBase:
    """Needs KNOWLEDGE_BUCKET. KNOWLEDGE_BASE_ID and KNOWLEDGE_DATA_SOURCE_ID have defaults: with
    both, articles are ingested directly; without, they are files of the bucket."""
    from tandem.aws.files import S3Files
    from tandem.aws.knowledge_ingestion import ArticleFiles, DirectIngestion

    wanted = settings(KnowledgeSettings)
    files = ArticleFiles(S3Files(clients.s3(), wanted.knowledge_bucket))
    if not (wanted.knowledge_base_id and wanted.knowledge_data_source_id):
        return files
    return DirectIngestion(
        clients.bedrock_agent, wanted.knowledge_base_id, wanted.knowledge_data_source_id, files
    )


@cache
def exchanges() -> Exchanges:
    """Needs TABLE_NAME; only reads it."""
    from datetime import timedelta

    from tandem.aws.conversation_store import DynamoStore
    from tandem.aws.exchanges import LiveExchanges

    table = settings(TableSettings)
    retention = timedelta(days=table.retention_days)
    return LiveExchanges(
        DynamoStore(clients.dynamodb(), table.table_name, bootstrap.clock(), retention)
    )


@cache
def redactor() -> Redactor:
    """Needs the privacy layer. GUARDRAIL_CHECKS on: Amazon Bedrock looks for personal data too."""
    from tandem.aws.personal_data import PersonalData

    if settings(PersonalDataSettings).guardrail_checks == "off":
        return PersonalData()
    from tandem.aws.guardrail_checks import GuardrailChecks

    return GuardrailChecks(clients.bedrock_checks(), PersonalData())
