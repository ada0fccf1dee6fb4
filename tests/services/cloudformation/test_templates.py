"""Templates: texts, parameters, functions; what is refused and in which words."""

from __future__ import annotations

import base64
import json

import pytest

from lodekey.errors import ValidationError
from lodekey.services.cloudformation.intrinsics import Scope, check_rules
from lodekey.services.cloudformation.loops import without_loops
from lodekey.services.cloudformation.parameters import check_declarations, values
from lodekey.services.cloudformation.template_text import read
from lodekey.services.cloudformation.templates import Template, check

PSEUDO = {"AWS::Region": "us-east-1", "AWS::AccountId": "111122223333", "AWS::StackName": "s"}


class Known:
    """Two resources and an export."""

    def ref(self, logical):
        return {"Key": "key-id", "Names": ["a", "b"]}[logical]

    def attribute(self, logical, name):
        return {("Key", "Arn"): "arn:key", ("Child", "Outputs.Name"): "out"}[logical, name]

    def imported(self, name):
        return {"shared": "value"}[name]


def scope(given=(), **sections):
    template = Template(
        body={},
        parameters=sections.get("Parameters", {}),
        mappings=sections.get("Mappings", {}),
        conditions=sections.get("Conditions", {}),
        rules=sections.get("Rules", {}),
    )
    return Scope(
        template=template,
        parameters=values(template, [*given], {}),
        pseudo=PSEUDO,
        things=Known(),
    )


def test_short_forms_are_the_long_ones_by_another_spelling():
    text = """
    A: !Ref X
    B: !GetAtt X.Outputs.Y
    C: !Sub "${X}"
    D: !Sub ["${a}", {a: !Ref X}]
    E: !If [C, !Ref "AWS::NoValue", 1]
    F: !Join ["", [a, !Select [0, !Split [",", "a,b"]]]]
    G: !Condition C
    H: {Fn::Base64: !Sub x}
    I: !GetAtt [X, Arn]
    Version: 2012-10-17
    Time: 1:30
    Octal: 0123
    """
    ref = {"Ref": "X"}
    assert read(text) == {
        "A": ref,
        "B": {"Fn::GetAtt": ["X", "Outputs.Y"]},
        "C": {"Fn::Sub": "${X}"},
        "D": {"Fn::Sub": ["${a}", {"a": ref}]},
        "E": {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, 1]},
        "F": {"Fn::Join": ["", ["a", {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}]]},
        "G": {"Condition": "C"},
        "H": {"Fn::Base64": {"Fn::Sub": "x"}},
        "I": {"Fn::GetAtt": ["X", "Arn"]},
        "Version": "2012-10-17",
        "Time": "1:30",
        "Octal": "0123",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "YAML not well-formed. (line 1, column 5)"),
        ('{"a": ', "JSON not well-formed."),
        ("a: 1\na: 2", "YAML not well-formed."),
        ("just text", "unsupported structure."),
        (
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "\n".join(
                f"{chr(98 + i)}: &{chr(98 + i)} [" + ",".join([f"*{chr(97 + i)}"] * 9) + "]"
                for i in range(8)
            ),
            "too large or too deep",
        ),
        ("a: !!python/object/apply:os.system [ls]", "YAML not well-formed."),
    ],
)
def test_what_is_no_template_is_refused(text, words):
    with pytest.raises(ValidationError) as refused:
        read(text)
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"Ref": "Key"}, "key-id"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Fn::GetAtt": ["Key", "Arn"]}, "arn:key"),
        ({"Fn::GetAtt": "Child.Outputs.Name"}, "out"),
        (
            {"Fn::Sub": "${Key}/${Key.Arn}/${!Literal}/${AWS::Region}"},
            "key-id/arn:key/${Literal}/us-east-1",
        ),
        ({"Fn::Sub": ["${own}-${Key}", {"own": {"Ref": "Key"}}]}, "key-id-key-id"),
        ({"Fn::Join": ["-", ["a", 1, True, {"Ref": "Key"}]]}, "a-1-true-key-id"),
        ({"Fn::Join": [",", {"Ref": "Names"}]}, "a,b"),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::Split": ["|", "a|b"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["M", "one", "two"]}, 3),
        ({"Fn::FindInMap": ["M", "no", "two", {"DefaultValue": 4}]}, 4),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"a": {"Fn::If": ["No", "a", {"Ref": "AWS::NoValue"}]}, "b": 1}, {"b": 1}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
        ({"Fn::Base64": "text"}, base64.b64encode(b"text").decode()),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::GetAZs": ""}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ({"Fn::ImportValue": "shared"}, "value"),
        ({"Fn::Length": ["a", "b"]}, 2),
        ({"Fn::ToJsonString": {"a": {"Ref": "Key"}}}, '{"a":"key-id"}'),
        ({"Not::AFunction": 1}, {"Not::AFunction": 1}),
    ],
)
def test_every_function(tree, expected):
    here = scope(
        Mappings={"M": {"one": {"two": 3}}},
        Conditions={
            "Yes": {"Fn::And": [{"Fn::Equals": [1, "1"]}, {"Condition": "Other"}]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
            "Other": {"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Fn::Equals": [True, "true"]}]},
        },
    )
    assert here.value(tree) == expected


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"Ref": "Nobody"}, "Unresolved resource dependencies [Nobody]"),
        ({"Fn::GetAtt": ["Key", "No"]}, "does not support attribute type No"),
        ({"Fn::Select": [5, ["a"]]}, "cannot select nonexistent value at index 5"),
        ({"Fn::FindInMap": ["N", "a", "b"]}, "Mapping named 'N' is not present"),
        ({"Fn::ImportValue": "none"}, "No export named none found."),
        ({"Fn::Cidr": ["10.0.0.0/30", 200, 8]}, "Fn::Cidr cannot"),
        ({"Fn::Unheard": 1}, "Fn::Unheard is not supported"),
        ({"Fn::Join": "x"}, "every Fn::Join object requires two parameters"),
    ],
)
def test_a_function_used_wrongly_is_refused(tree, words):
    with pytest.raises(ValidationError) as refused:
        scope().value(tree)
    assert words in refused.value.message


def given(**texts):
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in texts.items()]


def test_parameters_have_types_and_defaults():
    here = scope(
        given(Number="5", List="a, b"),
        Parameters={
            "Number": {"Type": "Number", "MinValue": 1},
            "List": {"Type": "CommaDelimitedList"},
            "Default": {"Type": "String", "Default": 7},
        },
    )
    refs = [here.value({"Ref": name}) for name in ("Number", "List", "Default")]
    assert refs == ["5", ["a", "b"], "7"]


@pytest.mark.parametrize(
    ("declared", "value", "words"),
    [
        ({"Type": "Number"}, "x", "must be a number"),
        ({"Type": "Number", "MaxValue": 3}, "4", "not greater than 3"),
        ({"Type": "String", "AllowedValues": ["a"]}, "b", "must be one of AllowedValues"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A", "must match pattern [a-z]+"),
        ({"Type": "String", "AllowedPattern": "(?:abc){e<=1}"}, "abd", "cannot be read"),
        ({"Type": "String", "MinLength": 2}, "a", "at least 2 characters"),
        (
            {"Type": "String", "MaxLength": 1, "ConstraintDescription": "be short"},
            "ab",
            "Parameter P failed to satisfy constraint: be short",
        ),
    ],
)
def test_a_parameter_must_fit(declared, value, words):
    with pytest.raises(ValidationError) as refused:
        scope(given(P=value), Parameters={"P": declared})
    assert words in refused.value.message


def test_parameters_must_be_declared_and_given():
    with pytest.raises(ValidationError, match=r"Parameters: \[X\] do not exist in the template"):
        scope(given(X="1"))
    with pytest.raises(ValidationError, match=r"Parameters: \[P\] must have values"):
        scope(Parameters={"P": {"Type": "String"}})
    with pytest.raises(ValidationError, match="Unrecognized parameter type: Text"):
        check_declarations(Template(body={}, parameters={"P": {"Type": "Text"}}))


def test_rules_are_asserted():
    rules = {
        "R": {
            "RuleCondition": {"Fn::Equals": [{"Ref": "P"}, "prod"]},
            "Assertions": [
                {
                    "Assert": {"Fn::Contains": [["a", "b"], {"Ref": "Q"}]},
                    "AssertDescription": "Q must be a or b",
                }
            ],
        }
    }
    declared = {"P": {"Type": "String"}, "Q": {"Type": "String"}}
    check_rules(scope(given(P="dev", Q="x"), Parameters=declared, Rules=rules))
    check_rules(scope(given(P="prod", Q="a"), Parameters=declared, Rules=rules))
    with pytest.raises(ValidationError, match="Q must be a or b"):
        check_rules(scope(given(P="prod", Q="x"), Parameters=declared, Rules=rules))


PART = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "At least one Resources member must be defined."),
        ({"Resources": {"A": {}}}, "[/Resources/A] Every Resources object must contain a Type"),
        ({"Resources": {"A-b": PART}}, "Resource name A-b is non alphanumeric."),
        ({"Resources": {"A": PART}, "Odd": {}}, "Invalid template property or properties [Odd]"),
        ({"Resources": {"A": {**PART, "Odd": 1}}}, "Invalid template resource property 'Odd'"),
        ({"Resources": {"A": {**PART, "DependsOn": "B"}}}, "Unresolved resource dependencies [B]"),
        (
            {"Resources": {"A": {**PART, "DependsOn": "B"}, "B": {**PART, "DependsOn": "A"}}},
            "Circular dependency between resources: [A, B]",
        ),
        ({"Resources": {"A": {**PART, "Condition": "C"}}}, "Unresolved condition dependencies [C]"),
        (
            {"Resources": {"A": {"Type": "T", "Properties": {"x": None}}}},
            "[/Resources/A/Properties/x] 'null' values are not allowed in templates",
        ),
        (
            {"Resources": {"A": {**PART, "DeletionPolicy": "Keep"}}},
            "Unrecognized DeletionPolicy Keep for resource A",
        ),
    ],
)
def test_a_template_must_have_its_form(body, words):
    with pytest.raises(ValidationError) as refused:
        check(body)
    assert words in refused.value.message


def test_loops_are_unrolled():
    body = {
        "Resources": {
            "Fn::ForEach::Each": [
                "Name",
                {"Ref": "Names"},
                {
                    "Part&{Name}": {
                        "Type": "AWS::SSM::Parameter",
                        "Properties": {
                            "Name": {"Fn::Sub": "/x/${Name}"},
                            "Value": {"Ref": "Name"},
                        },
                    }
                },
            ]
        }
    }
    made = without_loops(body, {"Names": ["a.b", "c"]})
    assert json.loads(json.dumps(made)) == {
        "Resources": {
            "Partab": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": {"Fn::Sub": "/x/a.b"}, "Value": "a.b"},
            },
            "Partc": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": {"Fn::Sub": "/x/c"}, "Value": "c"},
            },
        }
    }
