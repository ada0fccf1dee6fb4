"""The project file: found upward, read strictly."""

import re

import pytest

from lodekey.client.failures import NotFound, Unusable
from lodekey.client.places import parse
from lodekey.client.project import FILE, Expected, find, read
from running import ROOT

TEXT = """
default = "dev"

[environments.dev]
prefix = "ssm:/app/dev"

[environments.prod]
prefix = "ssm:/app/prod"
region = "eu-west-1"

[values]
TOKEN = "sm:app/{environment}#token"
DB_URL = { type = "url" }
PORT = { type = "integer", default = "8080", required = false }
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / FILE).write_text(TEXT)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    return find(below)


def test_is_found_upward(project):
    assert project.environment().name == "dev"
    assert project.environment("prod").region == "eu-west-1"
    with pytest.raises(NotFound, match="staging"):
        project.environment("staging")


def test_places_names(project):
    prod = project.environment("prod")
    assert project.place("DB_URL", prod) == parse("ssm:/app/prod/DB_URL")
    assert project.place("TOKEN", prod) == parse("sm:app/prod#token")
    assert project.place("ssm:/else", prod) == parse("ssm:/else")


def test_without_a_file_a_name_needs_a_store(tmp_path):
    project = find(tmp_path)
    assert project.path is None
    with pytest.raises(Unusable, match="names no store"):
        project.place("DB_URL", project.environment())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "Expected '='"),
        ("[environments.a]\nprefx = 'ssm:/a'", "`environments.a` has a member `prefx`; known"),
        ("[environments.a]\nprefix = 5", "`environments.a.prefix` is no text"),
        ("environments = 'a'", "`environments` is no table"),
        ("[values]\nA = 3", "`values.A` is neither a table nor"),
        ("[values.A]\ntype = 'int'", "not one of text, integer"),
        ("[values.A]\nname = 'B'", "has a member `name`"),
        ("[values.A]\npattern = '['", "no regular expression"),
        ("[values.A]\nrequired = 'no'", "neither true nor false"),
        ("default = 1", "`default` is no text"),
        ("a = '\udcff'", "utf-8"),
    ],
)
def test_refuses_what_it_does_not_know(tmp_path, text, said):
    (tmp_path / FILE).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(Unusable, match=re.escape(said)):
        read(tmp_path / FILE)


def test_a_default_is_text_for_a_program(tmp_path):
    (tmp_path / FILE).write_text("[values]\nA = {default = 8080}\nB = {default = true}\n")
    values = read(tmp_path / FILE).values
    assert (values["A"].default, values["B"].default) == ("8080", "true")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", "-3", "3.5"),
        ("boolean", "Yes", "maybe"),
        ("url", "postgres://u@h/db", "h/db"),
        ("json", '{"a": 1}', "{a}"),
    ],
)
def test_types(kind, good, bad):
    expected = Expected(name="A", type=kind)
    assert not expected.misfit(good)
    assert expected.misfit(bad) == f"is not of type {kind}"
    assert bad not in expected.misfit(bad)


def test_the_pages_project_file_is_one(tmp_path):
    page = (ROOT / "docs" / "how-to" / "run-an-app-with-values.md").read_text()
    (tmp_path / FILE).write_text(page.partition("```toml\n")[2].partition("```")[0])
    project = read(tmp_path / FILE)
    prod = project.environment("prod")
    assert (project.default, prod.key) == ("dev", "alias/shop")
    assert project.place("STRIPE_KEY", prod) == parse("sm:shop/prod/stripe#key")
