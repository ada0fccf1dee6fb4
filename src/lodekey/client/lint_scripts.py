"""Findings in scripts, handlers and READMEs: values in arguments, in logs, and twice in base64."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lodekey.client.findings import Finding, found

_ARGUMENT = re.compile(
    r"--(?P<option>plaintext|value|secret-string|secret-binary|master-user-password|password)"
    r"(?:\s+|=)(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s'\"]+)",
    re.DOTALL,
)
_FROM_FILE = re.compile(r"[\"']?(?:file|fileb)://")
_VARIABLE = re.compile(r"[\"']?\$\{?\w+\}?[\"']?")
_AWS_COMMAND = re.compile(r"\baws\s+(?:-\S+\s+\S+\s+)*(kms|ssm|secretsmanager|rds)\s+([\w-]+)")
_LOGGED = re.compile(
    r"(?:console\.(?:log|info|debug|warn|error)|\bprint|\blog(?:ger|ging)?\.\w+)\s*\((?P<what>.*)",
    re.IGNORECASE,
)
_READ = re.compile(
    r"(?P<name>\w+)\s*=\s*(?!=)(?P<from>.*(?:get_?parameters?|get_?secret_?value|\bdecrypt|\bdec\b"
    r"|SecretString|Plaintext|GetParameterCommand|GetSecretValueCommand|DecryptCommand).*)",
    re.IGNORECASE,
)
_SAYS_SECRET = re.compile(
    r"(?i)\b(password|passwd|secret|secretstring|plaintext|decrypted|apikey|api_key|token)\b"
)
_TEXTS = re.compile(r"\"(?:[^\"\\{]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_FENCE = re.compile(
    r"^[ \t]*```(?P<kind>[\w-]*)[^\n]*\n(?P<text>.*?)^[ \t]*```", re.MULTILINE | re.DOTALL
)


def look_at_shell(file: str, text: str, first_line: int = 1) -> list[Finding]:
    """Look a shell script over, command by command."""
    findings: list[Finding] = []
    made: Counter[str] = Counter()
    for line, command in _commands(text):
        where = str(first_line + line)
        findings += _arguments(file, where, command)
        findings += _command(file, where, command, made)
        if text.startswith("#!/bin/sh") and "<(" in command:
            findings.append(found(file, where, "LT010", "<(...) under #!/bin/sh"))
    return findings


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """Each command with its line; continued lines together."""
    gathered, start = "", 0
    for number, line in enumerate(text.splitlines()):
        if not gathered:
            start = number
        if line.lstrip().startswith("#"):
            continue
        gathered += line
        if gathered.endswith("\\"):
            gathered = gathered[:-1] + " "
            continue
        if gathered.strip():
            yield start, gathered
        gathered = ""


def _arguments(file: str, where: str, command: str) -> Iterator[Finding]:
    if not re.search(r"\baws\b", command):
        return
    for match in _ARGUMENT.finditer(command):
        option, value = f"--{match['option']}", match["value"]
        rest = command[match.start("value") :]
        if _FROM_FILE.match(value):
            continue
        decoded = re.search(r"base64\s+(-d|-D|--decode)\b", rest)
        if "$(" in value and decoded and option != "--plaintext":
            yield found(file, where, "LT004", f"{option} is given decoded base64")
        elif option == "--plaintext" and "$(" in value and "base64" in rest:
            yield found(file, where, "LT005", "--plaintext is given base64")
        elif option == "--plaintext" and "base64" in value:
            yield found(file, where, "LT005", "--plaintext is given base64, once more by CLI v1")
        if "$(" not in value and not value.startswith("<(") and value not in {'"-"', "-"}:
            shown = "a variable" if _VARIABLE.fullmatch(value) else "its value"
            yield found(file, where, "LT003", f"{option} is given {shown} as an argument")
        elif option == "--plaintext":
            yield found(file, where, "LT003", "--plaintext is given a command's output")
        elif "kms encrypt" in value:
            yield from _arguments(file, where, value.strip('"')[2:])


def _command(file: str, where: str, command: str, made: Counter[str]) -> Iterator[Finding]:
    for service, verb in _AWS_COMMAND.findall(command):
        if (service, verb) == ("ssm", "put-parameter"):
            outer = re.sub(r"\$\(.*\)", "", command, flags=re.DOTALL)
            if re.search(r"--type[\s=]+[\"']?SecureString", outer) and "--key-id" not in outer:
                yield found(file, where, "LT006", "put-parameter without --key-id")
        if (service, verb) == ("secretsmanager", "create-secret"):
            name = re.search(r"--name[\s=]+[\"']?([^\s\"']+)", command)
            made[name[1] if name else ""] += 1
            if name and made[name[1]] > 1:
                yield found(file, where, "LT007", f"`{name[1]}` is created once more")
    package = re.search(r"\bnpx\s+(?:--yes\s+|-y\s+)?(sls|serverless)\b(?!@)", command)
    if package:
        yield found(file, where, "LT008", f"npx {package[1]}")


def look_at_code(file: str, text: str, first_line: int = 1) -> list[Finding]:
    """Look Python or JavaScript over for values that go to the log."""
    lines = text.splitlines()
    names = {match["name"] for line in lines for match in _READ.finditer(line)}
    names -= {"const", "let", "var", "dec", "out_file"}
    findings = []
    for number, line in enumerate(lines, first_line):
        logged = _LOGGED.search(line)
        if logged is None:
            continue
        words = set(re.findall(r"\w+", _TEXTS.sub(" ", logged["what"])))
        known = sorted(words & names)
        says = _SAYS_SECRET.search(_TEXTS.sub(" ", logged["what"]))
        if known or says:
            what = known[0] if known else says[0] if says else ""
            findings.append(found(file, str(number), "LT002", f"`{what}` is logged"))
    return findings


def fenced(text: str) -> Iterator[tuple[str, str, int]]:
    """The code blocks of a Markdown text: kind, text, and the line that they begin on."""
    for match in _FENCE.finditer(text):
        yield match["kind"].lower(), match["text"], text[: match.start("text")].count("\n") + 1
