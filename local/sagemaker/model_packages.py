"""The model registry: groups of model packages, and their versions.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
Packages without a group (those of the marketplace) are not kept here.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.sagemaker.account import Account
from local.sagemaker.errors import ServiceError, invalid
from local.sagemaker.events import MODEL_PACKAGE
from local.sagemaker.listing import listed
from local.sagemaker.names import named

type Json = dict[str, Any]

_NOBODY: Json = {}
_KEPT = (
    "ModelPackageDescription",
    "ModelPackageRegistrationType",
    "InferenceSpecification",
    "SourceAlgorithmSpecification",
    "MetadataProperties",
    "ModelMetrics",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "AdditionalInferenceSpecifications",
    "SkipModelValidation",
    "SourceUri",
    "SecurityConfig",
    "ModelCard",
    "ModelLifeCycle",
)
"""Fields of CreateModelPackage that DescribeModelPackage repeats."""
_CHANGED = (
    "ModelPackageRegistrationType",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)
"""Fields of UpdateModelPackage that replace what was there."""
_SUMMED_UP = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)
_TOLD = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "InferenceSpecification",
    "ModelPackageStatus",
    "ModelPackageStatusDetails",
    "CertifyForMarketplace",
    "ModelApprovalStatus",
    "MetadataProperties",
    "ModelMetrics",
    "CustomerMetadataProperties",
)
"""Fields that an event repeats."""


@dataclass
class Package:
    """A version. `fields`: as DescribeModelPackage gives them."""

    arn: str
    fields: Json

    def event(self) -> Json:
        """The detail of its state change, whose times are written as in ISO 8601."""
        times = ("CreationTime", "LastModifiedTime")
        return {
            **{name: self.fields[name] for name in _TOLD if name in self.fields},
            **{name: _iso(self.fields[name]) for name in times},
        }


@dataclass
class Group:
    """`fields`: as DescribeModelPackageGroup gives them. `last`: no number is given twice."""

    arn: str
    fields: Json
    last: int = 0
    packages: dict[int, Package] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.fields["ModelPackageGroupName"])


class ModelPackages:
    def __init__(self, account: Account) -> None:
        self._on = account
        self._groups: dict[str, Group] = {}
        self._by_token: dict[str, str] = {}
        self._lock = threading.RLock()

    def operations(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "CreateModelPackageGroup": self._create_group,
            "DescribeModelPackageGroup": self._describe_group,
            "DeleteModelPackageGroup": self._delete_group,
            "ListModelPackageGroups": self._list_groups,
            "CreateModelPackage": self._create,
            "DescribeModelPackage": lambda params: self.get(params["ModelPackageName"]).fields,
            "UpdateModelPackage": self._update,
            "ListModelPackages": self._list,
            "DeleteModelPackage": self._delete,
        }

    def get(self, name_or_arn: str) -> Package:
        """By its ARN, or by `group/version`. Raises `ServiceError`."""
        group, _, version = named(name_or_arn).partition("/")
        found = self._groups.get(group.lower())
        number = int(version) if version.isdecimal() else 0
        if found is None or number not in found.packages:
            arn = self._on.names.arn("model-package", named(name_or_arn))
            raise invalid(f"ModelPackage {arn} does not exist.")
        return found.packages[number]

    def announce(self, name_or_arn: str) -> None:
        """Send the event of a version's state (again). Raises `ServiceError`."""
        package = self.get(name_or_arn)
        self._on.send(MODEL_PACKAGE, package.arn, package.event())

    # --- groups ----------------------------------------------------------------------------------
    def _create_group(self, params: Json) -> Json:
        name = params["ModelPackageGroupName"]
        arn = self._on.names.arn("model-package-group", name)
        with self._lock:
            if name.lower() in self._groups:
                raise invalid(f"Model Package Group already exists: {arn}")
            described = ("ModelPackageGroupName", "ModelPackageGroupDescription")
            fields = {
                **{each: params[each] for each in described if each in params},
                "ModelPackageGroupArn": arn,
                "CreationTime": _now(),
                "CreatedBy": _NOBODY,
                "ModelPackageGroupStatus": "Completed",
            }
            self._groups[name.lower()] = Group(arn, fields)
        self._on.tags.put(arn, params.get("Tags", []))
        return {"ModelPackageGroupArn": arn}

    def _group(self, params: Json) -> Group:
        name = named(params["ModelPackageGroupName"])
        group = self._groups.get(name.lower())
        if group is None:
            arn = self._on.names.arn("model-package-group", name)
            raise invalid(f"ModelPackageGroup {arn} does not exist.")
        return group

    def _describe_group(self, params: Json) -> Json:
        return self._group(params).fields

    def _delete_group(self, params: Json) -> Json:
        with self._lock:
            group = self._group(params)
            if group.packages:
                raise ServiceError(
                    "ConflictException",
                    f"Model Package Group {group.arn} cannot be deleted: it has model packages.",
                )
            del self._groups[group.name.lower()]
        self._on.tags.forget(group.arn)
        return {}

    def _list_groups(self, params: Json) -> Json:
        told = (
            "ModelPackageGroupName",
            "ModelPackageGroupArn",
            "ModelPackageGroupDescription",
            "CreationTime",
            "ModelPackageGroupStatus",
        )
        groups = (
            {name: group.fields[name] for name in told if name in group.fields}
            for group in self._groups.values()
        )
        return listed(
            groups,
            params,
            into="ModelPackageGroupSummaryList",
            kind="ModelPackageGroup",
            order="Descending",
        )

    # --- packages --------------------------------------------------------------------------------
    def _create(self, params: Json) -> Json:
        if "ModelPackageGroupName" not in params:
            raise invalid("The local engine keeps versions of a ModelPackageGroupName only.")
        if "ModelPackageName" in params:
            raise invalid("Both ModelPackageName and ModelPackageGroupName are provided.")
        if params.get("Tags"):
            raise invalid("Tags cannot be given for a version: those of its group are used.")
        if "InferenceSpecification" not in params and "SourceUri" not in params:
            raise invalid("InferenceSpecification or SourceUri must be given.")
        token = params.get("ClientToken", "")
        with self._lock:
            group = self._group(params)
            if token and token in self._by_token:
                return {"ModelPackageArn": self._by_token[token]}
            group.last += 1
            arn = self._on.names.arn("model-package", f"{group.name}/{group.last}")
            now = _now()
            fields = {
                **{name: params[name] for name in _KEPT if name in params},
                "ModelPackageName": group.name,
                "ModelPackageGroupName": group.name,
                "ModelPackageVersion": group.last,
                "ModelPackageArn": arn,
                "CreationTime": now,
                "LastModifiedTime": now,
                "CreatedBy": _NOBODY,
                "ModelPackageStatus": "Completed",
                "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
                "CertifyForMarketplace": params.get("CertifyForMarketplace", False),
                "ModelApprovalStatus": params.get("ModelApprovalStatus", "PendingManualApproval"),
            }
            group.packages[group.last] = Package(arn, fields)
            if token:
                self._by_token[token] = arn
        self.announce(arn)
        return {"ModelPackageArn": arn}

    def _update(self, params: Json) -> Json:
        with self._lock:
            package = self.get(params["ModelPackageArn"])
            fields = package.fields
            before = fields["ModelApprovalStatus"]
            fields.update({name: params[name] for name in _CHANGED if name in params})
            fields["ModelApprovalStatus"] = params.get("ModelApprovalStatus", before)
            self._note(fields, params)
            fields["LastModifiedTime"] = _now()
            fields["LastModifiedBy"] = _NOBODY
        if fields["ModelApprovalStatus"] != before:
            self.announce(package.arn)
        return {"ModelPackageArn": package.arn}

    def _note(self, fields: Json, params: Json) -> None:
        notes = {
            **fields.get("CustomerMetadataProperties", {}),
            **params.get("CustomerMetadataProperties", {}),
        }
        for gone in params.get("CustomerMetadataPropertiesToRemove", []):
            notes.pop(gone, None)
        if len(notes) > 50:
            raise invalid("CustomerMetadataProperties has more than 50 entries.")
        if notes:
            fields["CustomerMetadataProperties"] = notes
        else:
            fields.pop("CustomerMetadataProperties", None)
        added = params.get("AdditionalInferenceSpecificationsToAdd", [])
        if added:
            have = fields.get("AdditionalInferenceSpecifications", [])
            fields["AdditionalInferenceSpecifications"] = [*have, *added]

    def _list(self, params: Json) -> Json:
        wanted = params.get("ModelApprovalStatus")
        groups = (
            [self._group(params)]
            if "ModelPackageGroupName" in params
            # Without a group, the service lists those that belong to none.
            else self._groups.values()
            if params.get("ModelPackageType") in ("Versioned", "Both")
            else []
        )
        packages = (
            {name: package.fields[name] for name in _SUMMED_UP if name in package.fields}
            for group in groups
            for package in group.packages.values()
            if wanted in (None, package.fields["ModelApprovalStatus"])
        )
        return listed(packages, params, into="ModelPackageSummaryList", kind="ModelPackage")

    def _delete(self, params: Json) -> Json:
        with self._lock:
            package = self.get(params["ModelPackageName"])
            group = self._groups[package.fields["ModelPackageGroupName"].lower()]
            del group.packages[package.fields["ModelPackageVersion"]]
        return {}


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
