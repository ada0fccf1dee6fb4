"""Rotate a PostgreSQL user's password: a rotation function for Secrets Manager.

The secret is a JSON object, as AWS's own database secrets are::

    {"engine": "postgres", "host": "db.internal", "port": 5432, "dbname": "app",
     "username": "app", "password": "...", "masterarn": "arn:aws:secretsmanager:..."}

Without ``masterarn`` the user changes its own password. With it, the user of that secret does, who
needs no more than CREATEROLE (and, since PostgreSQL 16, ADMIN OPTION on the role).

Every step may run twice: Secrets Manager repeats a step whose answer it did not get. Nothing of a
value is ever printed, and the server is sent a SCRAM verifier, never the new password, so that it
stands in no statement log.
"""

import json
import logging
from typing import Any

import boto3
import psycopg
from psycopg import sql

Value = dict[str, Any]
Stages = dict[str, list[str]]

log = logging.getLogger()
log.setLevel(logging.INFO)

NEEDED = ("host", "username", "password")
# What a connection string or a shell would have to quote.
UNWANTED = "/@\"'\\:;$`% "
CONNECT_SECONDS = 5


def lambda_handler(event: dict[str, str], context: object) -> None:
    """Do one of the four steps.

    Raises:
        ValueError: The event does not belong to a rotation under way.
    """
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    secrets = boto3.client("secretsmanager")
    described = secrets.describe_secret(SecretId=arn)
    if not described.get("RotationEnabled"):
        raise ValueError(f"rotation is not enabled for {arn}")
    labels = described.get("VersionIdsToStages", {}).get(token, [])
    if "AWSCURRENT" in labels:
        log.info("version %s is current already", token)
        return
    if "AWSPENDING" not in labels:
        raise ValueError(f"version {token} is not pending for {arn}")
    if step == "createSecret":
        create_secret(secrets, arn, token, event.get("RotationToken"))
    elif step == "setSecret":
        set_secret(secrets, arn, token)
    elif step == "testSecret":
        test_secret(secrets, arn, token)
    elif step == "finishSecret":
        finish_secret(secrets, arn, token, described["VersionIdsToStages"])
    else:
        raise ValueError(f"there is no step {step}")


def create_secret(secrets: Any, arn: str, token: str, rotation_token: str | None) -> None:
    """Draw a new password, unless an earlier try did."""
    current = read(secrets, arn, "AWSCURRENT")
    try:
        read(secrets, arn, "AWSPENDING", token)
    except secrets.exceptions.ResourceNotFoundException:
        drawn = secrets.get_random_password(PasswordLength=40, ExcludeCharacters=UNWANTED)
        more = {"RotationToken": rotation_token} if rotation_token else {}
        secrets.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString=json.dumps({**current, "password": drawn["RandomPassword"]}),
            VersionStages=["AWSPENDING"],
            **more,
        )
        log.info("version %s has a new password", token)


def set_secret(secrets: Any, arn: str, token: str) -> None:
    """Give the user the new password, unless an earlier try did."""
    pending, current = read(secrets, arn, "AWSPENDING", token), read(secrets, arn, "AWSCURRENT")
    for member in ("host", "port", "username", "dbname"):
        if pending.get(member) != current.get(member):
            raise ValueError(f"the pending version has another {member} than the current one")
    if opens(pending):
        log.info("the database knows version %s already", token)
        return
    with connect(somebody_who_may(secrets, arn, current)) as connection:
        user = pending["username"]
        verifier = connection.pgconn.encrypt_password(
            pending["password"].encode(), user.encode(), b"scram-sha-256"
        ).decode()
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(user), sql.Literal(verifier))
        )
    log.info("the database knows version %s", token)


def somebody_who_may(secrets: Any, arn: str, current: Value) -> Value:
    """The credentials that change the password: the master's, or the user's own."""
    if current.get("masterarn"):
        master = read(secrets, current["masterarn"], "AWSCURRENT")
        if master["host"] != current["host"]:
            raise ValueError("the master secret is for another host")
        return {"dbname": current.get("dbname", "postgres"), **master}
    if opens(current):
        return current
    # A rotation that was cancelled between two steps may have left the one before it in force.
    previous = read(secrets, arn, "AWSPREVIOUS")
    if previous["username"] == current["username"] and opens(previous):
        return previous
    raise ValueError(f"neither the current nor the previous version of {arn} opens the database")


def test_secret(secrets: Any, arn: str, token: str) -> None:
    """Log in with the new password."""
    with connect(read(secrets, arn, "AWSPENDING", token)) as connection:
        connection.execute("SELECT 1")
    log.info("version %s opens the database", token)


def finish_secret(secrets: Any, arn: str, token: str, stages: Stages) -> None:
    """Make the new version the current one."""
    current = next((version for version, labels in stages.items() if "AWSCURRENT" in labels), None)
    more = {"RemoveFromVersionId": current} if current else {}
    secrets.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, **more
    )
    log.info("version %s is current", token)


def read(secrets: Any, arn: str, stage: str, token: str | None = None) -> Value:
    """A version's JSON object.

    Raises:
        ValueError: It is none, or lacks what every database secret has.
    """
    more = {"VersionId": token} if token else {}
    text = secrets.get_secret_value(SecretId=arn, VersionStage=stage, **more)["SecretString"]
    try:
        value: Value = json.loads(text)
    except ValueError:
        # The text is a secret: not even the place of the mistake is shown.
        raise ValueError(f"the {stage} version of {arn} is not JSON") from None
    if not isinstance(value, dict) or any(not value.get(member) for member in NEEDED):
        raise ValueError(f"the {stage} version of {arn} needs {', '.join(NEEDED)}")
    if value.get("engine", "postgres") not in ("postgres", "postgresql"):
        raise ValueError(f"the {stage} version of {arn} is not for PostgreSQL")
    return value


def opens(value: Value) -> bool:
    """Whether these credentials open the database.

    Raises:
        psycopg.OperationalError: The database cannot be reached at all.
    """
    try:
        connect(value).close()
    except psycopg.OperationalError as error:
        if "authentication failed" not in str(error):
            raise
        return False
    return True


def connect(value: Value) -> psycopg.Connection[Any]:
    """A connection to the secret's database, as the secret's user."""
    return psycopg.connect(
        host=value["host"],
        port=int(value.get("port", 5432)),
        dbname=value.get("dbname") or "postgres",
        user=value["username"],
        password=value["password"],
        sslmode=value.get("sslmode", "prefer"),
        connect_timeout=CONNECT_SECONDS,
        application_name="secret-rotation",
        autocommit=True,
    )
