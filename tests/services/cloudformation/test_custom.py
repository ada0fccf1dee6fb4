"""Custom resources and wait conditions, with real functions on a real server; and SIGKILL."""

from __future__ import annotations

import json
import time
import urllib.request

import pytest

from running import Running
from services.cloudformation.stacking import TRUST

pytestmark = pytest.mark.slow

CODE = """
import cfnresponse

def handler(event, context):
    asked = event["ResourceProperties"]
    if asked.get("Fail") == event["RequestType"]:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, "it", reason="as asked")
        return
    data = {"Said": asked["Say"] + " to " + event["RequestType"], "Asked": event["RequestId"]}
    cfnresponse.send(event, context, cfnresponse.SUCCESS, data, "it-" + asked["Name"])
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    server = Running(tmp_path_factory.mktemp("custom") / "data")
    try:
        yield server
    finally:
        server.stop()


def body(**properties):
    return {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": TRUST,
                    "ManagedPolicyArns": [
                        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
                    ],
                },
            },
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.11",
                    "Handler": "index.handler",
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": {"ZipFile": CODE},
                    "Timeout": 20,
                },
            },
            "It": {
                "Type": "Custom::It",
                "Properties": {
                    "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]},
                    "ServiceTimeout": 60,
                    "Name": "one",
                    "Say": 7,
                    **properties,
                },
            },
        },
        "Outputs": {
            "Said": {"Value": {"Fn::GetAtt": ["It", "Said"]}},
            "It": {"Value": {"Ref": "It"}},
            "Asked": {"Value": {"Fn::GetAtt": ["It", "Asked"]}},
        },
    }


def settled(cfn, name, patience=60):
    deadline = time.monotonic() + patience
    while True:
        stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return stack
        assert time.monotonic() < deadline, stack
        time.sleep(0.1)


def said(stack):
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def why(cfn, name):
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    return [
        (each["LogicalResourceId"], each.get("ResourceStatusReason"))
        for each in events
        if each["ResourceStatus"].endswith("FAILED")
    ]


def test_a_function_makes_changes_and_deletes(running):
    cfn = running.client("cloudformation")
    asked = {"StackName": "custom", "Capabilities": ["CAPABILITY_IAM"]}
    arn = cfn.create_stack(TemplateBody=json.dumps(body()), **asked)["StackId"]
    stack = settled(cfn, "custom")
    assert stack["StackStatus"] == "CREATE_COMPLETE", why(cfn, arn)
    found = said(stack)
    requests = {found.pop("Asked")}
    assert found == {"Said": "7 to Create", "It": "it-one"}
    for number, say in enumerate(("x", "7", "x"), 2):
        # what was asked for before is asked anew, not answered from memory
        cfn.update_stack(TemplateBody=json.dumps(body(Say=say)), **asked)
        found = said(settled(cfn, "custom"))
        requests.add(found.pop("Asked"))
        assert (found, len(requests)) == ({"Said": f"{say} to Update", "It": "it-one"}, number)
    cfn.update_stack(TemplateBody=json.dumps(body(Say="x", Name="two")), **asked)
    assert said(settled(cfn, "custom"))["It"] == "it-two"
    cfn.update_stack(TemplateBody=json.dumps(body(Say="y", Name="two", Fail="Update")), **asked)
    stack = settled(cfn, "custom")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", why(cfn, arn)
    assert "Message returned: as asked" in str(why(cfn, arn))
    cfn.delete_stack(StackName="custom")
    assert settled(cfn, arn)["StackStatus"] == "DELETE_COMPLETE", why(cfn, arn)


def test_who_may_not_invoke_the_function_makes_nothing_by_it(running):
    cfn = running.client("cloudformation")
    made = cfn.create_stack(
        StackName="owner", Capabilities=["CAPABILITY_IAM"], TemplateBody=json.dumps(body())
    )
    assert settled(cfn, "owner")["StackStatus"] == "CREATE_COMPLETE", why(cfn, made["StackId"])
    token = running.client("lambda").list_functions()["Functions"][0]["FunctionArn"]
    iam = running.client("iam")
    iam.create_user(UserName="alice")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}],
    }
    document = json.dumps(policy)
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = running.client("cloudformation", key=(key["AccessKeyId"], key["SecretAccessKey"]))
    only = {"It": {"Type": "Custom::It", "Properties": {"ServiceToken": token}}}
    alice.create_stack(StackName="thief", TemplateBody=json.dumps({"Resources": only}))
    assert settled(cfn, "thief")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "not authorized to perform: lambda:InvokeFunction" in str(why(cfn, "thief"))


WAITING = {
    "Resources": {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": 60, "Count": 2},
        },
        "Key": {"Type": "AWS::KMS::Key", "DependsOn": "Wait"},
    },
    "Outputs": {"Data": {"Value": {"Fn::GetAtt": "Wait.Data"}}},
}


def put(url, **said):
    request = urllib.request.Request(url, data=json.dumps(said).encode(), method="PUT")
    with urllib.request.urlopen(request) as answer:
        return answer.status


def test_a_wait_outlasts_a_kill(tmp_path):
    server = Running(tmp_path / "data")
    try:
        cfn = server.client("cloudformation")
        arn = cfn.create_stack(StackName="w", TemplateBody=json.dumps(WAITING))["StackId"]
        detail = {}
        deadline = time.monotonic() + 20
        while detail.get("ResourceStatus") != "CREATE_COMPLETE":
            assert time.monotonic() < deadline
            try:
                detail = cfn.describe_stack_resource(StackName="w", LogicalResourceId="Handle")[
                    "StackResourceDetail"
                ]
            except cfn.exceptions.ClientError:
                time.sleep(0.05)
        url = detail["PhysicalResourceId"]
        assert put(url, Status="SUCCESS", UniqueId="a", Data="one", Reason="") == 200
        server.kill()
        server.start()
        cfn = server.client("cloudformation")
        path = url.partition("/_lodekey/")[2]
        again = f"{server.endpoint}/_lodekey/{path}"
        assert put(again, Status="SUCCESS", UniqueId="b", Data="two", Reason="") == 200
        with pytest.raises(urllib.error.HTTPError):
            put(again[:-6] + "AAAAAA", Status="SUCCESS", UniqueId="c", Data="", Reason="")
        stack = settled(cfn, arn)
        assert stack["StackStatus"] == "CREATE_COMPLETE", why(cfn, arn)
        assert json.loads(said(stack)["Data"]) == {"a": "one", "b": "two"}
        assert len(server.client("kms").list_keys()["Keys"]) == 1
    finally:
        server.stop()


def many(text):
    """Things that take a call or two each, one after another and side by side."""
    key = {"Type": "AWS::KMS::Key", "Properties": {"Description": text, "EnableKeyRotation": True}}
    alias = {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": "alias/killed", "TargetKeyId": {"Ref": "Key"}},
    }
    secret = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"Description": text, "GenerateSecretString": {}},
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, "Description": text},
    }
    values = {
        f"P{number}": {
            "Type": "AWS::SSM::Parameter",
            "DependsOn": [f"P{number - 1}"] if number else [],
            "Properties": {"Type": "String", "Value": text},
        }
        for number in range(12)
    }
    return json.dumps(
        {"Resources": {"Key": key, "Alias": alias, "Secret": secret, "Role": role, **values}}
    )


def count(server, text):
    """How many of the things there are that say *text*."""
    kms, ssm = server.client("kms"), server.client("ssm")
    found = [kms.describe_key(KeyId=each["KeyId"]) for each in kms.list_keys()["Keys"]]
    keys = [each["KeyMetadata"] for each in found]
    names = [each["Name"] for each in ssm.describe_parameters(MaxResults=50)["Parameters"]]
    values = [ssm.get_parameter(Name=each)["Parameter"]["Value"] for each in names]
    secrets = server.client("secretsmanager").list_secrets()["SecretList"]
    return (
        sum(each["Description"] == text and each["KeyState"] == "Enabled" for each in keys),
        values.count(text),
        sum(each["Description"] == text for each in secrets),
    )


def test_a_killed_server_goes_on_with_what_it_was_doing(tmp_path):
    """SIGKILL in the middle of a creation, of an update, of a deletion: each goes on to its end."""
    server = Running(tmp_path / "data")
    try:
        arn = ""
        for text, begin, status in (
            ("one", "create_stack", "CREATE_COMPLETE"),
            ("two", "update_stack", "UPDATE_COMPLETE"),
            ("two", "delete_stack", "DELETE_COMPLETE"),
        ):
            cfn = server.client("cloudformation")
            more = {"TemplateBody": many(text), "Capabilities": ["CAPABILITY_IAM"]}
            asked = {} if begin == "delete_stack" else more
            getattr(cfn, begin)(StackName="killed", **asked)
            arn = arn or cfn.describe_stacks(StackName="killed")["Stacks"][0]["StackId"]
            killed = 0
            for delay in (0.0, 0.02):
                time.sleep(delay)
                server.kill()
                server.start()
                cfn = server.client("cloudformation")
                stack = cfn.describe_stacks(StackName=arn)["Stacks"][0]
                killed += stack["StackStatus"].endswith("IN_PROGRESS")
            stack = settled(cfn, arn)
            assert stack["StackStatus"] == status, why(cfn, arn)
            assert killed, f"{begin} was over before it could be killed"
            expected = (0, 0, 0) if begin == "delete_stack" else (1, 12, 1)
            assert count(server, text) == expected
    finally:
        server.stop()
