"""Rotation: four steps, a schedule, and what happens when something fails."""

import json
import shutil

import pytest
from botocore.exceptions import ClientError

from services.secretsmanager.rotation_function import ARN, RotationFunction
from world import World, allow

DAY = 86_400
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


@pytest.fixture
def function(world):
    return RotationFunction(world)


@pytest.fixture
def secrets(world, function):
    client = world.client("secretsmanager")
    client.create_secret(Name="s", SecretString="a")
    return client


def current(secrets):
    return secrets.get_secret_value(SecretId="s")["SecretString"]


def rotate(secrets, **more):
    return secrets.rotate_secret(SecretId="s", RotationLambdaARN=ARN, **more)


def fail_at(function, step):
    def before(event):
        if event["Step"] == step:
            raise RuntimeError(step)

    function.before = before


def test_a_rotation_takes_four_steps(world, secrets, function):
    answer = rotate(secrets, RotationRules={"AutomaticallyAfterDays": 30})
    arn, token = answer["ARN"], answer["VersionId"]
    # the answer comes before the rotation
    world.run_jobs()
    assert function.steps == STEPS
    assert all(event["SecretId"] == arn for event in function.events)
    assert {event["ClientRequestToken"] for event in function.events} == {token}
    assert len({event["RotationToken"] for event in function.events}) == 1
    assert current(secrets) == "rotated"
    described = secrets.describe_secret(SecretId="s")
    assert described["RotationEnabled"] is True
    assert described["RotationLambdaARN"] == ARN
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert described["LastRotatedDate"].timestamp() <= world.clock()
    assert set(described["VersionIdsToStages"][token]) == {"AWSPENDING", "AWSCURRENT"}
    assert secrets.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS")["SecretString"] == "a"
    world.run_jobs()
    assert len(function.steps) == 4


def test_the_clock_rotates(world, secrets, function):
    rotate(secrets, RotationRules={"ScheduleExpression": "rate(10 days)", "Duration": "3h"})
    world.run_jobs()
    described = secrets.describe_secret(SecretId="s")
    assert described["RotationRules"] == {
        "AutomaticallyAfterDays": 10,
        "Duration": "3h",
        "ScheduleExpression": "rate(10 days)",
    }
    due = described["NextRotationDate"].timestamp()
    assert (due + 1) % DAY == 3 * 3_600
    world.clock.advance(due - 3 * 3_600 - world.clock() - 60)
    world.run_jobs()
    assert len(function.steps) == 4
    function.new_value = "twice"
    world.clock.advance(120)
    world.run_jobs()
    assert function.steps == STEPS * 2
    assert current(secrets) == "twice"
    later = secrets.describe_secret(SecretId="s")["NextRotationDate"].timestamp()
    assert later == due + 10 * DAY


def test_a_value_put_by_hand_counts_as_a_rotation(world, secrets, function):
    rotate(secrets, RotationRules={"AutomaticallyAfterDays": 10})
    world.run_jobs()
    first = secrets.describe_secret(SecretId="s")["NextRotationDate"].timestamp()
    world.clock.advance(5 * DAY)
    secrets.put_secret_value(SecretId="s", SecretString="by hand")
    second = secrets.describe_secret(SecretId="s")["NextRotationDate"].timestamp()
    assert second == first + 5 * DAY


def test_a_test_alone_where_rotation_is_not_immediate(world, secrets, function):
    seen = []
    original = function.pending

    async def pending(event):
        seen.append(await original(event))

    function.pending = pending
    before = secrets.describe_secret(SecretId="s")["VersionIdsToStages"]
    rotate(secrets, RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 7})
    world.run_jobs()
    assert function.steps == ["testSecret"]
    assert seen == ["a"]
    described = secrets.describe_secret(SecretId="s")
    assert described["VersionIdsToStages"] == before
    assert described["RotationEnabled"] is True
    assert "LastRotatedDate" not in described
    assert (
        len(secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)["Versions"]) == 1
    )
    assert current(secrets) == "a"


def test_rotation_without_rules_happens_when_asked(world, secrets, function):
    rotate(secrets)
    world.run_jobs()
    assert "NextRotationDate" not in secrets.describe_secret(SecretId="s")
    secrets.rotate_secret(SecretId="s")
    world.run_jobs()
    assert function.steps == STEPS * 2


# -- failures


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_leaves_the_current_value_and_is_tried_again(
    world, secrets, function, step
):
    fail_at(function, step)
    token = rotate(secrets)["VersionId"]
    world.run_jobs()
    assert function.steps == STEPS[: STEPS.index(step) + 1]
    assert current(secrets) == "a"
    assert "LastRotatedDate" not in secrets.describe_secret(SecretId="s")
    message = refused("InvalidRequestException", secrets.rotate_secret, SecretId="s")
    assert message == "A previous rotation isn't complete. That rotation will be reattempted."
    function.before = lambda _event: None
    function.events.clear()
    world.clock.advance(60)
    world.run_jobs()
    assert function.steps == STEPS
    assert function.events[0]["ClientRequestToken"] == token
    assert current(secrets) == "rotated"
    assert secrets.rotate_secret(SecretId="s")


def test_after_five_failures_it_waits_a_day(world, secrets, function):
    fail_at(function, "setSecret")
    rotate(secrets)
    for _ in range(10):
        world.run_jobs()
        world.clock.advance(600)
    assert function.steps.count("createSecret") == 5
    world.clock.advance(DAY)
    function.before = lambda _event: None
    world.run_jobs()
    assert current(secrets) == "rotated"


def test_the_next_window_ends_the_wait(world, secrets, function):
    fail_at(function, "setSecret")
    rotate(secrets, RotationRules={"ScheduleExpression": "rate(4 hours)"})
    for _ in range(6):
        world.run_jobs()
        world.clock.advance(300)
    assert function.steps.count("createSecret") == 5
    function.before = lambda _event: None
    world.clock.advance(4 * 3_600)
    world.run_jobs()
    assert current(secrets) == "rotated"
    assert [event["eventName"] for event in service_events(world)].count("RotationStarted") == 1


def test_a_last_step_that_moves_nothing_is_a_failure(world, secrets, function):
    async def idle(event):
        pass

    function.finishSecret = idle
    rotate(secrets)
    world.run_jobs()
    assert function.steps == STEPS
    assert current(secrets) == "a"
    assert "LastRotatedDate" not in secrets.describe_secret(SecretId="s")


def test_the_same_request_again_is_the_same_rotation(world, secrets, function):
    fail_at(function, "setSecret")
    token = "t" * 32
    rotate(secrets, ClientRequestToken=token)
    assert rotate(secrets, ClientRequestToken=token)["VersionId"] == token
    refused(
        "InvalidRequestException", secrets.rotate_secret, SecretId="s", ClientRequestToken="u" * 32
    )


def test_cancelling_ends_it(world, secrets, function):
    fail_at(function, "testSecret")
    token = rotate(secrets, RotationRules={"AutomaticallyAfterDays": 1})["VersionId"]
    world.run_jobs()
    answer = secrets.cancel_rotate_secret(SecretId="s")
    assert answer["VersionId"] == token
    described = secrets.describe_secret(SecretId="s")
    assert described["RotationEnabled"] is False
    assert "NextRotationDate" not in described
    # as AWS says, the label may stay behind
    assert described["VersionIdsToStages"][token] == ["AWSPENDING"]
    function.events.clear()
    world.clock.advance(3 * DAY)
    world.run_jobs()
    assert function.steps == []
    refused("InvalidRequestException", secrets.rotate_secret, SecretId="s")
    secrets.update_secret_version_stage(
        SecretId="s", VersionStage="AWSPENDING", RemoveFromVersionId=token
    )
    function.before = lambda _event: None
    secrets.rotate_secret(SecretId="s")
    world.run_jobs()
    assert current(secrets) == "rotated"


def test_a_step_that_ends_after_the_cancelling_does_nothing(world, secrets, function):
    def cancel(event):
        if event["Step"] == "setSecret":
            from lodekey.services.secretsmanager.rotation import RUNS

            with world.gate.store.transaction(write=True) as tx:
                RUNS.delete(tx, "111122223333", "us-east-1", "s")

    function.after = cancel
    rotate(secrets)
    world.run_jobs()
    assert function.steps == STEPS[:2]


def test_a_deleted_secret_does_not_rotate(world, secrets, function):
    fail_at(function, "createSecret")
    rotate(secrets, RotationRules={"AutomaticallyAfterDays": 1})
    world.run_jobs()
    secrets.delete_secret(SecretId="s")
    function.events.clear()
    world.clock.advance(3 * DAY)
    world.run_jobs()
    assert function.steps == []
    secrets.restore_secret(SecretId="s")
    world.run_jobs()
    assert function.steps


# -- the trail


def service_events(world):
    return [event for event in world.events() if event["eventType"] == "AwsServiceEvent"]


def test_what_the_clock_does_is_in_the_trail(world, secrets, function):
    arn = secrets.describe_secret(SecretId="s")["ARN"]
    fail_at(function, "setSecret")
    token = rotate(secrets)["VersionId"]
    world.run_jobs()
    function.before = lambda _event: None
    world.clock.advance(60)
    world.run_jobs()
    rotate(secrets, RotateImmediately=False)
    world.run_jobs()
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    world.clock.advance(8 * DAY)
    world.run_jobs()
    events = service_events(world)
    assert [event["eventName"] for event in events] == [
        "RotationStarted",
        "RotationFailed",
        "RotationSucceeded",
        "TestRotationStarted",
        "TestRotationSucceeded",
        "EndSecretVersionDelete",
    ]
    assert events[0]["additionalEventData"] == {"SecretId": arn, "VersionId": token}
    assert events[1]["errorMessage"] == "the function failed: Unhandled"
    assert events[5]["resources"][0]["ARN"] == arn
    assert events[5]["userIdentity"]["invokedBy"] == "secretsmanager.amazonaws.com"


def test_a_cancelled_rotation_is_in_the_trail(world, secrets, function):
    fail_at(function, "setSecret")
    rotate(secrets, ClientRequestToken="t" * 32)
    rotate(secrets, ClientRequestToken="t" * 32)
    world.run_jobs()
    secrets.cancel_rotate_secret(SecretId="s")
    assert [event["eventName"] for event in service_events(world)] == [
        "RotationStarted",
        "RotationFailed",
        "RotationAbandoned",
    ]


# -- what is refused


def test_a_function_is_needed(secrets):
    message = refused("InvalidRequestException", secrets.rotate_secret, SecretId="s")
    assert message == "No Lambda rotation function ARN is associated with this secret."
    refused("InvalidRequestException", secrets.cancel_rotate_secret, SecretId="s")


def test_the_function_must_let_secrets_manager_in(world, secrets, function):
    allows = function.policy
    other = json.loads(allows)
    other["Statement"][0]["Principal"] = {"Service": "s3.amazonaws.com"}
    function.policy = json.dumps(other)
    message = refused("AccessDeniedException", rotate, secrets=secrets)
    assert message == (
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function "
        "policy grants access to the principal secretsmanager.amazonaws.com."
    )
    assert "RotationEnabled" not in secrets.describe_secret(SecretId="s")
    function.policy = allows
    assert rotate(secrets)


def test_the_caller_must_be_allowed_to_invoke_the_function(world, secrets):
    alice = world.user("alice", allow("secretsmanager:*"))
    hers = world.client("secretsmanager", as_=alice)
    assert "lambda:InvokeFunction" in refused("AccessDeniedException", rotate, secrets=hers)
    bob = world.user("bob", [allow("secretsmanager:*"), allow("lambda:InvokeFunction")])
    assert rotate(world.client("secretsmanager", as_=bob))


@pytest.mark.parametrize(
    "rules",
    [
        {"AutomaticallyAfterDays": 3, "ScheduleExpression": "rate(3 days)"},
        {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpression": "rate(4 hours)", "Duration": "5h"},
        {"Duration": "3h"},
    ],
)
def test_rules_must_make_sense(secrets, rules):
    refused("InvalidParameterException", rotate, secrets=secrets, RotationRules=rules)


@pytest.mark.parametrize(
    ("key", "value", "passes"),
    [
        ("secretsmanager:RotationLambdaARN", ARN, {"RotationLambdaARN": ARN}),
        (
            "secretsmanager:RotateImmediately",
            "false",
            {"RotationLambdaARN": ARN, "RotateImmediately": False},
        ),
        (
            "secretsmanager:ModifyRotationRules",
            "true",
            {"RotationLambdaARN": ARN, "RotationRules": {"AutomaticallyAfterDays": 1}},
        ),
    ],
)
def test_context_keys(world, secrets, key, value, passes):
    who = world.user(
        "alice",
        [
            allow("secretsmanager:RotateSecret", Condition={"StringEquals": {key: value}}),
            allow("lambda:InvokeFunction"),
        ],
    )
    hers = world.client("secretsmanager", as_=who)
    refused("AccessDeniedException", hers.rotate_secret, SecretId="s")
    assert hers.rotate_secret(SecretId="s", **passes)


def test_the_resources_function_is_a_context_key(world, secrets):
    rotate(secrets)
    world.run_jobs()
    key = "secretsmanager:resource/AllowRotationLambdaArn"
    yes, no = (
        world.client(
            "secretsmanager",
            as_=world.user(
                name, allow("secretsmanager:PutSecretValue", Condition={"StringEquals": {key: arn}})
            ),
        )
        for name, arn in (("yes", ARN), ("no", ARN + "-other"))
    )
    assert yes.put_secret_value(SecretId="s", SecretString="x")
    refused("AccessDeniedException", no.put_secret_value, SecretId="s", SecretString="x")


def test_a_rotation_token_of_another_rotation_is_refused(secrets):
    refused(
        "AccessDeniedException",
        secrets.put_secret_value,
        SecretId="s",
        SecretString="x",
        RotationToken="0" * 36,
    )


# -- a server that dies


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rotation_goes_on_where_a_dead_server_left_it(tmp_path, step, when):
    """The process is gone in the middle of a step; what it had written by then is all there is."""

    def stand_still(event):
        if event["Step"] == step:
            shutil.copytree(tmp_path / "alive", tmp_path / "found")
            raise RuntimeError

    alive = World(tmp_path / "alive")
    function = RotationFunction(alive)
    setattr(function, when, stand_still)
    secrets = alive.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="a")
    token = rotate(secrets)["VersionId"]
    alive.run_jobs()
    alive.close()
    found = World(tmp_path / "found", root=alive.root)
    function = RotationFunction(found)
    secrets = found.client("secretsmanager")
    value = "rotated" if (step, when) == ("finishSecret", "after") else "a"
    assert current(secrets) == value
    found.run_jobs()
    assert function.steps == STEPS[STEPS.index(step) :]
    assert {event["ClientRequestToken"] for event in function.events} == {token}
    assert current(secrets) == "rotated"
    assert secrets.describe_secret(SecretId="s")["LastRotatedDate"]
    found.close()
