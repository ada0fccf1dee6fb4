"""Where statements stand in the text."""

import json

from lodekey.policy.positions import Position, Span, statement_spans

TEXT = """{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*",
    "Condition": {"StringEquals": {"aws:a": "}"}}
  }
}"""


def test_a_single_statement():
    assert statement_spans(TEXT) == (Span(Position(3, 16), Position(6, 4)),)


def test_a_list_on_one_line():
    statements = [
        {"Sid": "Statement", "Effect": "Allow", "Action": "*", "Resource": ["*"]},
        {"Effect": "Deny", "Action": "s3:*", "Resource": '"{'},
    ]
    text = json.dumps({"Statement": statements, "Id": "Statement", "Version": "2012-10-17"})
    spans = statement_spans(text)
    cut = [text[start.column - 1 : end.column - 1] for start, end in spans]
    assert [json.loads(each) for each in cut] == statements
    assert {start.line for start, _ in spans} == {1}


def test_the_order_of_members_does_not_matter():
    text = '{"Id": "x", "Statement": [ {"Sid": "a"} ], "Version": "2012-10-17"}'
    (span,) = statement_spans(text)
    assert text[span.start.column - 1 : span.end.column - 1] == '{"Sid": "a"}'
