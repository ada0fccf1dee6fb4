"""Findings in a policy: what AWS would store, and what would then not do what its author meant.

Each rule is a row of `RULES`: a numbered code, a title, the reason with AWS's page, an example, and
its check. A rule never looks at other policies or at the store; what it must know of the
surroundings it is told (`Surroundings`).
"""

from __future__ import annotations

from lodekey.policy import lint_conditions, lint_principals, lint_statements
from lodekey.policy.document import VARIABLES_SINCE, MalformedPolicy, parse
from lodekey.policy.grammar import validate
from lodekey.policy.linting import NOWHERE, Finding, Looked, Rule, Surroundings
from lodekey.policy.reading import read
from lodekey.policy.statement import Kind

__all__ = ["RULES", "Finding", "Rule", "Surroundings", "lint", "rule"]

MALFORMED = Rule(
    code="LK000",
    title="the policy would not be stored",
    explanation=(
        "AWS refuses the document with these words when it is saved. "
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
    ),
    example='{"Version": "2012-10-17", "Statement": []}',
    check=lambda _: iter(()),
)

RULES: tuple[Rule, ...] = (
    MALFORMED,
    *lint_conditions.RULES,
    *lint_principals.RULES,
    *lint_statements.RULES,
)
"""Every rule, by kind of thing; codes are never used anew."""


def rule(code: str) -> Rule:
    """The rule with this code.

    Raises:
        KeyError: There is none.
    """
    return {each.code: each for each in RULES}[code.upper()]


def lint(text: str, kind: Kind, surroundings: Surroundings = NOWHERE) -> list[Finding]:
    """Look *text* over as a policy of this kind.

    Args:
        text: The policy's JSON.
        kind: What it is for.
        surroundings: What is known of where it hangs.

    Returns:
        The findings in the order of the statements; an empty list: nothing to say.
    """
    findings: list[Finding] = []
    try:
        validate(text, kind)
    except MalformedPolicy as malformed:
        findings.append(
            Finding(
                code=MALFORMED.code,
                title=MALFORMED.title,
                statement=-1,
                sid="",
                message=malformed.message,
            )
        )
    try:
        document = parse(text, kind=kind)
    except MalformedPolicy:
        return findings
    variables = read(text).get("Version") == VARIABLES_SINCE
    for statement in document.statements:
        looked = Looked(statement, document, variables=variables, surroundings=surroundings)
        findings += [
            Finding(
                code=each.code,
                title=each.title,
                statement=statement.index,
                sid=statement.sid,
                message=message,
            )
            for each in RULES
            for message in each.check(looked)
        ]
    return findings
