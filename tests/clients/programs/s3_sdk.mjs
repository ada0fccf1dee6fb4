// The AWS SDK for JavaScript, as it comes: what deployments and applications do with S3.
// Says what it saw as one line of JSON.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.MODULES, "anything.js"));
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

// Every name is here: the resolver of the test, in place of an operator's DNS.
const lookup = (name, options, done) =>
  options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
const requestHandler = new NodeHttpHandler({ httpAgent: new http.Agent({ keepAlive: true, lookup }) });
const hosts = new Set();
const client = (more = {}) => {
  const made = new s3.S3Client({
    endpoint: process.env.ENDPOINT, region: "us-east-1", maxAttempts: 1, requestHandler, ...more,
  });
  made.middlewareStack.add((next) => (given) => {
    hosts.add(given.request.hostname);
    return next(given);
  }, { step: "finalizeRequest" });
  return made;
};
const sdk = client();
const ask = (name, given = {}) => sdk.send(new s3[`${name}Command`]({ Bucket, ...given }));
const text = async (answer) => createHash("md5").update(await answer.Body.transformToByteArray()).digest("hex");
const md5 = (data) => createHash("md5").update(data).digest("hex");
const Bucket = process.env.BUCKET;
const seen = {};

await ask("CreateBucket");
await s3.waitUntilBucketExists({ client: sdk, minDelay: 1, maxWaitTime: 5 }, { Bucket });

const small = randomBytes(1000);
const long = randomBytes(3 * 1024 * 1024 + 7);
const file = join(process.env.HOME, "long.bin");
writeFileSync(file, long);
seen.checksums = {};
for (const ChecksumAlgorithm of [undefined, "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
  const name = ChecksumAlgorithm ?? "usual";
  const results = [];
  for (const body of ["small", "long", "stream"]) {
    const Body = { small, long }[body] ?? createReadStream(file);
    const Key = `${name}/${body}`;
    const put = await ask("PutObject", { Key, Body, ChecksumAlgorithm });
    const got = await ask("GetObject", { Key, ChecksumMode: "ENABLED" });
    const kept = Object.keys(put).filter((word) => word.startsWith("Checksum") && word !== "ChecksumType");
    const whole = (await text(got)) === md5(body === "small" ? small : long);
    results.push([whole, kept.map((word) => put[word] === got[word] && word)].flat());
  }
  seen.checksums[name] = results;
}

const required = client({ requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" });
await required.send(new s3.PutObjectCommand({ Bucket, Key: "required", Body: long }));
seen.required = (await text(await ask("GetObject", { Key: "required" }))) === md5(long);

const Key = "parts";
const parts = randomBytes(13 * 1024 * 1024);
await new Upload({ client: sdk, params: { Bucket, Key, Body: parts } }).done();
seen.parts = (await text(await ask("GetObject", { Key }))) === md5(parts);
seen.attributes = (await ask("GetObjectAttributes", { Key, ObjectAttributes: ["ObjectParts", "ObjectSize"] }));
seen.attributes = [seen.attributes.ObjectSize, seen.attributes.ObjectParts.TotalPartsCount];

await ask("CopyObject", { Key: "copy", CopySource: `${Bucket}/${Key}` });
seen.copy = (await text(await ask("GetObject", { Key: "copy" }))) === md5(parts);
seen.range = (await (await ask("GetObject", { Key: "copy", Range: "bytes=0-9" })).Body.transformToByteArray()).length;

await ask("PutObjectTagging", { Key: "copy", Tagging: { TagSet: [{ Key: "a", Value: "b c" }] } });
seen.tags = (await ask("GetObjectTagging", { Key: "copy" })).TagSet;
await ask("PutBucketEncryption", {
  ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }] },
});
seen.encrypted = (await ask("PutObject", { Key: "sealed", Body: long })).ServerSideEncryption;
seen.opened = (await text(await ask("GetObject", { Key: "sealed" }))) === md5(long);
await ask("PutPublicAccessBlock", { PublicAccessBlockConfiguration: { BlockPublicPolicy: true } });
seen.block = (await ask("GetPublicAccessBlock")).PublicAccessBlockConfiguration.BlockPublicPolicy;
const Statement = [{
  Effect: "Deny", Principal: "*", Action: "s3:*", Resource: [`arn:aws:s3:::${Bucket}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
}];
await ask("PutBucketPolicy", { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
seen.policy = JSON.parse((await ask("GetBucketPolicy")).Policy).Statement[0].Effect;
try {
  await ask("PutObject", { Key: "after", Body: small });
  seen.after = "taken";
} catch (error) {
  seen.after = error.name;
}
await ask("DeleteBucketPolicy");

const all = [];
for await (const page of s3.paginateListObjectsV2({ client: sdk, pageSize: 4 }, { Bucket })) {
  all.push(...page.Contents.map((each) => each.Key));
}
seen.listed = [all.length, (await ask("ListObjects", { Prefix: "CRC32", Delimiter: "/" })).CommonPrefixes.length];
const gone = await ask("DeleteObjects", { Delete: { Objects: all.map((each) => ({ Key: each })) } });
seen.gone = gone.Deleted.length === all.length;
try {
  await ask("HeadObject", { Key: "copy" });
} catch (error) {
  seen.missing = [error.name, error.$metadata.httpStatusCode];
}
await ask("DeleteBucket");
seen.hosts = [...hosts];
console.log(JSON.stringify(seen));
