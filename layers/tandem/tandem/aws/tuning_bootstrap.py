"""The one place that wires the tuning module to AWS; see `bootstrap` for how and why."""

from functools import cache, partial
from typing import TYPE_CHECKING

from tandem.aws import bootstrap, clients
from tandem.aws.environment import (
    BusSettings,
    RegistrySettings,
    ReviewStoreSettings,
    TrainingSettings,
    TuningPolicySettings,
    TuningStoreSettings,
    settings,
)
from tandem.tuning.ports import (
    Datasets,
    Files,
    Registry,
    TrainingJobs,
    TuningPolicies,
    TuningWorld,
    WithdrawnDatasets,
)

if TYPE_CHECKING:
    from tandem.tuning.training_runs import TrainingMeans

# Adapters are imported where they are wired, so that no function carries another one's start.


@cache
def policies() -> TuningPolicies:
    """Needs TUNING_POLICY_PARAMETER."""
    from tandem.aws.parameters import Document
    from tandem.tuning.policy import TuningPolicy

    return Document(
        clients.ssm(),
        settings(TuningPolicySettings).tuning_policy_parameter,
        bootstrap.clock(),
        TuningPolicy.model_validate_json,
        TuningPolicy(),
    )


@cache
def world() -> TuningWorld:
    """Needs TUNING_TABLE_NAME, BUS_NAME and TUNING_POLICY_PARAMETER."""
    from tandem.aws.bus import EventBridgeBus
    from tandem.aws.ids import TimeOrderedIds
    from tandem.aws.observability import meter
    from tandem.aws.tuning_records import DynamoHistory, DynamoPairs, DynamoRuns, DynamoVersions
    from tandem.aws.tuning_table import TuningTable
    from tandem.aws.tuning_trials import DynamoTrials

    table = TuningTable(clients.dynamodb(), settings(TuningStoreSettings).tuning_table_name)
    return TuningWorld(
        runs=DynamoRuns(table),
        versions=DynamoVersions(table),
        pairs=DynamoPairs(table),
        trials=DynamoTrials(table),
        history=DynamoHistory(table),
        bus=EventBridgeBus(clients.events(), settings(BusSettings).bus_name),
        policies=policies(),
        clock=bootstrap.clock(),
        ids=TimeOrderedIds(),
        meter=meter,
    )


@cache
def files() -> Files:
    from tandem.aws.uris import S3Uris

    return S3Uris(clients.s3(), clients.s3_links)


@cache
def datasets() -> Datasets:
    """Needs REVIEW_TABLE_NAME and REVIEW_BUCKET; only reads the table."""
    from tandem.aws.review_datasets import ReviewDatasets
    from tandem.aws.review_records import DynamoRecords
    from tandem.aws.review_table import ReviewTable

    name = settings(ReviewStoreSettings).review_table_name
    return ReviewDatasets(DynamoRecords(ReviewTable(clients.dynamodb(), name)))


def withdrawn() -> WithdrawnDatasets:
    """Needs what `datasets` needs."""
    return datasets()


@cache
def jobs() -> TrainingJobs:
    """Needs MODELS_BUCKET, TRAINING_ROLE_ARN and TRAINING_IMAGE; BASE_MODEL_URI, EMBEDDING_FOLDER,
    DATA_KEY_ARN and STACK_NAME have defaults. Whoever creates jobs also needs the layer with the
    trainer's code."""
    from tandem.aws.sagemaker_training import SageMakerTraining
    from tandem.aws.training_code import TrainingCode, bundled_code, metric_definitions

    wanted = settings(TrainingSettings)
    load = partial(bundled_code, wanted.embedding_folder)
    code = TrainingCode(files(), wanted.models_bucket, load)
    return SageMakerTraining(clients.sagemaker(), wanted, code, metric_definitions)


@cache
def training() -> "TrainingMeans":
    """Needs what `jobs` and `datasets` need."""
    from tandem.tuning.training_runs import TrainingMeans

    return TrainingMeans(jobs(), datasets(), files())


@cache
def registry() -> Registry:
    """Needs MODEL_PACKAGE_GROUP and SERVING_IMAGE."""
    from tandem.aws.model_registry import SageMakerRegistry

    return SageMakerRegistry(clients.sagemaker(), settings(RegistrySettings))
