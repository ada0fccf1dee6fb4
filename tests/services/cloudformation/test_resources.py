"""Every resource type: made, changed in place, and gone with its stack."""

from __future__ import annotations

import json

from services.cloudformation.stacking import (
    ROLE,
    TRUST,
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

READS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}],
}


def made(world, resources, **more):
    body = template(resources, **more)
    stack = create(world, body)
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    return stack


def gone(world):
    arn = describe(world)["StackId"]
    world.client("cloudformation").delete_stack(StackName="stack")
    settle(world)
    assert describe(world, arn)["StackStatus"] == "DELETE_COMPLETE", failures(world, arn)


def test_values(world):
    resources = {
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": "one", "Tags": {"a": "b"}},
        },
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {
                "GenerateSecretString": {
                    "SecretStringTemplate": '{"user":"me"}',
                    "GenerateStringKey": "password",
                    "PasswordLength": 20,
                }
            },
        },
        "Policy": {
            "Type": "AWS::SecretsManager::ResourcePolicy",
            "Properties": {
                "SecretId": {"Ref": "Secret"},
                "ResourcePolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "secretsmanager:DeleteSecret",
                            "Resource": "*",
                            "Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}},
                        }
                    ],
                },
            },
        },
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}},
        "Stream": {
            "Type": "AWS::Logs::LogStream",
            "Properties": {"LogGroupName": {"Ref": "Group"}},
        },
        "Copied": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Type": "String",
                "Name": "/copied",
                "Value": {"Fn::Sub": "{{resolve:ssm:${Parameter}}}-${Parameter.Value}"},
            },
        },
    }
    made(world, resources)
    name = physical(world, "Parameter")
    assert name.startswith("CFN-stack-Parameter-")
    ssm = world.client("ssm")
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "one"
    assert ssm.get_parameter(Name="/copied")["Parameter"]["Value"] == "one-one"
    secret = physical(world, "Secret")
    value = json.loads(
        world.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    )
    assert (value["user"], len(value["password"])) == ("me", 20)
    group = world.client("logs").describe_log_groups()["logGroups"][0]
    assert group["retentionInDays"] == 7

    resources["Parameter"]["Properties"]["Value"] = "two"
    resources["Group"]["Properties"] = {"RetentionInDays": 30}
    stack = update(world, resources)
    assert stack["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert ssm.get_parameter(Name="/copied")["Parameter"]["Value"] == "two-two"
    gone(world)
    assert world.client("logs").describe_log_groups()["logGroups"] == []
    assert ssm.describe_parameters()["Parameters"] == []


def test_principals(world):
    resources = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": TRUST,
                "ManagedPolicyArns": [{"Ref": "Managed"}],
                "Policies": [{"PolicyName": "own", "PolicyDocument": READS}],
            },
        },
        "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": READS}},
        "Inline": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "inline",
                "PolicyDocument": READS,
                "Roles": [{"Ref": "Role"}],
                "Users": [{"Ref": "User"}],
            },
        },
        "Group": {"Type": "AWS::IAM::Group"},
        "User": {
            "Type": "AWS::IAM::User",
            "Properties": {
                "UserName": "maria",
                "LoginProfile": {"Password": "{{resolve:ssm-secure:/password}}"},
            },
        },
        "Member": {
            "Type": "AWS::IAM::UserToGroupAddition",
            "Properties": {"GroupName": {"Ref": "Group"}, "Users": [{"Ref": "User"}]},
        },
        "AccessKey": {
            "Type": "AWS::IAM::AccessKey",
            "Properties": {"UserName": {"Ref": "User"}},
        },
        "Kept": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"SecretString": {"Fn::GetAtt": ["AccessKey", "SecretAccessKey"]}},
        },
        "Profile": {
            "Type": "AWS::IAM::InstanceProfile",
            "Properties": {"Roles": [{"Ref": "Role"}]},
        },
        "Provider": {
            "Type": "AWS::IAM::OIDCProvider",
            "Properties": {"Url": "https://tokens.example.com", "ClientIdList": ["sts"]},
        },
        "Linked": {
            "Type": "AWS::IAM::ServiceLinkedRole",
            "Properties": {"AWSServiceName": "lambda.amazonaws.com"},
        },
    }
    password = f"{world.sentinel}A1!"
    world.client("ssm").put_parameter(Name="/password", Type="SecureString", Value=password)
    made(world, resources)
    iam = world.client("iam")
    role = physical(world, "Role")
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["inline", "own"]
    assert len(iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]) == 1
    assert iam.get_login_profile(UserName="maria")["LoginProfile"]["UserName"] == "maria"
    secret = world.client("secretsmanager").get_secret_value(SecretId=physical(world, "Kept"))
    shown = world.client("cloudformation").describe_stack_events(StackName="stack")
    assert secret["SecretString"] not in str(shown)
    resources["Role"]["Properties"]["Policies"] = []
    del resources["Inline"]["Properties"]["Users"]
    assert update(world, resources)["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["inline"]
    assert iam.list_user_policies(UserName="maria")["PolicyNames"] == []
    gone(world)
    assert [each for each in iam.list_users()["Users"] if each["UserName"] == "maria"] == []
    assert iam.list_roles()["Roles"] == []


FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
        "Environment": {"Variables": {"ONE": "1"}},
        "Timeout": "5",
    },
}


def test_functions(world):
    resources = {
        "Role": ROLE,
        "Function": FUNCTION,
        "Version": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Ref": "Function"}},
        },
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
                "Name": "live",
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Action": "lambda:InvokeFunction",
                "Principal": "secretsmanager.amazonaws.com",
            },
        },
        "Url": {
            "Type": "AWS::Lambda::Url",
            "Properties": {"TargetFunctionArn": {"Ref": "Function"}, "AuthType": "AWS_IAM"},
        },
        "Config": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 0,
            },
        },
    }
    found = made(world, resources, Outputs={"Url": {"Value": {"Fn::GetAtt": "Url.FunctionUrl"}}})
    assert outputs(found)["Url"].startswith("http")
    name = physical(world, "Function")
    functions = world.client("lambda")
    shown = functions.get_function_configuration(FunctionName=name)
    assert (shown["Timeout"], shown["Environment"]["Variables"]) == (5, {"ONE": "1"})
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "1"
    changed = {**FUNCTION["Properties"], "Code": {"ZipFile": "x = 1"}, "Timeout": 9}
    del changed["Environment"]
    resources["Function"] = {**FUNCTION, "Properties": changed}
    assert update(world, resources)["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    later = functions.get_function_configuration(FunctionName=name)
    assert later["Timeout"] == 9
    assert later["CodeSha256"] != shown["CodeSha256"]
    assert later.get("Environment", {}).get("Variables", {}) == {}
    gone(world)
    assert functions.list_functions()["Functions"] == []


def test_nested_stacks(world):
    child = template(
        {
            "Inner": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": "String", "Value": {"Ref": "Text"}},
            }
        },
        Parameters={"Text": {"Type": "String"}},
        Outputs={"Name": {"Value": {"Ref": "Inner"}}},
    )
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateBody": child, "Parameters": {"Text": "one"}},
    }
    body = template(
        {"Child": nested}, Outputs={"Name": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Name"]}}}
    )
    stack = create(world, body)
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(world)
    name = outputs(stack)["Name"]
    ssm = world.client("ssm")
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "one"
    inner = describe(world, physical(world, "Child"))
    assert (inner["ParentId"], inner["RootId"]) == (stack["StackId"], stack["StackId"])
    nested["Properties"]["Parameters"]["Text"] = "two"
    assert update(world, {"Child": nested})["StackStatus"] == "UPDATE_COMPLETE", failures(world)
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "two"
    gone(world)
    assert ssm.describe_parameters()["Parameters"] == []


def test_an_unknown_type_fails_the_stack_and_says_why(world):
    stack = create(world, {"Table": {"Type": "AWS::DynamoDB::Table"}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    failed = next(each for each in events(world) if each[1] == "CREATE_FAILED")
    assert "Unrecognized resource types: [AWS::DynamoDB::Table]" in failed[2]


def test_an_unknown_property_fails_the_resource(world):
    create(world, {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"Name": "x"}}})
    failed = next(each for each in events(world) if each[1] == "CREATE_FAILED")
    assert "#: extraneous key [Name] is not permitted" in failed[2]
