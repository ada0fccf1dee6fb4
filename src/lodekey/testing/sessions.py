"""boto3 sessions that know one server and one identity, whatever the environment says."""

from __future__ import annotations

import functools
import ipaddress
import os
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.config
import botocore.loaders
import botocore.session


class Bound(botocore.session.Session):
    """A session whose clients go to one endpoint.

    It reads no profile and no configuration file: a test does not depend on whose machine it is.

    Args:
        endpoint: The server's URL.
    """

    def __init__(self, endpoint: str) -> None:
        nowhere = (None, None, os.devnull, None)
        super().__init__(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": nowhere,
                "credentials_file": nowhere,
            }
        )
        self._endpoint = endpoint
        self.register_component("data_loader", _loader())
        if is_loopback(endpoint):
            self.set_default_client_config(botocore.config.Config(proxies={}))

    def create_client(self, *args: Any, **options: Any) -> Any:
        """A client of the bound endpoint, unless *options* name another."""
        options["endpoint_url"] = options.get("endpoint_url") or self._endpoint
        return super().create_client(*args, **options)


@functools.cache
def _loader() -> botocore.loaders.Loader:
    """The one loader of all sessions: a service's model is read once in a test run."""
    return botocore.loaders.create_loader(os.environ.get("AWS_DATA_PATH"))


def session(
    endpoint: str, region: str, access_key_id: str, secret: str, token: str = ""
) -> boto3.Session:
    """A boto3 session for one identity at one server."""
    made = boto3.Session(
        access_key_id, secret, token or None, region_name=region, botocore_session=Bound(endpoint)
    )
    # Each session adds boto3's path to the loader that all have in common.
    paths = _loader().search_paths
    paths[:] = dict.fromkeys(paths)
    return made


def is_loopback(endpoint: str) -> bool:
    """Whether *endpoint* is this machine, which no proxy reaches."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
