"""Functions made, seen, changed, listed and deleted."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from services.lambda_.packaging import LOGS, TRUST, archive, zipped
from world import World, allow

HANDLER = "def handler(event, context):\n    return event\n"


@pytest.fixture
def role(world: World) -> str:
    return world.role("fn", TRUST, [LOGS])


def make(client, role, name="f", **more):
    given = {
        "Runtime": "python3.12",
        "Handler": "h.handler",
        "Code": {"ZipFile": zipped(h_py=HANDLER)},
    }
    return client.create_function(FunctionName=name, Role=role, **{**given, **more})


def code_of(error):
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_new_function_shows_what_aws_shows(world, role):
    client = world.client("lambda")
    package = zipped(h_py=HANDLER)

    made = make(client, role, Code={"ZipFile": package}, Tags={"team": "red"})

    assert "arn:aws:lambda:us-east-1:111122223333:function:f" == made["FunctionArn"]
    assert base64.b64encode(hashlib.sha256(package).digest()).decode() == made["CodeSha256"]
    assert len(package) == made["CodeSize"]
    assert ("$LATEST", "Active", "Successful") == (
        made["Version"],
        made["State"],
        made["LastUpdateStatus"],
    )
    assert (3, 128, {"Size": 512}) == (
        made["Timeout"],
        made["MemorySize"],
        made["EphemeralStorage"],
    )
    assert {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"} == made["LoggingConfig"]
    assert "Environment" not in made
    got = client.get_function(FunctionName="f")
    assert {"team": "red"} == got["Tags"]
    assert made["RevisionId"] == got["Configuration"]["RevisionId"]
    assert got["Code"]["Location"].startswith("http://127.0.0.1:4566/_lodekey/lambda/code/")


def test_the_package_lies_sealed(world, role):
    text = f"x = '{world.sentinel}'\n"
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as file:
        file.writestr("h.py", text)
    make(world.client("lambda"), role, Code={"ZipFile": stored.getvalue()})

    kept = list((world.data / "functions").iterdir())

    assert 1 == len(kept)
    assert world.sentinel.encode() in stored.getvalue()
    assert world.sentinel.encode() not in kept[0].read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "f",
        "arn:aws:lambda:us-east-1:111122223333:function:f",
        "111122223333:function:f",
        "function:f",
        "f:$LATEST",
    ],
)
def test_every_form_of_a_name_finds_it(world, role, name):
    client = world.client("lambda")
    make(client, role)

    assert "f" == client.get_function_configuration(FunctionName=name)["FunctionName"]


def test_a_name_in_another_region_does_not(world, role):
    client = world.client("lambda")
    make(client, role)
    with pytest.raises(ClientError) as error:
        client.get_function(FunctionName="arn:aws:lambda:eu-west-1:111122223333:function:f")
    assert (
        "ResourceNotFoundException",
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ) == code_of(error)


def test_what_is_not_there(world, role):
    client = world.client("lambda")
    make(client, role)
    for name, arn in (("g", "g"), ("f:7", "f:7"), ("f:live", "f:live")):
        with pytest.raises(ClientError) as error:
            client.get_function(FunctionName=name)
        whole = f"arn:aws:lambda:us-east-1:111122223333:function:{arn}"
        assert ("ResourceNotFoundException", f"Function not found: {whole}") == code_of(error)
        assert 404 == error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_second_of_the_same_name_is_refused(world, role):
    client = world.client("lambda")
    make(client, role)
    with pytest.raises(ClientError) as error:
        make(client, role)
    assert ("ResourceConflictException", "Function already exist: f") == code_of(error)


def test_the_role_must_trust_lambda(world):
    other = {**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}
    role = world.role("ec2", other)
    for arn in (role, "arn:aws:iam::111122223333:role/nobody"):
        with pytest.raises(ClientError) as error:
            make(world.client("lambda"), arn)
        assert (
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ) == code_of(error)


def test_the_caller_must_be_allowed_to_pass_the_role(world, role):
    passing = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": role,
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    }
    may_not = world.user("maker", allow("lambda:*"))
    may = world.user("passer", [allow("lambda:*"), passing])
    with pytest.raises(ClientError) as error:
        make(world.client("lambda", as_=may_not), role)
    code, message = code_of(error)
    assert "AccessDeniedException" == code
    assert f"is not authorized to perform: iam:PassRole on resource: {role}" in message
    assert 403 == error.value.response["ResponseMetadata"]["HTTPStatusCode"]
    make(world.client("lambda", as_=may), role)


def test_another_accounts_role_cannot_be_passed(world):
    with pytest.raises(ClientError) as error:
        make(world.client("lambda"), "arn:aws:iam::999900001111:role/x")
    assert "Cross-account pass role is not allowed." == code_of(error)[1]


@pytest.mark.parametrize(
    ("runtime", "words"),
    [
        ("java21", "The runtime parameter of java21 is not supported"),
        ("provided.al2023", "The runtime parameter of provided.al2023 is not supported"),
        ("python2.7", "no longer supported for creating or updating AWS Lambda functions"),
    ],
)
def test_other_runtimes_are_refused_by_name(world, role, runtime, words):
    with pytest.raises(ClientError) as error:
        make(world.client("lambda"), role, Runtime=runtime)
    code, message = code_of(error)
    assert "InvalidParameterValueException" == code
    assert words in message


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"Timeout": 901}, "less than or equal to 900"),
        ({"MemorySize": 10241}, "less than or equal to 10240"),
        (
            {"VpcConfig": {"SubnetIds": ["subnet-0123abcd"], "SecurityGroupIds": ["sg-0123abcd"]}},
            "VPCs are not offered",
        ),
        (
            {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:111122223333:q"}},
            "SQS and SNS",
        ),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart is not offered"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"Code": {"ZipFile": archive({"../out.py": "x"})}}, "Could not unzip uploaded file"),
        ({"Code": {"ZipFile": archive({"/etc/out": "x"})}}, "Could not unzip uploaded file"),
        ({"Code": {"ZipFile": archive({})}}, "must be a non-empty zip"),
        ({"Code": {}}, "Please provide a source for function code."),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys"),
        ({"Environment": {"Variables": {"A1": "x" * 4096}}}, "exceeded the 4KB limit"),
    ],
)
def test_what_cannot_be_had_is_refused(world, role, more, words):
    with pytest.raises(ClientError) as error:
        make(world.client("lambda"), role, **more)
    code, message = code_of(error)
    assert "InvalidParameterValueException" == code
    assert words in message
    assert [] == world.client("lambda").list_functions()["Functions"]


def test_code_changes_with_its_revision(world, role):
    client = world.client("lambda")
    made = make(client, role)
    other = zipped(h_py="def handler(event, context):\n    return 2\n")

    changed = client.update_function_code(
        FunctionName="f", ZipFile=other, RevisionId=made["RevisionId"]
    )

    assert made["CodeSha256"] != changed["CodeSha256"]
    assert made["RevisionId"] != changed["RevisionId"]
    with pytest.raises(ClientError) as error:
        client.update_function_code(FunctionName="f", ZipFile=other, RevisionId=made["RevisionId"])
    assert "PreconditionFailedException" == code_of(error)[0]
    assert 412 == error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_dry_run_changes_nothing(world, role):
    client = world.client("lambda")
    made = make(client, role)
    other = zipped(h_py="def handler(event, context):\n    return 2\n")
    tried = client.update_function_code(FunctionName="f", ZipFile=other, DryRun=True)
    assert made["CodeSha256"] != tried["CodeSha256"]
    now = client.get_function_configuration(FunctionName="f")
    assert made["CodeSha256"] == now["CodeSha256"]


def test_settings_change_and_the_rest_stays(world, role):
    client = world.client("lambda")
    make(client, role, Description="one", Timeout=7)
    changed = client.update_function_configuration(
        FunctionName="f",
        MemorySize=256,
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "/mine"},
    )
    assert (256, 7, "one") == (changed["MemorySize"], changed["Timeout"], changed["Description"])
    assert {
        "LogFormat": "JSON",
        "LogGroup": "/mine",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
    } == changed["LoggingConfig"]


def test_functions_are_listed_in_pages(world, role):
    client = world.client("lambda")
    for name in ("c", "a", "b"):
        make(client, role, name)
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    assert [["a", "b"], ["c"]] == [
        [each["FunctionName"] for each in page["Functions"]] for page in pages
    ]
    with pytest.raises(ClientError) as error:
        client.list_functions(Marker="made-up")
    assert "InvalidParameterValueException" == code_of(error)[0]


def test_a_deleted_function_is_gone(world, role):
    client = world.client("lambda")
    make(client, role)
    client.delete_function(FunctionName="f")
    with pytest.raises(ClientError) as error:
        client.delete_function(FunctionName="f")
    assert "ResourceNotFoundException" == code_of(error)[0]


def test_who_may_not_read_does_not_learn_what_is_there(world, role):
    make(world.client("lambda"), role)
    stranger = world.client("lambda", as_=world.user("stranger"))
    for name in ("f", "g"):
        with pytest.raises(ClientError) as error:
            stranger.get_function(FunctionName=name)
        code, message = code_of(error)
        assert "AccessDeniedException" == code
        assert "not authorized to perform: lambda:GetFunction on resource: " in message


def test_package_bytes_are_in_no_event(world, role):
    make(world.client("lambda"), role)
    event = next(each for each in world.events() if each["eventName"].startswith("CreateFunction"))
    assert "ZipFile" not in json.dumps(event)
    assert "zipFile" not in json.dumps(event)


def test_another_room_may_make_one_in_its_transaction(world, role):
    """A call from inside brings its package unprepared."""
    from lodekey.gate.call import Call
    from lodekey.identity.principals_of import root_principal

    gate = world.gate
    create = gate.operation("lambda", "CreateFunction")
    request = {
        "FunctionName": "inner",
        "Runtime": "python3.12",
        "Handler": "h.handler",
        "Role": role,
        "Code": {"ZipFile": zipped(h_py=HANDLER)},
    }
    with gate.store.transaction(write=True) as tx:
        principal = root_principal(tx, "111122223333")
        call = Call(op=create, request_id="x", region="us-east-1", principal=principal)
        made = gate.run_inside(gate.context(call, tx), create, request)
    assert "inner" == made["FunctionName"]
