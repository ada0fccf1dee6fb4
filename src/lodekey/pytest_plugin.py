"""Fixtures for tests against a real server: real signatures, real policies, an account per test.

pytest loads this module by itself wherever lodekey is installed; ``-p no:lodekey`` keeps it out.
Nothing else of lodekey, and no boto3, is imported before a test asks for one of the fixtures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import boto3

    from lodekey.testing import Account, Environment, MakeIdentity, Server


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    parser.getgroup("lodekey", "tests against lodekey").addoption(
        "--lodekey-endpoint",
        metavar="URL",
        default=None,
        help="Use the server that runs at URL, with the credentials that boto3 finds, "
        "instead of starting one.",
    )
    parser.addini("lodekey_region", "The region of the lodekey fixtures.", default="us-east-1")
    parser.addini("lodekey_up_options", "More options for `lodekey up`.", type="args", default=[])


@pytest.fixture(scope="session")
def lodekey_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The session's server: ``lodekey up`` on a free port of 127.0.0.1, over an empty directory.

    It starts with the first test that wants it, and ends with the session, also when that crashes.
    The workers of pytest-xdist share one.
    """
    from lodekey.testing import server, shared  # noqa: PLC0415 - a run without us pays nothing

    config = request.config
    region = str(config.getini("lodekey_region"))
    endpoint = config.getoption("lodekey_endpoint")
    if endpoint is not None:
        with server.at(str(endpoint), region) as running:
            yield running
        return
    place, alone = tmp_path_factory.getbasetemp(), "PYTEST_XDIST_WORKER" not in os.environ
    options = ["--region", region, *config.getini("lodekey_up_options")]
    place = (place if alone else place.parent) / "lodekey"
    with (
        shared.running(place, options, alone=alone) as facts,
        server.started(facts, region) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def lodekey_region(request: pytest.FixtureRequest) -> str:
    """The region of a test's account: `lodekey_region` of the configuration, or us-east-1.

    A module or class may have a fixture of this name of its own.
    """
    return str(request.config.getini("lodekey_region"))


@pytest.fixture
def lodekey_account(lodekey_server: Server, lodekey_region: str) -> Account:
    """An account of the test's own: nothing is in it, and no other test sees it."""
    return lodekey_server.account(region=lodekey_region)


@pytest.fixture
def lodekey_boto3(lodekey_account: Account) -> boto3.Session:
    """A boto3 session that acts as the root of the test's account."""
    return lodekey_account.session


@pytest.fixture
def lodekey_identity(lodekey_account: Account) -> MakeIdentity:
    """Make users in the test's account: ``lodekey_identity("reader", policy)``."""
    return lodekey_account.identity


@pytest.fixture
def lodekey_env(lodekey_account: Account, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """The ``AWS_*`` environment of the test's account, for code that makes its own clients.

    Where boto3, the AWS CLI or another SDK looks for credentials, region and endpoint, it finds
    the test's; ``lodekey_env.act_as(identity)`` makes it a user's.
    """
    from lodekey.testing import Environment  # noqa: PLC0415 - a run without us pays nothing

    return Environment(monkeypatch, lodekey_account)
