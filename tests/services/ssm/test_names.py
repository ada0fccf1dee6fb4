"""Names: what may be written, what may be read, and what is refused in AWS's words."""

import pytest

from lodekey.errors import AccessDeniedException, ValidationException
from lodekey.services.ssm import names
from lodekey.services.ssm.errors import HierarchyLevelLimitExceededException
from lodekey.services.ssm.names import Named

PREFIX = len("arn:aws:ssm:us-east-1:111122223333:parameter/")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("db", Named("/db")),
        ("/db", Named("/db")),
        (" /a/b ", Named("/a/b")),
        ("/a/b:3", Named("/a/b", "3")),
        ("/a/b:prod", Named("/a/b", "prod")),
        ("/aws/thing", Named("/aws/thing")),
        (
            "arn:aws:ssm:eu-west-1:444455556666:parameter/a/b:3",
            Named("/a/b", "3", "444455556666", "eu-west-1"),
        ),
        (
            "/aws/reference/secretsmanager/a@b+c=d:AWSPREVIOUS",
            Named("/aws/reference/secretsmanager/a@b+c=d:AWSPREVIOUS"),
        ),
    ],
)
def test_read(text: str, expected: Named) -> None:
    assert names.named(text) == expected


@pytest.mark.parametrize(
    "text", ["a/b", "/a//b", "/a/", "a b", "/a b", "/", "", "ssm", "/SSM-x", "a@b", "/ä", "a\x01b"]
)
def test_not_a_name(text: str) -> None:
    with pytest.raises(ValidationException) as caught:
        names.named(text)
    assert caught.value.message == (
        'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it '
        "can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of "
        "letters, numbers and the following 3 symbols .-_"
    )


@pytest.mark.parametrize("text", ["arn:aws:s3:::b/parameter/x", "arn:aws:ssm:r:a:document/x"])
def test_not_a_parameters_arn(text: str) -> None:
    with pytest.raises(ValidationException):
        names.named(text)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("/aws/x", AccessDeniedException, "No access to reserved parameter name: /aws/x."),
        ("AWS", AccessDeniedException, "No access to reserved parameter name: AWS."),
        (
            "awsTest",
            ValidationException,
            'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
        ),
        ("a/b", ValidationException, "Parameter name must be a fully qualified name."),
        ("/ssm/x", ValidationException, names.UNFIT),
        ("arn:aws:ssm:r:a:parameter/x", ValidationException, None),
        ("x:3", ValidationException, names.UNFIT),
    ],
)
def test_not_writable(text: str, error: type[Exception], message: str | None) -> None:
    with pytest.raises(error) as caught:
        names.writable(text, PREFIX)
    assert message is None or caught.value.message == message


def test_levels() -> None:
    deepest = "/" + "/".join(f"L{n}" for n in range(15))
    assert names.writable(deepest, PREFIX) == deepest
    with pytest.raises(HierarchyLevelLimitExceededException):
        names.writable(deepest + "/x", PREFIX)


def test_length_counts_the_arn() -> None:
    longest = "x" * (1011 - PREFIX)
    assert names.writable(longest, PREFIX) == "/" + longest
    with pytest.raises(ValidationException):
        names.writable(longest + "x", PREFIX)


@pytest.mark.parametrize(
    ("text", "expected"), [("/", "/"), ("/a", "/a/"), ("/a/", "/a/"), ("/a/b/", "/a/b/")]
)
def test_path(text: str, expected: str) -> None:
    assert names.path(text) == expected


@pytest.mark.parametrize("text", ["a", "", "//", "/a//", "/aws", "/AWS/x", "/ssm/x", "/a b"])
def test_not_a_path(text: str) -> None:
    with pytest.raises(ValidationException) as caught:
        names.path(text)
    assert caught.value.message == (
        "The parameter doesn't meet the parameter name requirements. The parameter name must "
        'begin with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" '
        "(case-insensitive). It must use only letters, numbers, or the following symbols: . "
        "(period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, "
        'if specified, must use the forward slash symbol "/". Valid example: '
        "/get/parameters2-/by1./path0_."
    )


def test_public_path_says_so() -> None:
    with pytest.raises(ValidationException, match="Public parameters are not offered"):
        names.path("/aws/service/ami")
