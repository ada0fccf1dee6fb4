"""Several workers: none reads what is no longer so, one that dies is replaced, all stop together.

Each connection stays with one worker, so a test that holds one connection to each asks the worker
that it means.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Running
from siblings import blinded, children_of, let_go, one_to_each, worker_process

pytestmark = pytest.mark.slow

ALLOW = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    yield
    let_go()


@pytest.fixture(scope="module", params=[""])
def server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Running]:
    tmp = tmp_path_factory.mktemp("workers")
    environment = blinded(tmp, "/a") if request.param.startswith("blind") else {}
    running = Running(tmp / "data", "--workers", "2", environment=environment)
    try:
        yield running
    finally:
        assert running.stop() == 0


def reader(server: Running) -> tuple[str, str]:
    iam = server.client("iam")
    iam.create_user(UserName="reader")  # one test of each server has it
    allow(server)
    made = iam.create_access_key(UserName="reader")["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


def allow(server: Running) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": ALLOW})
    server.client("iam").put_user_policy(
        UserName="reader", PolicyName="read", PolicyDocument=policy
    )


def put(server: Running, value: str) -> None:
    server.client("ssm").put_parameter(Name="/a", Value=value, Type="String", Overwrite=True)


def stale_reads(server: Running, rounds: int) -> int:
    """How many reads, on either worker, miss a write that was acknowledged before."""
    key, workers = server.credentials(), one_to_each(server)
    ssm = server.client("ssm")
    stale = 0
    for number in range(rounds):
        value = str(number)
        ssm.put_parameter(Name="/a", Value=value, Type="String", Overwrite=True)
        for worker in workers:
            status, answer = worker.get(key)
            assert status == 200
            stale += answer["Parameter"]["Value"] != value
    return stale


def test_no_worker_reads_what_is_no_longer_so(server: Running) -> None:
    assert stale_reads(server, 100) == 0


@pytest.mark.parametrize("server", ["blind"], indirect=True)
def test_control_a_worker_that_does_not_look_at_the_mark_does(server: Running) -> None:
    assert stale_reads(server, 10) > 0


def refused_at_once(server: Running) -> list[bool]:
    """Whether each worker refuses at the very next request, for each way to take access away."""
    put(server, "v")
    key, workers = reader(server), one_to_each(server)
    iam, found = server.client("iam"), []

    def ask(expected: int) -> None:
        found.extend(worker.get(key)[0] == expected for worker in workers)

    ask(200)
    iam.delete_user_policy(UserName="reader", PolicyName="read")
    ask(400)
    allow(server)
    ask(200)
    iam.update_access_key(UserName="reader", AccessKeyId=key[0], Status="Inactive")
    ask(400)
    iam.update_access_key(UserName="reader", AccessKeyId=key[0], Status="Active")
    ask(200)
    iam.delete_access_key(UserName="reader", AccessKeyId=key[0])
    ask(400)
    return found


def test_what_is_taken_away_is_refused_by_every_worker_at_the_next_request(
    server: Running,
) -> None:
    assert all(refused_at_once(server))


# A server of its own: one that knows ``/a`` already would learn nothing more, and so not be wrong.
@pytest.mark.parametrize("server", ["blind too"], indirect=True)
def test_control_without_a_look_at_the_mark_it_is_not(server: Running) -> None:
    try:
        refused = refused_at_once(server)
    except server.client("iam").exceptions.NoSuchEntityException:
        refused = [False]  # the worker that was to delete the policy had not seen it come
    assert not all(refused)


def test_a_worker_that_dies_is_replaced_and_the_other_goes_on(server: Running) -> None:
    put(server, "v")
    key, (first, second) = server.credentials(), one_to_each(server)
    assert len(children_of(server)) == 2
    victim = worker_process(server, 0)
    os.kill(victim, signal.SIGKILL)
    assert second.get(key)[0] == 200
    with pytest.raises((OSError, http.client.HTTPException)):
        first.get(key)
    again, _ = one_to_each(server)
    assert again.worker == 0
    assert again.get(key)[0] == 200
    assert victim not in children_of(server)


def test_workers_stop_when_their_keeper_is_killed(tmp_path: Path) -> None:
    running = Running(tmp_path / "data", "--workers", "2")
    one_to_each(running)
    workers = children_of(running)
    running.kill()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/cmdline").exists() and alive(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_that_cannot_start_end_their_keeper(tmp_path: Path) -> None:
    Running(tmp_path / "data").stop()
    (tmp_path / "data" / "keyring").write_bytes(b"nonsense")
    with pytest.raises(AssertionError, match="did not start"):
        Running(tmp_path / "data", "--workers", "2")
