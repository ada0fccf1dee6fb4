"""Files of names and values: what is written is read back."""

import json
import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lodekey.client import formats
from lodekey.client.failures import Unusable

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from("\n\r\t\b\f\"'\\$`#={}% ")
)
HARD = [
    "",
    " a b ",
    "a'b",
    'a"b',
    "a\nb",
    "$HOME",
    "`id`",
    "\\n",
    "# no comment",
    "a=b",
    "no",
    "1e3",
    "C:\\",
    "a\\\\b",
    "it's $5",
    "a\\'b`",
]


@pytest.mark.parametrize("form", ["dotenv", "json", "yaml", "tfvars"])
@given(st.dictionaries(NAMES, TEXTS, max_size=4))
def test_comes_back(form, values):
    assert formats.READERS[form](formats.WRITERS[form](values)) == values


@pytest.mark.parametrize("value", HARD)
def test_a_shell_reads_what_is_written_for_it(value):
    script = formats.write_shell({"V": value}) + 'printf %s. "$V"'
    run = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, env={})
    assert run.stdout.decode() == value + "."


@pytest.mark.parametrize("value", HARD)
def test_a_shell_reads_dotenv(value):
    script = formats.write_dotenv({"V": value}) + 'printf %s. "$V"'
    run = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, env={})
    assert run.stdout.decode() == value + "."


@given(st.dictionaries(NAMES, TEXTS.filter(lambda text: "\r" not in text), max_size=6))
def test_a_shell_reads_any_dotenv_without_carriage_returns(values):
    script = formats.write_dotenv(values) + "".join(
        f'printf "%s\\0" "${name}"\n' for name in values
    )
    run = subprocess.run(
        ["/bin/sh"], input=script.encode(), capture_output=True, env={}, check=True
    )
    assert run.stdout.decode().split("\0")[:-1] == [*values.values()]


@given(st.dictionaries(st.text(max_size=9) | st.just("x" * 1100), TEXTS, max_size=3))
def test_yaml_and_json_take_any_name(values):
    assert yaml.safe_load(formats.write_yaml(values)) == values
    assert json.loads(formats.write_json(values)) == values


@pytest.mark.parametrize("name", ["a b", "", "1a", "x;id", "x\ny", "é", "$(id)"])
@pytest.mark.parametrize("form", ["dotenv", "shell"])
def test_no_name_becomes_a_command(form, name):
    with pytest.raises(Unusable, match="no name of a variable"):
        formats.WRITERS[form]({name: "v"})


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("dotenv", "A=1\nB='it\\'s'\n"),
        ("dotenv", "A=1\nnonsense\n"),
        ("dotenv", 'A="open\n'),
        ("tfvars", 'a = "1"\nb = ["x"]\n'),
        ("tfvars", 'a = "1"\nb = <<E\nx\nE\n'),
    ],
)
def test_no_line_is_lost(form, text):
    with pytest.raises(Unusable, match=r"line [12] is no plain assignment"):
        formats.READERS[form](text)


def test_reads_tfvars_of_others():
    text = '# c\n// c\na = "x" # c\n  b=true\n\nc = -1.5\n'
    assert formats.read_tfvars(text) == {"a": "x", "b": "true", "c": "-1.5"}


def test_two_names_do_not_become_one():
    with pytest.raises(Unusable, match="two names"):
        formats.write_tfvars({"a.b": "1", "a/b": "2"})


@pytest.mark.parametrize("value", HARD)
def test_yaml_keeps_texts_texts(value):
    assert yaml.safe_load(formats.write_yaml({"V": value})) == {"V": value}


def test_reads_dotenv_of_others():
    text = "# c\nexport A=1\nB = two words # c\n\nC='x # y'\nD=\"a\\nb\" # c\nE=\n"
    assert formats.read_dotenv(text) == {
        "A": "1",
        "B": "two words",
        "C": "x # y",
        "D": "a\nb",
        "E": "",
    }


def test_terraform_interpolates_nothing():
    assert formats.write_tfvars({"a": "${b} %{c}"}) == 'a = "$${b} %%{c}"\n'
