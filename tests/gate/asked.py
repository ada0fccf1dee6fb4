"""Things of every kind, requests about them with all their members, and what is asked of policies.

Nothing that is run here stays: each transaction is taken back.
"""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from typing import Any

import pytest

from lodekey.errors import ApiError
from lodekey.gate import authorize
from lodekey.gate.call import Call
from lodekey.gate.operation import AnyOperation
from lodekey.identity.principals_of import root_principal
from lodekey.policy.ask import Ask
from lodekey.wire.models import Member, model
from minimal_requests import WORDS, text
from services.lambda_.packaging import TRUST, archive
from world import ACCOUNT, REGION, World

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/p"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"
ELSEWHERE = "eu-west-1"
TAGS = [{"Key": "t", "Value": "v"}]
CONTEXT = {"a": "b"}
SKIPPED = {
    *("Recipient", "NextToken", "nextToken", "Marker", "GrantTokens", "Shared", "DryRun"),
    *("Qualifier", "RevisionId", "CodeSha256", "XksKeyId"),
    *("ExpectedBucketOwner", "ExpectedSourceBucketOwner", "MFA", "RequestPayer"),
}
"""Members that say how, not what; those that only refuse."""


class Nothing(Exception):
    """Takes a transaction back."""


class Stage:
    """The things, and what has been asked about them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked: dict[str, set[str]] = defaultdict(set)
        self.words: dict[str, Any] = {**WORDS, **self._keys(), **self._others()}
        self.special = self._special()

    def _keys(self) -> dict[str, Any]:
        kms = self.world.client("kms")
        tags = [{"TagKey": "t", "TagValue": "v"}]
        made = kms.create_key(Tags=tags, MultiRegion=True)["KeyMetadata"]
        kms.replicate_key(KeyId=made["KeyId"], ReplicaRegion=ELSEWHERE)
        kms.create_alias(AliasName="alias/x", TargetKeyId=made["KeyId"])
        grant = kms.create_grant(
            KeyId=made["KeyId"],
            GranteePrincipal=ROOT,
            Operations=["Encrypt"],
            Constraints={"EncryptionContextEquals": CONTEXT},
        )
        blob = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x", EncryptionContext=CONTEXT)
        key = dict.fromkeys(
            ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"), made["KeyId"]
        )
        contexts = dict.fromkeys(
            (
                *("EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext"),
                *("EncryptionContextEquals", "EncryptionContextSubset"),
            ),
            CONTEXT,
        )
        return {
            **key,
            **contexts,
            "AliasName": "alias/x",
            "GrantId": grant["GrantId"],
            "CiphertextBlob": blob["CiphertextBlob"],
            "KmsKeyId": made["KeyId"],
            "kmsKeyId": made["Arn"],
            "GranteePrincipal": ROOT,
            "RetiringPrincipal": ROOT,
            "PrimaryRegion": ELSEWHERE,
            "Constraints": {"EncryptionContextEquals": CONTEXT, "SourceArn": ROOT},
        }

    def _others(self) -> dict[str, Any]:
        world = self.world
        for name in ("p", "/p/q"):
            world.client("ssm").put_parameter(Name=name, Value="v", Type="String", Tags=TAGS)
        role = world.role("fn", TRUST)
        functions = world.client("lambda")
        package = {"ZipFile": archive({"h.py": ""})}
        function = functions.create_function(
            FunctionName="f",
            Runtime="python3.12",
            Handler="h.h",
            Role=role,
            Code=package,
            Tags={"t": "v"},
        )["FunctionArn"]
        functions.create_function_url_config(FunctionName="f", AuthType="AWS_IAM")
        functions.add_permission(
            FunctionName="f",
            StatementId="st",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="AWS_IAM",
        )
        layer = functions.publish_layer_version(LayerName="l", Content=package)
        world.client("secretsmanager").create_secret(Name="s", SecretString="v", Tags=TAGS)
        logs = world.client("logs")
        logs.create_log_group(logGroupName="g", tags={"t": "v"})
        logs.create_log_stream(logGroupName="g", logStreamName="st")
        return (
            self._in_buckets()
            | self._in_stacks()
            | {
                **dict.fromkeys(("FunctionName", "Function"), "f"),
                "LayerName": "l",
                "Role": role,
                "RotationLambdaARN": function,
                "SecretId": "s",
                "VersionStage": "AWSCURRENT",
                "Arn": layer["LayerVersionArn"],
                "logGroupName": "g",
                "logStreamName": "st",
                "resourceArn": GROUP,
                **dict.fromkeys(("ResourceArn", "Resource"), function),
                "ResourceType": "Parameter",
                "ResourceId": "p",
                "Names": ["p"],
                "Path": "/p",
                "StatementId": "st",
                "VersionNumber": 1,
                "Policies": '[{"Type":"Expiration"}]',
                "SettingId": "/ssm/parameter-store/default-parameter-tier",
            }
        )

    def _in_buckets(self) -> dict[str, Any]:
        s3 = self.world.client("s3")
        s3.create_bucket(Bucket="the-bucket")
        s3.put_bucket_tagging(Bucket="the-bucket", Tagging={"TagSet": TAGS})
        s3.put_object(Bucket="the-bucket", Key="o", Body=b"x", Tagging="t=v")
        upload = s3.create_multipart_upload(Bucket="the-bucket", Key="o")["UploadId"]
        return {
            "Bucket": "the-bucket",
            "CopySource": "the-bucket/o",
            "UploadId": upload,
            "VersionId": "null",
            "LocationConstraint": ELSEWHERE,
        }

    def _in_stacks(self) -> dict[str, Any]:
        cfn = self.world.client("cloudformation")
        body = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}
        template = json.dumps(body)
        cfn.create_stack(StackName="the-stack", TemplateBody=template, Tags=TAGS)
        self.world.run(self.world.settle())
        body["Resources"]["Other"] = body["Resources"]["Key"]
        other = json.dumps(body)
        cfn.create_change_set(StackName="the-stack", ChangeSetName="the-change", TemplateBody=other)
        return {"StackName": "the-stack", "ChangeSetName": "the-change", "TemplateBody": other}

    def _special(self) -> dict[tuple[str, str], tuple[dict[str, Any], ...]]:
        """Further requests, where none with all members, or with the least, can be right."""
        key, grant = self.words["KeyId"], self.words["GrantId"]
        grantee = {"GranteeServicePrincipal": "lambda.amazonaws.com"}
        retiring = {"RetiringServicePrincipal": "lambda.amazonaws.com"}
        source = {"Constraints": {"SourceArn": ROOT}}
        given = {"KeyId": key, "Operations": ["Encrypt"]}
        shared = {"ResourceArn": PARAMETER, "Policy": "{}", "PolicyId": "x", "PolicyHash": "x"}
        group = {"logGroupName": "g", "logStreamName": "st"}
        return {
            ("kms", "RetireGrant"): ({"KeyId": key, "GrantId": grant},),
            ("kms", "CreateGrant"): (
                given | {"GranteePrincipal": ROOT, "RetiringPrincipal": ROOT},
                given | {"Constraints": self.words["Constraints"], "GranteePrincipal": ROOT},
                given | grantee | retiring | source,
            ),
            ("ssm", "PutResourcePolicy"): (shared,),
            ("ssm", "GetResourcePolicies"): (shared,),
            ("ssm", "DeleteResourcePolicy"): (shared,),
            **{
                ("logs", name): (group | {"kmsKeyId": self.words["kmsKeyId"]},)
                for name in (
                    *("AssociateKmsKey", "DisassociateKmsKey", "DescribeLogStreams"),
                    *("GetLogEvents", "FilterLogEvents"),
                )
            },
            ("secretsmanager", "AssociateCrossAccountReplica"): (),
            ("cloudformation", "DescribeStackResources"): ({"StackName": "the-stack"},),
        }

    def requests(self, service: str, op: AnyOperation) -> list[dict[str, Any]]:
        """Requests: with all members, with the least, and those with an alias for the key."""
        member = model(service).operations[op.name].input
        if member is None:
            return [{}]
        full = self._structure(service, member, 0)
        least = {name: full[name] for name in model(service).shape(member).required}
        made = [full, least, *self.special.get((service, op.name), ())]
        named = {"KeyId", "SourceKeyId", "DestinationKeyId"}
        return made + [
            request | dict.fromkeys(named & set(request), "alias/x")
            for request in (made if service == "kms" else ())
        ]

    def _structure(self, service: str, member: Member, depth: int) -> dict[str, Any]:
        members = model(service).shape(member).members
        return {
            name: self._value(service, each, name, depth + 1)
            for name, each in members.items()
            if name not in SKIPPED and depth < 4
        }

    def _value(self, service: str, member: Member, name: str, depth: int) -> Any:
        shape = model(service).shape(member)
        if name in self.words:
            return self.words[name]
        match shape.type:
            case "structure":
                return self._structure(service, member, depth)
            case "list":
                assert shape.member is not None
                return [self._value(service, shape.member, name, depth + 1)]
            case "map":
                return {"t": "v"}
            case "blob":
                return b"x" * max(1, int(shape.min or 1))
            case "boolean":
                return True
            case "integer" | "long" | "float" | "double":
                return int(shape.min or 1)
            case "timestamp":
                return 1_700_000_000.0
        if name == "Key" and service == "s3" and depth == 1:
            return "o"
        if name in {"Key", "TagKey", "TagKeys", "tagKeys", "tags"} and not shape.enum:
            return "t"
        if name == "Tagging" and shape.type == "string":
            return "t=v"
        if name == "Name":
            return {"ssm": "p"}.get(service, "new")
        return text(shape.enum, int(shape.min or 1), name, service)

    def ask(self, service: str, op: AnyOperation) -> set[str]:
        """The context keys of all questions for the operation's own action."""
        self.asked.clear()
        for request in self.requests(service, op):
            call = Call(op=op, request_id="r", region=REGION, request=request)
            with contextlib.suppress(Nothing), self.world.gate.store.transaction(write=True) as tx:
                call.principal = root_principal(tx, ACCOUNT)
                with contextlib.suppress(ApiError, AttributeError, KeyError, TypeError):
                    self.world.gate.run_inside(self.world.gate.context(call, tx), op, request)
                raise Nothing
        return set(self.asked[op.action])

    def listen(self, patch: pytest.MonkeyPatch) -> None:
        """Note what every question carries."""
        decide = authorize.decide

        def noting(ask: Ask, *more: Any) -> Any:
            with contextlib.suppress(ApiError):
                self.asked[ask.action].update(ask.keys())
            return decide(ask, *more)

        patch.setattr(authorize, "decide", noting)
