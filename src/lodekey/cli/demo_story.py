"""The demo's story: a value, a key, one function that opens it, and everybody who may not."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from lodekey.cli.demo_parts import (
    NODE_HANDLER,
    PYTHON_HANDLER,
    REGION,
    TRUST,
    function_statements,
    right_key_policy,
    seed_key_policy,
    wide_statements,
)
from lodekey.cli.demo_stage import Failed, Narrator, Person, Stage, StageError
from lodekey.policy.lint import lint
from lodekey.services.lambda_ import confinement, node_modules

VALUE = "my precious value"


def tell(*, colored: bool, keep: bool, unsafe_functions: bool) -> int:
    """Tell the story; the exit code is 0 where every step went as told."""
    narrator = Narrator(colored=colored)
    stage = None
    try:
        unsafe = unsafe_functions or not sandbox_holds(narrator)
        stage = Stage(narrator, unsafe_functions=unsafe)
        Story(stage).tell()
    except (StageError, Failed) as error:
        sys.stderr.write(f"lodekey: the demo stopped: {error}\n")
        return 1
    else:
        return 0
    finally:
        if stage is not None:
            stage.stop(keep=keep)


def sandbox_holds(narrator: Narrator) -> bool:
    """Whether this machine can confine functions; says so where it cannot."""
    with tempfile.TemporaryDirectory() as scratch:
        state = asyncio.run(confinement.find("sandbox", Path(scratch)))
    if state.confinement is None:
        narrator.say(state.reason)
        narrator.say("The demo's own functions are harmless: here they run without a sandbox.")
    return state.confinement is not None


class Story:
    """The steps, in order; each uses what the earlier ones made."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.say = stage.narrator.say
        self.root = Person("", "", "")
        self.account = ""
        self.people: dict[str, Person] = {}
        self.key = ""

    def tell(self) -> None:
        """Everything."""
        self.chapter("A server of our own")
        self.root = self.stage.start()
        identity = self.stage.aws(self.root, "sts", "get-caller-identity")
        self.account = identity["Account"]
        self.stage.narrator.answer(identity["Arn"])
        self.make_people()
        self.seed_policy()
        self.right_policy()
        self.store_the_value()
        self.survive_a_kill()
        functions = self.make_functions()
        self.refusals(functions)
        self.root_manages()
        self.the_proof()
        self.the_two_lines(functions)

    def chapter(self, title: str) -> None:
        """Begin a part."""
        self.stage.narrator.chapter(title)

    def make_people(self) -> None:
        """An administrator, a writer, a stranger, and two roles."""
        self.chapter("The people")
        self.say("An administrator with kms:* on everything, a writer, a stranger, two roles.")
        for name, statements in wide_statements(self.account).items():
            self.people[name] = self.user(name, statements)
        for name in ("myfunction-role", "otherfunction-role"):
            self.stage.aws(
                self.root,
                *("iam", "create-role", "--role-name", name),
                *("--assume-role-policy-document", json.dumps(TRUST)),
                show=name.startswith("my"),
            )

    def user(self, name: str, statements: list[dict[str, Any]]) -> Person:
        """A user with one inline policy and an access key."""
        root, aws = self.root, self.stage.aws
        aws(root, "iam", "create-user", "--user-name", name)
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        aws(
            root,
            *("iam", "put-user-policy", "--user-name", name, "--policy-name", "own"),
            *("--policy-document", document),
            show=False,
        )
        key = aws(root, "iam", "create-access-key", "--user-name", name, show=False)["AccessKey"]
        return Person(name, key["AccessKeyId"], key["SecretAccessKey"])

    def seed_policy(self) -> None:
        """The walk-through's own key policy, and why it protects nothing."""
        self.chapter("The key policy as the walk-through prints it")
        policy = seed_key_policy(self.account)
        made = self.stage.aws(
            self.root,
            *("kms", "create-key", "--description", "My KMS private key"),
            *("--policy", json.dumps(policy)),
        )
        self.key = made["KeyMetadata"]["KeyId"]
        self.say("It means to let one function decrypt and nobody else:")
        for line in json.dumps(policy["Statement"], indent=1).splitlines():
            self.say("  " + line)
        self.say("It does not. The linter's findings:")
        for finding in lint(json.dumps(policy), "key"):
            self.stage.narrator.refused(f"{finding.code} {finding.title}: {finding.message}")
        self.say("The second statement is dead, and the first hands the key to IAM: whoever has")
        self.say("kms:Decrypt on `*` opens everything. The administrator was meant to be kept out:")
        sealed = self.encrypt(self.root, "something precious")
        opened = self.stage.aws(
            self.people["admin"],
            *("kms", "decrypt", "--ciphertext-blob", f"fileb://{sealed}"),
            *("--query", "Plaintext", "--output", "text"),
        )
        self.stage.narrator.refused(
            f"opened, against all intention: {base64.b64decode(opened).decode()}"
        )

    def encrypt(self, person: Person, value: str) -> str:
        """Encrypt *value* as the walk-through does; the name of a file with the ciphertext."""
        plain = self.stage.place / "value.txt"
        plain.write_text(value)
        blob = self.stage.aws(
            person,
            *("kms", "encrypt", "--key-id", self.key, "--plaintext", "fileb://value.txt"),
            *("--query", "CiphertextBlob", "--output", "text"),
        )
        (self.stage.place / "sealed.bin").write_bytes(base64.b64decode(blob))
        return "sealed.bin"

    def right_policy(self) -> None:
        """The policy that does what was meant."""
        self.chapter("The key policy that does it")
        self.say("Root manages and cannot decrypt; one role decrypts; one writer encrypts; and")
        self.say("whatever IAM says, nobody else may (an explicit Deny on aws:PrincipalArn).")
        for line in json.dumps(right_key_policy(self.account)["Statement"]).split("}, {"):
            self.say("  " + line.strip("[]{}"))
        self.stage.aws(
            self.root,
            *("kms", "put-key-policy", "--key-id", self.key, "--policy-name", "default"),
            *("--policy", json.dumps(right_key_policy(self.account))),
        )
        self.stage.aws(
            self.root,
            *("kms", "create-alias", "--alias-name", "alias/myprivatekey"),
            *("--target-key-id", self.key),
        )

    def store_the_value(self) -> None:
        """Seal it, and keep it in both stores."""
        self.chapter("Seal the value, and store it twice")
        writer = self.people["writer"]
        plain = self.stage.place / "value.txt"
        plain.write_text(VALUE)
        sealed = self.stage.aws(
            writer,
            *("kms", "encrypt", "--key-id", "alias/myprivatekey"),
            *("--plaintext", "fileb://value.txt", "--query", "CiphertextBlob", "--output", "text"),
        )
        (self.stage.place / "sealed.txt").write_text(sealed)
        answer = self.stage.aws(
            writer,
            *("ssm", "put-parameter", "--name", "my-parameter-name", "--type", "SecureString"),
            *("--key-id", "alias/myprivatekey", "--value", "file://sealed.txt"),
        )
        self.stage.narrator.answer(json.dumps(answer))
        answer = self.stage.aws(
            writer,
            *("secretsmanager", "create-secret", "--name", "my-secret"),
            *("--kms-key-id", "alias/myprivatekey", "--secret-string", "file://sealed.txt"),
        )
        self.stage.narrator.answer(answer["ARN"])

    def survive_a_kill(self) -> None:
        """SIGKILL, and everything that was answered is there."""
        self.chapter("Pull the plug")
        self.say("kill -9 to the server, and start it again over the same directory.")
        self.stage.kill()
        self.stage.start()
        found = self.stage.aws(
            self.root,
            *("ssm", "describe-parameters", "--query", "Parameters[].Name", "--output", "text"),
        )
        self.stage.narrator.answer(f"still there: {found}")

    def make_functions(self) -> list[str]:
        """The functions: Python, Node where node is, and a second one with another role."""
        self.chapter("One function that may open it, and one that may not")
        self.put_role_policy("myfunction-role", function_statements(self.account, self.key))
        wide = [
            {"Effect": "Allow", "Action": ["ssm:*", "secretsmanager:*", "kms:*"], "Resource": "*"}
        ]
        self.put_role_policy("otherfunction-role", wide)
        self.package("python.zip", "handler.py", PYTHON_HANDLER)
        self.create("myfunction", "python3.11", "handler.handler", "python.zip", "myfunction-role")
        self.create(
            "otherfunction", "python3.11", "handler.handler", "python.zip", "otherfunction-role"
        )
        allowed = ["myfunction"]
        if self.node_is_here():
            self.package("node.zip", "index.js", NODE_HANDLER)
            self.create(
                "nodefunction", "nodejs20.x", "index.handler", "node.zip", "myfunction-role"
            )
            allowed.append("nodefunction")
        return allowed

    def node_is_here(self) -> bool:
        """Whether Node functions can run here; installs their @aws-sdk clients once."""
        if shutil.which("node") is None:
            self.say("(No node here: the function in Python has to do.)")
            return False
        try:
            node_modules.install()
        except node_modules.NotInstalled as error:
            self.say(f"(No @aws-sdk clients for Node here: {error})")
            return False
        return True

    def put_role_policy(self, role: str, statements: list[dict[str, Any]]) -> None:
        """One inline policy, with the logs that every function needs."""
        logs = {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{REGION}:{self.account}:*",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [*statements, logs]})
        self.stage.aws(
            self.root,
            *("iam", "put-role-policy", "--role-name", role, "--policy-name", "own"),
            *("--policy-document", document),
            show=role.startswith("my"),
        )

    def package(self, name: str, member: str, text: str) -> None:
        """A deployment package."""
        with zipfile.ZipFile(self.stage.place / name, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(member, text)

    def create(self, name: str, runtime: str, handler: str, package: str, role: str) -> None:
        """Create a function and wait until it is active."""
        arn = f"arn:aws:iam::{self.account}:role/{role}"
        self.stage.aws(
            self.root,
            *("lambda", "create-function", "--function-name", name, "--runtime", runtime),
            *("--handler", handler, "--zip-file", f"fileb://{package}", "--role", arn),
            *("--timeout", "30"),
        )

    def refusals(self, functions: list[str]) -> None:
        """Who is refused, in AWS's words."""
        self.chapter("Who is refused")
        read = ("ssm", "get-parameter", "--name", "my-parameter-name", "--with-decryption")
        secret = ("secretsmanager", "get-secret-value", "--secret-id", "my-secret")
        for name in ("stranger", "admin"):
            self.stage.refusal(self.people[name], *read)
            self.stage.refusal(self.people[name], *secret)
            self.why(f"arn:aws:iam::{self.account}:user/{name}")
        answer = self.invoke("otherfunction", expected_error=True)
        self.stage.narrator.refused(answer.get("errorMessage", str(answer)))
        self.why(f"arn:aws:iam::{self.account}:role/otherfunction-role")

    def why(self, principal: str) -> None:
        """Which statement of which policy keeps *principal* from the key."""
        key = f"arn:aws:kms:{REGION}:{self.account}:key/{self.key}"
        parameter = f"arn:aws:ssm:{REGION}:{self.account}:parameter/my-parameter-name"
        words = ["--as", principal, "--action", "kms:Decrypt", "--resource", key]
        words += ["--context", f"kms:ViaService=ssm.{REGION}.amazonaws.com"]
        words += ["--context", f"kms:EncryptionContext:PARAMETER_ARN={parameter}"]
        for line in self.stage.explain(words):
            self.stage.narrator.answer(line)

    def invoke(self, name: str, *, expected_error: bool) -> dict[str, Any]:
        """Invoke a function; its answer."""
        head = self.stage.aws(self.root, "lambda", "invoke", "--function-name", name, "answer.json")
        answer: dict[str, Any] = json.loads((self.stage.place / "answer.json").read_text())
        if ("FunctionError" in head) != expected_error:
            raise StageError(f"{name} answered {answer}")
        return answer

    def root_manages(self) -> None:
        """Root may manage the key, and not open what it sealed."""
        self.chapter("Root may manage")
        state = self.stage.aws(
            self.root,
            *("kms", "describe-key", "--key-id", "alias/myprivatekey"),
            *("--query", "KeyMetadata.KeyState", "--output", "text"),
        )
        self.stage.narrator.answer(state)
        self.stage.refusal(
            self.root, "ssm", "get-parameter", "--name", "my-parameter-name", "--with-decryption"
        )

    def the_two_lines(self, functions: list[str]) -> None:
        """The end of the walk-through."""
        self.chapter("And the one that may")
        for name in functions:
            answer = self.invoke(name, expected_error=False)
            self.stage.narrator.answer(json.dumps(answer))
        wanted = [f"from parameters store: {VALUE}", f"from secrets manager: {VALUE}"]
        for name in functions:
            for line in self.log_lines(name, wanted):
                self.stage.narrator.answer(line)

    def log_lines(self, name: str, wanted: list[str], patience: float = 10.0) -> list[str]:
        """The function's own lines in CloudWatch Logs."""
        deadline = time.monotonic() + patience
        show = True
        while True:
            events = self.stage.aws(
                self.root,
                *("logs", "filter-log-events", "--log-group-name", f"/aws/lambda/{name}"),
                *("--filter-pattern", "from"),
                show=show,
            )["events"]
            lines = [event["message"].strip() for event in events]
            if all(any(text in line for line in lines) for text in wanted):
                return lines
            if time.monotonic() > deadline:
                raise StageError(f"the log of {name} lacks the two lines: {lines}")
            show = False
            time.sleep(0.3)

    def the_proof(self) -> None:
        """Who can open what the key seals; the exit code says that nobody else can."""
        self.chapter("Who can read it? The proof")
        self.say("Every principal of every account, every policy, every way to the value; and")
        self.say("whoever is of another account. With --only, the exit code is the answer.")
        iam = f"arn:aws:iam::{self.account}"
        only = f"{iam}:role/myfunction-role,{iam}:user/writer"
        for name in (f"kms:{self.key}", "ssm:my-parameter-name"):
            said = self.stage.lodekey(["who-can-read", name, "--only", only], shown_words=4)
            self.stage.narrator.answer("\n".join(said))
