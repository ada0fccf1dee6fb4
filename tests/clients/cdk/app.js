// A stack as the CDK makes them: a key, a parameter, a secret, a function that may use the key.
const cdk = require("aws-cdk-lib");
const kms = require("aws-cdk-lib/aws-kms");
const lambda = require("aws-cdk-lib/aws-lambda");
const secretsmanager = require("aws-cdk-lib/aws-secretsmanager");
const ssm = require("aws-cdk-lib/aws-ssm");

const app = new cdk.App();
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: "us-east-1" };
const stack = new cdk.Stack(app, "Values", { env });
const key = new kms.Key(stack, "Key", {
  alias: "alias/cdk",
  removalPolicy: cdk.RemovalPolicy.DESTROY,
});
new ssm.StringParameter(stack, "Parameter", { parameterName: "/cdk/p", stringValue: "v" });
new secretsmanager.Secret(stack, "Secret", { encryptionKey: key });
const reader = new lambda.Function(stack, "Function", {
  runtime: lambda.Runtime.PYTHON_3_11,
  handler: "index.handler",
  code: lambda.Code.fromAsset("function"),
});
key.grantDecrypt(reader);
new cdk.CfnOutput(stack, "KeyId", { value: key.keyId });
new cdk.CfnOutput(stack, "FunctionName", { value: reader.functionName });
