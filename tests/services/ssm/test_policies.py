"""Parameter policies: what is refused, and what the clock makes of the others."""

import datetime as dt
import json
import logging
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lodekey.services.ssm.policies import DUE
from lodekey.services.ssm.tiers import COUNTS
from world import ACCOUNT, REGION, World

DAY = 86_400.0


def expiration(world: World, seconds: float) -> dict[str, Any]:
    moment = dt.datetime.fromtimestamp(world.clock() + seconds, dt.UTC)
    return {
        "Type": "Expiration",
        "Version": "1.0",
        "Attributes": {"Timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")},
    }


def before(count: int, unit: str = "Days") -> dict[str, Any]:
    return {
        "Type": "ExpirationNotification",
        "Version": "1.0",
        "Attributes": {"Before": str(count), "Unit": unit},
    }


def unchanged(count: int, unit: str = "Days") -> dict[str, Any]:
    return {
        "Type": "NoChangeNotification",
        "Version": "1.0",
        "Attributes": {"After": str(count), "Unit": unit},
    }


def put(world: World, *policies: Any, **more: Any) -> None:
    request = {"Name": "/p", "Value": "v", "Type": "String", "Tier": "Advanced", "Overwrite": True}
    if policies:
        request["Policies"] = json.dumps(policies)
    world.client("ssm").put_parameter(**{**request, **more})


def statuses(world: World) -> dict[str, str]:
    [told] = world.client("ssm").describe_parameters()["Parameters"]
    return {one["PolicyType"]: one["PolicyStatus"] for one in told["Policies"]}


def due_entries(world: World) -> int:
    with world.gate.store.transaction(write=False) as tx:
        return sum(1 for _ in DUE.scan(tx))


WRONG = [
    ("x", "ValidationException"),
    ('"x"', "ValidationException"),
    ("[1]", "ValidationException"),
    ("[" * 2_000, "ValidationException"),
    ([{"Type": "Strange", "Version": "1.0", "Attributes": {}}], "InvalidPolicyTypeException"),
    ([{"Version": "1.0"}], "InvalidPolicyTypeException"),
    ([{"Type": "Expiration", "Version": "2.0"}], "InvalidPolicyAttributeException"),
    ([{"Type": "Expiration", "Version": "1.0"}], "InvalidPolicyAttributeException"),
    (
        [{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "soon"}}],
        "InvalidPolicyAttributeException",
    ),
    ([unchanged(0)], "InvalidPolicyAttributeException"),
    ([unchanged(5, "Weeks")], "InvalidPolicyAttributeException"),
    (
        [{"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "x"}}],
        "InvalidPolicyAttributeException",
    ),
    ([before(3)], "IncompatiblePolicyException"),
    ([unchanged(n + 1) for n in range(11)], "PoliciesLimitExceededException"),
]


@pytest.mark.parametrize(("policies", "code"), WRONG)
def test_refusals(shared_world: World, policies: Any, code: str) -> None:
    text = policies if isinstance(policies, str) else json.dumps(policies)
    with pytest.raises(ClientError) as caught:
        put(shared_world, Policies=text)
    assert caught.value.response["Error"]["Code"] == code


def test_two_ends(shared_world: World) -> None:
    with pytest.raises(ClientError) as caught:
        put(shared_world, expiration(shared_world, DAY), expiration(shared_world, 2 * DAY))
    assert caught.value.response["Error"]["Code"] == "IncompatiblePolicyException"


def test_expiration(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="lodekey.ssm")
    ssm = world.client("ssm")
    put(world, expiration(world, DAY), Value=world.sentinel)
    put(world, Value="newer")
    world.clock.advance(DAY - 60)
    world.run_jobs()
    assert ssm.get_parameter(Name="/p")["Parameter"]["Value"] == "newer"
    world.clock.advance(120)
    # It is gone by the clock, whether or not the job has come by.
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/p")
    assert ssm.describe_parameters()["Parameters"] == []
    assert ssm.get_parameters_by_path(Path="/")["Parameters"] == []
    world.run_jobs()
    assert due_entries(world) == 0
    with world.gate.store.transaction(write=False) as tx:
        count = COUNTS.get(tx, ACCOUNT, REGION)
    assert count is not None
    assert (count.standard, count.advanced) == (0, 0)
    [told] = [one for one in caplog.records if one.name == "lodekey.ssm"]
    assert told.message == "Parameter Store Policy Action"
    assert vars(told)["parameter_name"] == "/p"
    assert vars(told)["policy_type"] == "Expiration"
    assert world.sentinel not in str(vars(told))


def test_a_new_parameter_may_stand_where_one_expired(world: World) -> None:
    put(world, expiration(world, DAY), Value="old")
    world.clock.advance(2 * DAY)
    made = world.client("ssm").put_parameter(Name="/p", Value="new", Type="String")
    assert made["Version"] == 1
    world.run_jobs()
    assert world.client("ssm").get_parameter(Name="/p")["Parameter"]["Value"] == "new"
    assert due_entries(world) == 0


def test_notifications(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="lodekey.ssm")
    put(world, expiration(world, 10 * DAY), before(3), unchanged(48, "Hours"))
    assert set(statuses(world).values()) == {"Pending"}
    world.clock.advance(DAY)
    put(world)
    world.clock.advance(1.5 * DAY)
    world.run_jobs()
    # The change began the 48 hours anew.
    assert statuses(world)["NoChangeNotification"] == "Pending"
    world.clock.advance(DAY)
    world.run_jobs()
    assert statuses(world)["NoChangeNotification"] == "Finished"
    assert statuses(world)["ExpirationNotification"] == "Pending"
    world.clock.advance(4 * DAY)
    world.run_jobs()
    assert statuses(world)["ExpirationNotification"] == "Finished"
    told = [vars(one)["policy_type"] for one in caplog.records if one.name == "lodekey.ssm"]
    assert told == ["NoChangeNotification", "ExpirationNotification"]
    world.run_jobs()
    assert len(told) == 2


def test_policies_stay_until_others_come(world: World) -> None:
    put(world, expiration(world, DAY))
    put(world, Value="w")
    assert statuses(world) == {"Expiration": "Pending"}
    put(world, Policies="[{}]")
    assert statuses(world) == {}
    assert due_entries(world) == 0
    world.clock.advance(2 * DAY)
    world.run_jobs()
    world.client("ssm").get_parameter(Name="/p")


def test_deletion_takes_the_policies_along(world: World) -> None:
    put(world, expiration(world, DAY))
    assert due_entries(world) == 1
    world.client("ssm").delete_parameter(Name="/p")
    assert due_entries(world) == 0
