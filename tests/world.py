"""A whole server in process, and the people who call it: what most tests stand on.

boto3's clients are real and so are their signatures; only the socket is left out.
"""

from __future__ import annotations

import asyncio
import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
import botocore.config
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from canary import SENTINEL, traces
from lodekey.app.build import House, build
from lodekey.audit.event import to_cloudtrail
from lodekey.gate.settings import Settings
from lodekey.identity.accounts import make_account, new_account_id
from lodekey.store.sqlite import SqliteStore
from lodekey.wire.http import HttpRequest, HttpResponse

ACCOUNT = "111122223333"
REGION = "us-east-1"
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, user_agent="test")


class Identity(NamedTuple):
    """Someone who can sign."""

    access_key_id: str
    secret: str
    token: str
    arn: str
    account: str
    name: str = ""


class Clock:
    """The server's clock, which tests move."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.ahead += seconds


class World:
    """One server, its clock, and ways to make principals."""

    sentinel = SENTINEL

    def __init__(self, data: Path, *, root: Identity | None = None, **settings: Any) -> None:
        """Build the house on *data*; where that was lived in before, *root* is its root."""
        self.clock = Clock()
        self.data = data
        given = {"account": ACCOUNT, "clock": self.clock, "endpoint": "http://127.0.0.1:4566"}
        self.house: House = build(Settings(data=data, **{**given, **settings}))
        # tests/store cuts the power and kills processes; here the disk would only make us wait
        if isinstance(self.house.store, SqliteStore):
            self.house.store._writer.execute("pragma synchronous=off")
        self.gate = self.house.gate
        self.loop = asyncio.new_event_loop()
        self._lock = threading.RLock()
        self._clients: dict[Any, Any] = {}
        self._helper: Identity | None = None
        made = self.house.first.root_key
        if root is None:
            assert made is not None
            root = Identity(made.id, made.secret, "", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
        self.root = root

    # -- calling

    def client(
        self, service: str, *, as_: Identity | None = None, region: str = REGION, **config: Any
    ) -> Any:
        """A boto3 client whose requests go straight into the server."""
        who = as_ or self.root
        key = (service, who, region, tuple(sorted(config.items())))
        if key not in self._clients:
            client = boto3.client(
                service,
                region_name=region,
                endpoint_url="http://127.0.0.1:4566",
                aws_access_key_id=who.access_key_id,
                aws_secret_access_key=who.secret,
                aws_session_token=who.token or None,
                config=CONFIG.merge(botocore.config.Config(**config)),
            )
            client.meta.events.register("before-send", self._send)
            self._clients[key] = client
        return self._clients[key]

    def handle(self, http: HttpRequest) -> HttpResponse:
        """Answer one raw request."""
        with self._lock:
            answer = self.loop.create_future()
            self.loop.call_soon(
                self.house.server.receive,
                http,
                lambda response: answer.done() or answer.set_result(response),
            )
            response: HttpResponse = self.loop.run_until_complete(answer)
            return response

    def request_of(self, ask: Callable[[], Any]) -> HttpRequest:
        """The last request that *ask* sends; it is answered as well."""
        sent: list[HttpRequest] = []
        handle = self.handle

        def noting(http: HttpRequest) -> HttpResponse:
            sent.append(http)
            return handle(http)

        self.handle = noting  # type: ignore[method-assign]
        try:
            ask()
        finally:
            self.handle = handle  # type: ignore[method-assign]
        return sent[-1]

    def run(self, work: Any) -> Any:
        """Run a coroutine on the server's loop."""
        with self._lock:
            return self.loop.run_until_complete(work)

    def run_jobs(self) -> None:
        """Run every job once, as if its time had come, and let what they began end."""
        self.run(self._jobs())

    async def _jobs(self) -> None:
        await self.house.clockwork.run_all()
        await self.settle()

    async def settle(self) -> None:
        """Wait for background work that has been started."""
        while self.gate.background._tasks:
            await asyncio.gather(*list(self.gate.background._tasks), return_exceptions=True)

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        headers = {
            k.lower(): v.decode("latin-1") if isinstance(v, bytes) else str(v)
            for k, v in request.headers.items()
        }
        headers.setdefault("host", parts.netloc)
        body = request.body
        if body is not None and hasattr(body, "read"):
            body = body.read()
        data = body.encode() if isinstance(body, str) else bytes(body or b"")
        response = self.handle(
            HttpRequest(request.method, parts.path or "/", parts.query, headers, data)
        )
        whole = response.body if response.stream is None else b"".join(response.stream)
        return AWSResponse(request.url, response.status, dict(response.headers), Raw(whole))

    # -- people

    def user(self, name: str, policy: Any = None, *, as_: Identity | None = None) -> Identity:
        """An IAM user with an access key and, if given, one inline policy."""
        iam = self.client("iam", as_=as_)
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if policy is not None:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        account = arn.split(":")[4]
        return Identity(key["AccessKeyId"], key["SecretAccessKey"], "", arn, account, name)

    def role(self, name: str, trust: Any, policy: Any = None) -> str:
        """A role with a trust policy and, if given, one inline policy; its ARN."""
        iam = self.client("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        if policy is not None:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(policy))
        arn: str = role["Role"]["Arn"]
        return arn

    def assume(
        self, role_arn: str, *, as_: Identity | None = None, session: str = "session", **more: Any
    ) -> Identity:
        """The identity of a role session; the root may assume none, so a helper does by default."""
        answer = self.client("sts", as_=as_ or self._assumer()).assume_role(
            RoleArn=role_arn, RoleSessionName=session, **more
        )
        made = answer["Credentials"]
        return Identity(
            made["AccessKeyId"],
            made["SecretAccessKey"],
            made["SessionToken"],
            answer["AssumedRoleUser"]["Arn"],
            role_arn.split(":")[4],
            session,
        )

    def _assumer(self) -> Identity:
        """A user of the default account who may assume every role that lets them."""
        if self._helper is None:
            self._helper = self.user("assumer", allow("sts:*"))
        return self._helper

    def account(self) -> Identity:
        """The root of another account."""
        number = new_account_id()
        with self.gate.store.transaction(write=True) as tx:
            made = make_account(tx, number, self.clock())
        arn = f"arn:aws:iam::{number}:root"
        return Identity(made.id, made.secret, "", arn, number)

    # -- looking

    def events(self) -> list[dict[str, Any]]:
        """The audit trail, oldest first, as CloudTrail records."""
        return [to_cloudtrail(event) for event in self.house.trail.events(newest_first=False)]

    def close(self) -> None:
        """End the server; nothing that it leaves behind may show the marked value."""
        shown = json.dumps(self.events())
        self.loop.run_until_complete(self.house.stop())
        self.loop.close()
        assert SENTINEL not in shown, "the marked value is in the audit trail"
        assert [] == traces(self.data)


def document(policy: Any) -> str:
    """A policy document from a whole one, a list of statements, or one statement."""
    if isinstance(policy, str):
        return policy
    if isinstance(policy, dict) and "Statement" not in policy:
        policy = [policy]
    if isinstance(policy, list):
        policy = {"Version": "2012-10-17", "Statement": policy}
    return json.dumps(policy)


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


class Raw(io.BytesIO):
    """A response body as urllib3 hands it to botocore."""

    def stream(self, amt: int = 65536, **_: Any) -> Any:
        """Read in pieces."""
        while piece := self.read(amt):
            yield piece

    def release_conn(self) -> None:
        """Nothing is held."""
