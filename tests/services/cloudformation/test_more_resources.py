"""Resource types that other files of this room do not look at: made, changed in place, gone."""

from __future__ import annotations

import json

import pytest

from services.cloudformation.stacking import (
    ROLE,
    create,
    describe,
    events,
    failures,
    outputs,
    physical,
    settle,
    template,
    update,
)
from services.lambda_.packaging import archive
from services.secretsmanager.rotation_function import ARN, RotationFunction

FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
    },
}


def statement(**more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **more}]}


def done(world, body, name="stack", **more):
    """Make a stack, or change it."""
    try:
        describe(world, name)
    except world.client("cloudformation").exceptions.ClientError:
        stack, good = create(world, body, name, **more), "CREATE_COMPLETE"
    else:
        stack, good = update(world, body, name, **more), "UPDATE_COMPLETE"
    assert stack["StackStatus"] == good, failures(world, name)
    return stack


def gone(world, name="stack"):
    arn = describe(world, name)["StackId"]
    world.client("cloudformation").delete_stack(StackName=name)
    settle(world)
    assert describe(world, arn)["StackStatus"] == "DELETE_COMPLETE", failures(world, arn)


def test_a_replica_key(world):
    primary = world.client("kms").create_key(MultiRegion=True)["KeyMetadata"]
    policy = statement(
        Principal={"AWS": f"arn:aws:iam::{world.root.account}:root"}, Action="kms:*", Resource="*"
    )
    replica = {
        "Type": "AWS::KMS::ReplicaKey",
        "Properties": {
            "PrimaryKeyArn": primary["Arn"],
            "KeyPolicy": policy,
            "Description": "one",
            "PendingWindowInDays": 7,
            "Tags": [{"Key": "own", "Value": "x"}],
        },
    }
    cfn, kms = (world.client(each, region="eu-west-1") for each in ("cloudformation", "kms"))

    def shown():
        return kms.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]

    cfn.create_stack(StackName="far", TemplateBody=template({"Replica": replica}))
    settle(world)
    assert cfn.describe_stacks(StackName="far")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert (shown()["Description"], shown()["MultiRegionConfiguration"]["MultiRegionKeyType"]) == (
        "one",
        "REPLICA",
    )
    tags = {each["TagKey"] for each in kms.list_resource_tags(KeyId=primary["KeyId"])["Tags"]}
    assert {"own", "aws:cloudformation:stack-name"} <= tags
    replica["Properties"] |= {"Description": "two", "Enabled": False}
    cfn.update_stack(StackName="far", TemplateBody=template({"Replica": replica}))
    settle(world)
    assert (shown()["Description"], shown()["KeyState"]) == ("two", "Disabled")
    cfn.delete_stack(StackName="far")
    settle(world)
    assert shown()["KeyState"] == "PendingDeletion"
    home = world.client("kms").describe_key(KeyId=primary["KeyId"])["KeyMetadata"]
    assert home["KeyState"] == "Enabled"


def test_layers_and_who_may_use_them(world):
    s3 = world.client("s3")
    s3.create_bucket(Bucket="packages")
    s3.put_object(Bucket="packages", Key="layer.zip", Body=archive({"python/more.py": "x = 5"}))
    s3.put_object(
        Bucket="packages",
        Key="function.zip",
        Body=archive({"h.py": "import more\ndef handler(event, context): return more.x"}),
    )
    content = {"S3Bucket": "packages", "S3Key": "layer.zip"}
    layer = {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {
            "LayerName": "more",
            "Content": content,
            "CompatibleRuntimes": ["python3.12"],
            "Description": "one",
        },
    }
    may = {
        "Type": "AWS::Lambda::LayerVersionPermission",
        "Properties": {
            "Action": "lambda:GetLayerVersion",
            "LayerVersionArn": {"Ref": "Layer"},
            "Principal": "444455556666",
        },
    }
    code = {"S3Bucket": "packages", "S3Key": "function.zip"}
    function = {
        **FUNCTION,
        "Properties": {
            **FUNCTION["Properties"],
            "Code": code,
            "Handler": "h.handler",
            "Layers": [{"Ref": "Layer"}],
        },
    }
    body = {"Role": ROLE, "Layer": layer, "May": may, "Function": function}
    done(world, body)
    functions = world.client("lambda")
    policy = functions.get_layer_version_policy(LayerName="more", VersionNumber=1)["Policy"]
    assert "444455556666" in policy
    name = physical(world, "Function")
    used = functions.get_function_configuration(FunctionName=name)["Layers"][0]["Arn"]
    assert used == physical(world, "Layer")
    layer["Properties"]["Description"] = "two"
    done(world, body)
    assert physical(world, "Layer").endswith(":2")
    used = functions.get_function_configuration(FunctionName=name)["Layers"][0]["Arn"]
    assert used == physical(world, "Layer")
    versions = functions.list_layer_versions(LayerName="more")["LayerVersions"]
    assert [each["Version"] for each in versions] == [2]
    gone(world)
    assert functions.list_layers()["Layers"] == []


def test_aliases_urls_and_invocation_settings_change_in_place(world):
    def version(number):
        properties = {"FunctionName": {"Ref": "Function"}, "Description": str(number)}
        return {"Type": "AWS::Lambda::Version", "Properties": properties}

    first = {"Fn::GetAtt": ["V1", "Version"]}
    alias = {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": first}
    url = {"TargetFunctionArn": {"Ref": "Function"}, "AuthType": "AWS_IAM"}
    config = {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST"}
    function = {**FUNCTION, "Properties": dict(FUNCTION["Properties"])}
    body = {
        "Role": ROLE,
        "Function": function,
        "V1": version(1),
        "Alias": {"Type": "AWS::Lambda::Alias", "Properties": alias},
        "Url": {"Type": "AWS::Lambda::Url", "Properties": url},
        "Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": config},
    }
    config["MaximumRetryAttempts"] = 1
    done(world, body)
    functions, name = world.client("lambda"), physical(world, "Function")
    here = functions.get_function_url_config(FunctionName=name)["FunctionUrl"]
    weights = [{"FunctionVersion": {"Fn::GetAtt": ["V2", "Version"]}, "FunctionWeight": 0.25}]
    alias["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    url |= {"AuthType": "NONE", "Cors": {"AllowOrigins": ["https://a.example"]}}
    config |= {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 120}
    body["V2"] = version(2)
    function["Properties"] |= {
        "Code": {"ZipFile": "def handler(event, context):\n    return 2\n"},
        "ReservedConcurrentExecutions": 3,
        "EphemeralStorage": {"Size": 1024},
        "LoggingConfig": {"LogFormat": "JSON"},
    }
    done(world, body)
    shown = functions.get_alias(FunctionName=name, Name="live")
    assert list(shown["RoutingConfig"]["AdditionalVersionWeights"].values()) == [0.25]
    shown = functions.get_function_url_config(FunctionName=name)
    assert (shown["FunctionUrl"], shown["AuthType"]) == (here, "NONE")
    assert shown["Cors"]["AllowOrigins"] == ["https://a.example"]
    shown = functions.get_function_event_invoke_config(FunctionName=name)
    assert (shown["MaximumRetryAttempts"], shown["MaximumEventAgeInSeconds"]) == (2, 120)
    shown = functions.get_function_concurrency(FunctionName=name)
    assert shown["ReservedConcurrentExecutions"] == 3
    shown = functions.get_function_configuration(FunctionName=name)
    assert (shown["EphemeralStorage"]["Size"], shown["LoggingConfig"]["LogFormat"]) == (
        1024,
        "JSON",
    )
    del alias["RoutingConfig"], function["Properties"]["ReservedConcurrentExecutions"]
    del function["Properties"]["EphemeralStorage"]
    done(world, body)
    shown = functions.get_alias(FunctionName=name, Name="live")
    assert not shown.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(
        FunctionName=name
    )
    shown = functions.get_function_configuration(FunctionName=name)
    assert shown["EphemeralStorage"]["Size"] == 512
    gone(world)


def test_policies_of_logs_and_buckets(world):
    def body(action):
        by = statement(Principal={"Service": "route53.amazonaws.com"}, Action=action, Resource="*")
        deny = {
            **statement(Principal="*", Action=f"s3:{action[5:]}", Resource="*"),
        }
        deny["Statement"][0] |= {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            "Sid": action[5:],
        }
        return {
            "Logs": {
                "Type": "AWS::Logs::ResourcePolicy",
                "Properties": {"PolicyName": "dns", "PolicyDocument": json.dumps(by)},
            },
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "VersioningConfiguration": {"Status": "Enabled"},
                    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                    "PublicAccessBlockConfiguration": {"BlockPublicPolicy": True},
                },
            },
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": deny},
            },
        }

    logs, s3 = world.client("logs"), world.client("s3")
    for action in ("logs:PutLogEvents", "logs:CreateLogStream"):
        done(world, body(action))
        assert action in logs.describe_resource_policies()["resourcePolicies"][0]["policyDocument"]
        bucket = physical(world, "Bucket")
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        assert [each["Sid"] for each in policy["Statement"]] == [action[5:]]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    plain = body("logs:PutLogEvents")
    plain["Bucket"]["Properties"] = {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {
                    "BucketKeyEnabled": True,
                    "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
                }
            ]
        }
    }
    done(world, plain)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}
    assert rule["BucketKeyEnabled"] is True
    s3.put_object(Bucket=bucket, Key="left", Body=b"x")
    arn = describe(world)["StackId"]
    cfn = world.client("cloudformation")
    cfn.delete_stack(StackName="stack")
    settle(world)
    assert describe(world)["StackStatus"] == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in str(failures(world, arn))
    cfn.delete_stack(StackName="stack", RetainResources=["Bucket"])
    settle(world)
    assert describe(world, arn)["StackStatus"] == "DELETE_COMPLETE"
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == [bucket]
    assert logs.describe_resource_policies()["resourcePolicies"] == []


def test_what_users_have_changes_in_place(world):
    def body(**login):
        return {
            "User": {
                "Type": "AWS::IAM::User",
                "Properties": {
                    "UserName": "maria",
                    "Groups": [{"Ref": "New" if login else "Old"}],
                    **({"LoginProfile": login} if login else {}),
                },
            },
            "Old": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "old"}},
            "New": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "new"}},
            "Key": {
                "Type": "AWS::IAM::AccessKey",
                "Properties": {
                    "UserName": {"Ref": "User"},
                    "Status": "Inactive" if login else "Active",
                },
            },
            "One": ROLE,
            "Two": ROLE,
            "Profile": {
                "Type": "AWS::IAM::InstanceProfile",
                "Properties": {"Roles": [{"Ref": "Two" if login else "One"}]},
            },
            "Provider": {
                "Type": "AWS::IAM::OIDCProvider",
                "Properties": {
                    "Url": "https://tokens.example.com",
                    "ClientIdList": ["b", "c"] if login else ["a", "b"],
                },
            },
        }

    done(world, body())
    key = physical(world, "Key")
    done(world, body(Password="a long Password 1!", PasswordResetRequired=True))
    iam = world.client("iam")
    groups = iam.list_groups_for_user(UserName="maria")["Groups"]
    assert [each["GroupName"] for each in groups] == ["new"]
    assert iam.get_login_profile(UserName="maria")["LoginProfile"]["PasswordResetRequired"]
    (shown,) = iam.list_access_keys(UserName="maria")["AccessKeyMetadata"]
    assert (shown["AccessKeyId"], shown["Status"]) == (key, "Inactive")
    profile = iam.get_instance_profile(InstanceProfileName=physical(world, "Profile"))
    assert [each["RoleName"] for each in profile["InstanceProfile"]["Roles"]] == [
        physical(world, "Two")
    ]
    provider = iam.get_open_id_connect_provider(
        OpenIDConnectProviderArn=physical(world, "Provider")
    )
    assert sorted(provider["ClientIDList"]) == ["b", "c"]
    done(world, body())
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_login_profile(UserName="maria")
    gone(world)
    assert iam.list_users()["Users"] == []


def test_a_schedule_of_rotation(world):
    function = RotationFunction(world)

    def body(**schedule):
        return {
            "Secret": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {"Name": "s", "SecretString": "a"},
            },
            "Schedule": {
                "Type": "AWS::SecretsManager::RotationSchedule",
                "Properties": {"SecretId": {"Ref": "Secret"}, "RotationLambdaARN": ARN, **schedule},
            },
        }

    secrets = world.client("secretsmanager")
    later = {"RotateImmediatelyOnUpdate": False}
    done(world, body(RotationRules={"AutomaticallyAfterDays": 30}, **later))
    world.run_jobs()
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "a"
    assert secrets.describe_secret(SecretId="s")["RotationEnabled"] is True
    function.events.clear()
    rules = {"ScheduleExpression": "rate(10 days)", "Duration": "2h"}
    done(world, body(RotationRules=rules))
    world.run_jobs()
    shown = secrets.describe_secret(SecretId="s")
    assert shown["RotationRules"] == {**rules, "AutomaticallyAfterDays": 10}
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "rotated"
    done(world, {"Secret": body()["Secret"]})
    assert secrets.describe_secret(SecretId="s").get("RotationEnabled", False) is False
    hosted = {"SecretId": "s", "HostedRotationLambda": {"RotationType": "MySQLSingleUser"}}
    other = {"Schedule": {**body()["Schedule"], "Properties": hosted}}
    stack = create(world, other, "other")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "give RotationLambdaARN instead" in str(failures(world, "other"))
    gone(world)


def test_names_without_a_service_behind_them_say_so(world):
    body = template(
        {
            "Metadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:x"}},
            "Repository": {
                "Type": "AWS::ECR::Repository",
                "Properties": {"RepositoryName": "assets", "ImageTagMutability": "IMMUTABLE"},
            },
        },
        Outputs={"Uri": {"Value": {"Fn::GetAtt": ["Repository", "RepositoryUri"]}}},
    )
    stack = done(world, body)
    assert outputs(stack)["Uri"].endswith(".dkr.ecr.us-east-1.amazonaws.com/assets")
    assert any("no container registry" in reason for _, _, reason in events(world))
    gone(world)
