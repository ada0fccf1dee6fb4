"""``lodekey up``: start a server."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, NoReturn

import click

from lodekey.app.place import data_directory
from lodekey.app.registry import missing_library
from lodekey.cli.leaving import leave
from lodekey.client import exit_codes


@click.command("up", short_help="start a server")
@click.option("--data", metavar="DIR", help="Where state is kept, sealed. Default: the XDG place.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=4566, show_default=True, type=click.IntRange(0, 65535))
@click.option("--region", envvar="LODEKEY_REGION", default="us-east-1", show_default=True)
@click.option("--account", envvar="LODEKEY_ACCOUNT_ID", default="", help="The first account's id.")
@click.option(
    "--root-key", envvar="LODEKEY_ROOT_KEY", default="", help="Where the root key is: a URI."
)
@click.option(
    "--database",
    envvar="LODEKEY_DATABASE",
    default="",
    help="Keep records in PostgreSQL, for several nodes: a connection string.",
)
@click.option("--endpoint", default="", help="The URL functions reach the server under.")
@click.option(
    "--s3-domain",
    multiple=True,
    metavar="NAME",
    help="`BUCKET.NAME` is a bucket too, as under the endpoint's own name. May come several times.",
)
@click.option("--tls-certificate", type=click.Path(exists=True, dir_okay=False))
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False))
@click.option("--dev", is_flag=True, help="Accept test/test, offer reset. Loopback only.")
@click.option("--unsafe-functions", is_flag=True, help="Run functions without the sandbox.")
@click.option(
    "--functions-may-reach",
    metavar="HOST:PORT",
    envvar="LODEKEY_FUNCTIONS_MAY_REACH",
    multiple=True,
    help="Let functions reach this beside the server; may be repeated.",
)
@click.option("--strict-transport", is_flag=True, help="aws:SecureTransport is true over TLS only.")
@click.option(
    "--longest-put",
    default=5120,
    show_default=True,
    type=click.IntRange(1, 5120),
    metavar="MIB",
    help="The longest body of one S3 object or part.",
)
@click.option(
    "--long-bodies",
    default=65536,
    show_default=True,
    type=click.IntRange(1),
    metavar="MIB",
    help="Disk that S3 bodies may take while they come, of one worker.",
)
@click.option(
    "--workers",
    envvar="LODEKEY_WORKERS",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that share the port and the data.",
)
@click.option("--worker", hidden=True, default="", help="What a process with siblings is told.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def command(**options: Any) -> None:
    """Start a server: KMS, Parameter Store, Secrets Manager, IAM, Lambda and the rest.

    The first start makes an account and its root credentials; `lodekey env` prints them.
    """
    host, account = str(options["host"]), str(options["account"])
    if options["dev"] and host not in {"127.0.0.1", "::1", "localhost"}:
        refuse(f"`--dev` accepts test credentials and listens on loopback only, not on `{host}`")
    if account and not re.fullmatch(r"\d{12}", account):
        refuse(f"an account id has 12 digits, `{account}` has not")
    for domain in options["s3_domain"]:
        if not re.fullmatch(r"(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}", domain, re.IGNORECASE):
            refuse(f"`{domain}` is no name of a domain", "say it without `http://` and port")
    if bool(options["tls_certificate"]) != bool(options["tls_key"]):
        refuse("`--tls-certificate` and `--tls-key` go together")
    if options["unsafe_functions"] and options["functions_may_reach"]:
        refuse("`--functions-may-reach` is for the sandbox: unsafe functions reach everything")
    if missing := missing_library():
        refuse(f"the server needs `{missing}`", "pip install 'lodekey[server]'")
    data = data_directory(options["data"] if isinstance(options["data"], str) else None)
    if options["workers"] != 1 and not options["worker"]:
        from lodekey.app.workers import keep_running  # noqa: PLC0415 - seldom

        words = sys.argv[sys.argv.index("up") + 1 :]
        sys.exit(keep_running(words, str(options["host"]), options["port"], options["workers"]))
    from lodekey.app.run import run  # noqa: PLC0415 - the server's parts are an extra

    sys.exit(run(data=data, options=options, environment=os.environ))


def refuse(what: str, hint: str = "") -> NoReturn:
    """Say what is wrong with the command line, and leave with 2."""
    leave(what, hint, exit_codes.USAGE)
