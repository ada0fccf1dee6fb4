"""The resource types against AWS's own schemas, less a written list.

`aws_resource_types.json` holds the names of each type's properties in CloudFormation's public
schemas (us-east-1, 2026-10-20): which there are, which must be given, which make a new thing when
they change, and what Fn::GetAtt knows.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from pathlib import Path

import pytest

from lodekey.services.cloudformation.resources import TYPES
from services.cloudformation.stacking import ROLE, create, failures, physical, update

AWS = json.loads((Path(__file__).parent / "aws_resource_types.json").read_text())
NO_REGISTRY = "AWS::ECR::Repository"  # a name: nothing that one asks of it is refused
BEYOND = {
    # AWS has the template's text only in a bucket; here a parent may hold it
    "AWS::CloudFormation::Stack": {"StackName", "TemplateBody"},
}
REQUIRED = {
    "AWS::CloudFormation::Stack": set(),
    # AWS's schema demands nothing, its service does
    "AWS::IAM::OIDCProvider": {"Url"},
    "AWS::IAM::ServiceLinkedRole": {"AWSServiceName"},
}
REPLACED = {
    "AWS::CloudFormation::Stack": {"StackName"},  # ours
    # the schema says nothing of it; CloudFormation cannot change one in place
    "AWS::CloudFormation::WaitCondition": {"Count", "Handle", "Timeout"},
    "AWS::ECR::Repository": {"EncryptionConfiguration", "RepositoryName"},
}
UNTOLD = {
    "AWS::IAM::ManagedPolicy": {
        "AttachmentCount",
        "CreateDate",
        "DefaultVersionId",
        "IsAttachable",
        "PermissionsBoundaryUsageCount",
        "UpdateDate",
    },
}
ONLY_REPLACING = {"AWS::IAM::AccessKey": {"Serial"}}  # "increment to rotate the key"
TOLD = {
    "AWS::SSM::Parameter": {"Type", "Value"},  # documented, though the schema has them no more
    "AWS::ECR::Repository": {"RepositoryUri"},
}


@pytest.fixture(params=sorted(AWS))
def name(request):
    return request.param


def test_every_property_of_awss_is_offered_or_refused_by_name(name):
    kind = TYPES[name]
    if kind.properties is None:
        return
    assert set(AWS[name]["properties"]) == (kind.properties | kind.not_offered) - BEYOND.get(
        name, set()
    )
    assert not kind.properties & kind.not_offered
    for refused in kind.not_offered:
        assert f"#: {refused} is not offered by this server" in kind.complaint({refused: 1})
    assert "#: extraneous key [Nonsense] is not permitted" in kind.complaint({"Nonsense": 1})


def test_what_must_be_given(name):
    assert REQUIRED.get(name, set(AWS[name]["required"])) == TYPES[name].required


def test_what_makes_a_new_thing(name):
    kind = TYPES[name]
    expected = REPLACED.get(name, set(AWS[name]["createOnly"]) - kind.not_offered)
    actual = {each for each in kind.properties or expected if kind.must_replace({each})}
    assert expected == actual


def test_what_get_att_knows(name):
    kind = TYPES[name]
    if kind.attributes is None:
        return
    offered = kind.properties or set()
    expected = {
        each
        for each in AWS[name]["readOnly"]
        if "." not in each or each.partition(".")[0] not in offered | kind.not_offered
    } - {"SnapStartResponse"}
    assert expected - UNTOLD.get(name, set()) | TOLD.get(name, set()) == kind.attributes


def test_every_property_is_read_somewhere(name):
    """No property is taken and forgotten: its name stands in the code, not only in the list."""
    kind = TYPES[name]
    if kind.properties is None or name == NO_REGISTRY:
        return
    module = sys.modules[kind.create.__module__]
    modules = [module]
    if name == "AWS::S3::Bucket":
        modules.append(sys.modules[f"{module.__package__}.lifecycle"])
    words: set[str] = set()
    for each in modules:
        for node in ast.walk(_without_declarations(ast.parse(inspect.getsource(each)))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words |= set(node.value.split())
    assert kind.properties - ONLY_REPLACING.get(name, set()) <= words


class _NoDeclarations(ast.NodeTransformer):
    """Takes out what the types declare of themselves."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "ResourceType":
            return ast.Constant(value=None)
        return self.generic_visit(node)


def _without_declarations(tree: ast.AST) -> ast.AST:
    return _NoDeclarations().visit(tree)


@pytest.mark.parametrize(
    ("kind", "properties", "why"),
    [
        (
            "AWS::SecretsManager::Secret",
            {"GenerateSecretString": {"PasswordLenght": 4}},
            "#: extraneous key [PasswordLenght] is not permitted",
        ),
        (
            "AWS::S3::Bucket",
            {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Day": 1}]}},
            "#/LifecycleConfiguration/Rules/0: extraneous key [Day] is not permitted",
        ),
        (
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "Key": "x"}}
                    ]
                }
            },
            "/ApplyServerSideEncryptionByDefault: extraneous key [Key] is not permitted",
        ),
        (
            "AWS::S3::Bucket",
            {"WebsiteConfiguration": {"IndexDocument": "index.html"}},
            "#: WebsiteConfiguration is not offered by this server",
        ),
    ],
)
def test_a_member_that_nobody_reads_fails_the_resource(world, kind, properties, why):
    stack = create(world, {"It": {"Type": kind, "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert why in str(failures(world))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KeySpec", "HMAC_256"),
        ("KeyUsage", "GENERATE_VERIFY_MAC"),
        ("MultiRegion", True),
        ("Origin", "EXTERNAL"),
    ],
)
def test_a_key_is_not_thrown_away_for_what_it_cannot_become(world, name, value):
    def key(**properties):
        properties["Description"] = "precious"
        return {"Key": {"Type": "AWS::KMS::Key", "Properties": properties}}

    create(world, key())
    before = physical(world, "Key")
    stack = update(world, key(**{name: value}))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert f"{name} of an existing key cannot be changed" in str(failures(world))
    assert physical(world, "Key") == before
    found = world.client("kms").describe_key(KeyId=before)["KeyMetadata"]
    assert found["KeyState"] == "Enabled"
    # what it is already may be said
    usual = {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": "false"}
    assert update(world, key(**usual))["StackStatus"] == "UPDATE_COMPLETE", failures(world)


def test_a_log_groups_class_stays(world):
    def group(**properties):
        return {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": properties}}

    create(world, group(RetentionInDays=7))
    stack = update(world, group(RetentionInDays=7, LogGroupClass="INFREQUENT_ACCESS"))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "LogGroupClass can't be changed" in str(failures(world))
    stack = update(world, group(RetentionInDays=7, LogGroupClass="STANDARD"))
    assert stack["StackStatus"] == "UPDATE_COMPLETE", failures(world)


def test_users_and_groups_move_in_place(world):
    def people(path, group):
        return {
            "User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "maria", "Path": path}},
            "Group": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "g", "Path": path}},
            "Other": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "h"}},
            "In": {
                "Type": "AWS::IAM::UserToGroupAddition",
                "DependsOn": ["User", "Group", "Other"],
                "Properties": {"GroupName": group, "Users": ["maria"]},
            },
            "Arn": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Type": "String",
                    "Name": "arn",
                    "Value": {"Fn::Sub": "${User.Arn} ${Group.Arn}"},
                },
            },
        }

    create(world, people("/a/", "g"))
    stack = update(world, people("/b/", "h"))
    assert stack["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    iam = world.client("iam")
    user, group = iam.get_user(UserName="maria")["User"], iam.get_group(GroupName="g")["Group"]
    assert (user["Path"], group["Path"]) == ("/b/", "/b/")
    groups = iam.list_groups_for_user(UserName="maria")["Groups"]
    assert [each["GroupName"] for each in groups] == ["h"]
    value = world.client("ssm").get_parameter(Name="arn")["Parameter"]["Value"]
    assert value == f"{user['Arn']} {group['Arn']}"


def test_settings_of_functions_that_have_operations_of_their_own(world):
    def function(**properties):
        made = {
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": "def handler(event, context): return 1"},
            **properties,
        }
        return {
            "Role": ROLE,
            "Function": {"Type": "AWS::Lambda::Function", "Properties": made},
        }

    functions = world.client("lambda")

    def settings():
        name = physical(world, "Function")
        loop = functions.get_function_recursion_config(FunctionName=name)["RecursiveLoop"]
        runtime = functions.get_runtime_management_config(FunctionName=name)
        return loop, runtime["UpdateRuntimeOn"]

    managed = {"RuntimeManagementConfig": {"UpdateRuntimeOn": "FunctionUpdate"}}
    stack = create(world, function(RecursiveLoop="Allow", **managed))
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    assert settings() == ("Allow", "FunctionUpdate")
    assert update(world, function(**managed))["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert settings() == ("Terminate", "FunctionUpdate")
    assert update(world, function())["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert settings() == ("Terminate", "Auto")
    manual = {"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": "arn:aws:lambda:us-east-1::x"}
    stack = update(world, function(RuntimeManagementConfig=manual))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert settings() == ("Terminate", "Auto")


def test_a_bucket_keeps_every_part_of_a_lifecycle_rule(world):
    rule = {
        "Id": "all",
        "Status": "Enabled",
        "Prefix": "logs/",
        "TagFilters": [{"Key": "a", "Value": "b"}],
        "ObjectSizeGreaterThan": "10",
        "ExpirationInDays": 3,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1},
    }
    plain = {"Id": "plain", "Status": "Enabled", "NoncurrentVersionExpirationInDays": 4}
    tagged = {
        "Id": "tagged",
        "Status": "Disabled",
        "ExpirationInDays": 1,
        "TagFilters": [{"Key": "a", "Value": "b"}],
    }
    properties = {
        "BucketName": "ruled",
        "LifecycleConfiguration": {"Rules": [rule, plain, tagged]},
    }
    stack = create(world, {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}})
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    s3 = world.client("s3")
    rules = s3.get_bucket_lifecycle_configuration(Bucket="ruled")["Rules"]
    tag = {"Key": "a", "Value": "b"}
    both = {"Prefix": "logs/", "ObjectSizeGreaterThan": 10, "Tags": [tag]}
    assert rules == [
        {
            "ID": "all",
            "Status": "Enabled",
            "Filter": {"And": both},
            "Expiration": {"Days": 3},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1},
        },
        {
            "ID": "plain",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 4},
        },
        {"ID": "tagged", "Status": "Disabled", "Filter": {"Tag": tag}, "Expiration": {"Days": 1}},
    ]
