"""Files of names and values: what is written is read back."""

import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lodekey.client import formats

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"'\\$`#= "))
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
    if "\n" in value:
        pytest.skip("dotenv writes \\n, which a shell keeps as it is")
    script = formats.write_dotenv({"V": value}) + 'printf %s. "$V"'
    run = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, env={})
    assert run.stdout.decode() == value + "."


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
