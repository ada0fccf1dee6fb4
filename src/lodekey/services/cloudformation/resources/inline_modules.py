"""The module that Lambda puts beside inline code: ``cfn-response``, for custom resources.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
"""

from __future__ import annotations

_PYTHON = '''"""Tell CloudFormation how a custom resource's request ended."""

import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(
    event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None
):
    where = "See the details in CloudWatch Log Stream: " + context.log_stream_name
    body = json.dumps(
        {
            "Status": responseStatus,
            "Reason": reason or where,
            "PhysicalResourceId": physicalResourceId or context.log_stream_name,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "NoEcho": noEcho,
            "Data": responseData,
        }
    ).encode()
    request = urllib.request.Request(
        event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request) as answer:
        print("Status code:", answer.status)
'''

_NODE = """"use strict";
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";
exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) => {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  const url = new URL(event.ResponseURL);
  const client = require(url.protocol === "http:" ? "http" : "https");
  const options = {
    method: "PUT",
    headers: { "content-type": "", "content-length": Buffer.byteLength(body) },
  };
  return new Promise((resolve) => {
    const request = client.request(url, options, (answer) => {
      console.log("Status code: " + answer.statusCode);
      answer.resume();
      context.done();
      resolve();
    });
    request.on("error", (error) => {
      console.log("send(..) failed executing request(..): " + error);
      context.done();
      resolve();
    });
    request.end(body);
  });
};
"""


def modules_for(runtime: str) -> dict[str, str]:
    """The files that come beside inline code."""
    if runtime.startswith("python"):
        return {"cfnresponse.py": _PYTHON}
    if runtime.startswith("nodejs"):
        return {"cfn-response.js": _NODE}
    return {}
