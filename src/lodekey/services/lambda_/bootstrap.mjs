// The Node runtime of a function: a client of the Lambda Runtime API in plain JavaScript.
//
// It loads the handler that `_HANDLER` names, then asks for one invocation after the other. Handlers
// may be CommonJS or ES modules, asynchronous or with a callback, plain or streaming. Output goes to
// the log as on AWS: time, request id, level, message, tab-separated (or JSON).
//
// Source of the protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const env = process.env;
const [apiHost, apiPort] = env.AWS_LAMBDA_RUNTIME_API.split(":");
const API = "/2018-06-01/runtime";
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

// ---------------------------------------------------------------- the runtime API

/** Ask the runtime API; `body` may be text, bytes, or undefined. */
function ask(method, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { agent, host: apiHost, port: apiPort, method, path: API + target, headers },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve({ response, body: Buffer.concat(chunks) }));
      },
    );
    request.on("error", reject);
    request.setTimeout(0);
    request.end(body);
  });
}

async function tell(target, body, headers) {
  const { response, body: answer } = await ask("POST", target, body, {
    "Content-Type": "application/json",
    ...headers,
  });
  if (response.statusCode >= 300) {
    throw new Error(`the runtime API answered ${response.statusCode}: ${answer}`);
  }
}

// ---------------------------------------------------------------- errors

class RuntimeFault extends Error {
  constructor(type, message) {
    super(message);
    this.name = type;
  }
}

const isError = (value) =>
  value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";

/** What the invoker reads of an error. */
function errorBody(error) {
  if (!isError(error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return {
    errorType: error.name?.replaceAll("\x7F", "%7F"),
    errorMessage: error.message?.replaceAll("\x7F", "%7F"),
    trace: (error.stack ?? "").replaceAll("\x7F", "%7F").split("\n"),
  };
}

/** What the log holds of an error. */
function errorRecord(error) {
  if (!isError(error)) {
    return errorBody(error);
  }
  return {
    errorType: error.name ?? "UnknownError",
    errorMessage: error.message ?? "Unknown error",
    ...error,
    ...(error.cause === undefined ? {} : { cause: isError(error.cause) ? errorRecord(error.cause) : error.cause }),
    stack: (error.stack ?? "").split("\n"),
  };
}

const faultHeaders = (body) => ({ "Lambda-Runtime-Function-Error-Type": body.errorType ?? "Error" });

// ---------------------------------------------------------------- the log

let requestId;
const JSON_LOG = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const LEAST = LEVELS[env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? 0;
const logFd = env._LAMBDA_TELEMETRY_LOG_FD ? Number(env._LAMBDA_TELEMETRY_LOG_FD) : undefined;
delete env._LAMBDA_TELEMETRY_LOG_FD;

function writeAll(fd, bytes) {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(fd, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") {
        throw error;
      }
    }
  }
}

/** Write one message, framed where the server gave us a pipe for that: it may have several lines. */
function emit(text, now) {
  const message = Buffer.from(text);
  if (logFd === undefined) {
    writeAll(1, Buffer.from(text.replace(/\n/g, "\r") + "\n"));
    return;
  }
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0xa55a0003, 0);
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(now.getTime()) * 1000n, 8);
  writeAll(logFd, Buffer.concat([head, message]));
}

function jsonValue() {
  const seen = [];
  return function replace(_key, value) {
    if (isError(value)) {
      return errorRecord(value);
    }
    if (typeof value === "bigint") {
      return value.toString();
    }
    if (value !== null && typeof value === "object") {
      while (seen.length && seen.at(-1) !== this) {
        seen.pop();
      }
      if (seen.includes(value)) {
        return undefined;
      }
      seen.push(value);
    }
    return value;
  };
}

function logAt(level, values) {
  if (LEVELS[level] < LEAST) {
    return;
  }
  const now = new Date();
  if (!JSON_LOG) {
    emit(`${now.toISOString()}\t${requestId}\t${level}\t${format(...values)}`, now);
    return;
  }
  const record = { timestamp: now.toISOString(), level, requestId };
  const [only] = values;
  if (values.length === 1 && typeof only === "object" && only !== null && !isError(only)) {
    record.message = only;
  } else {
    record.message = values.length === 1 && isError(only) ? errorRecord(only) : format(...values);
    const error = values.find(isError);
    if (error !== undefined) {
      const { errorType, errorMessage, stack } = errorRecord(error);
      Object.assign(record, { errorType, errorMessage, stackTrace: stack });
    }
  }
  emit(JSON.stringify(record, jsonValue()), now);
}

function takeConsole() {
  const at = (level) => (...values) => logAt(level, values);
  console.log = at("INFO");
  console.info = at("INFO");
  console.debug = at("DEBUG");
  console.warn = at("WARN");
  console.error = at("ERROR");
  console.fatal = at("FATAL");
  console.trace = (...values) => {
    const trace = {};
    Error.captureStackTrace(trace, console.trace);
    logAt("TRACE", [`Trace: ${format(...values)}${trace.stack.replace(/^[^\n]*/, "")}`]);
  };
}

function logFault(title, error) {
  if (JSON_LOG) {
    logAt("ERROR", [isError(error) ? error : errorBody(error)]);
  } else {
    logAt("ERROR", [title, "\t" + JSON.stringify(errorRecord(error), jsonValue())]);
  }
}

// ---------------------------------------------------------------- the handler

function isModulePackage(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")).type === "module";
    } catch {
      if (folder === path.dirname(folder) || path.basename(folder) === "node_modules") {
        return false;
      }
    }
  }
}

async function loadModule(root, name) {
  const base = path.resolve(root, name);
  const candidates = [
    [base, undefined],
    [base + ".js", undefined],
    [base + ".mjs", true],
    [base + ".cjs", false],
  ];
  for (const [file, known] of candidates) {
    if (fs.existsSync(file) && fs.statSync(file).isFile()) {
      const require = createRequire(file);
      return (known ?? isModulePackage(file)) ? import(pathToFileURL(file).href) : require(file);
    }
  }
  const require = createRequire(import.meta.url);
  return require(require.resolve(name, { paths: [root, base] }));
}

function splitHandler(handler) {
  const folder = path.dirname(handler);
  const match = /^([^.]*)\.(.*)$/.exec(path.basename(handler));
  if (handler.includes("..") || match === null) {
    throw new RuntimeFault("Runtime.MalformedHandlerName", `'${handler}' is not a valid handler name. Use 'file.function'.`);
  }
  return { name: path.join(folder, match[1]), property: match[2] };
}

async function loadHandler(root, handler) {
  const { name, property } = splitHandler(handler);
  let module;
  try {
    module = await loadModule(root, name);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw renamed(error, "Runtime.UserCodeSyntaxError");
    }
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
      throw renamed(error, "Runtime.ImportModuleError");
    }
    throw error;
  }
  const find = (from) => property.split(".").reduce((value, part) => value?.[part], from);
  const found = find(module) ?? find(module?.default);
  if (found === undefined) {
    throw new RuntimeFault("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  }
  if (typeof found !== "function") {
    throw new RuntimeFault("Runtime.HandlerNotFound", `${handler} is not a function`);
  }
  return found;
}

function renamed(error, type) {
  const fault = new RuntimeFault(type, String(error));
  fault.stack = `${type}: ${error.stack}`;
  return fault;
}

// ---------------------------------------------------------------- streaming handlers

class ResponseStream extends Writable {
  constructor(id) {
    super({ highWaterMark: 64 * 1024 });
    this.chunks = [];
    this.id = id;
    this.contentType = "application/octet-stream";
    this.prelude = undefined;
  }

  setContentType(type) {
    this.contentType = type;
  }

  _write(chunk, _encoding, done) {
    this.chunks.push(Buffer.from(chunk));
    done();
  }
}

globalThis.awslambda = {
  streamifyResponse(handler, options) {
    handler[STREAMING] = options?.highWaterMark ?? true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.contentType = "application/vnd.awslambda.http-integration-response";
      stream.prelude = Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]);
      return stream;
    },
  },
};

async function runStreaming(handler, event, context, id) {
  const stream = new ResponseStream(id);
  const finished = new Promise((resolve, reject) => {
    stream.on("finish", resolve);
    stream.on("error", reject);
  });
  await handler(event, stream, context);
  if (!stream.writableEnded) {
    stream.end();
  }
  await finished;
  const body = Buffer.concat([...(stream.prelude ? [stream.prelude] : []), ...stream.chunks]);
  await tell(`/invocation/${id}/response`, body, {
    "Content-Type": stream.contentType,
    "Lambda-Runtime-Function-Response-Mode": "streaming",
  });
}

// ---------------------------------------------------------------- one invocation

let whenIdle;
process.on("beforeExit", () => {
  const idle = whenIdle;
  whenIdle = undefined;
  idle?.();
});

function parseHeader(headers, name) {
  return headers[name] ? JSON.parse(headers[name]) : undefined;
}

function makeContext(headers, settle) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parseHeader(headers, "lambda-runtime-client-context"),
    identity: parseHeader(headers, "lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  context.succeed = (value) => settle(null, value, true);
  context.fail = (error) => settle(error ?? "handled", undefined, true);
  context.done = (error, value) => settle(error ?? null, value, true);
  return context;
}

/** Call the handler and wait, as its style asks, for its promise, its callback, or an idle loop. */
function call(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const finish = (error, value) => (error === null || error === undefined ? resolve(value) : reject(error));
    const context = makeContext(headers, (error, value) => finish(error, value));
    const callback = (error, value) => {
      if (context.callbackWaitsForEmptyEventLoop) {
        whenIdle = () => finish(error, value);
      } else {
        finish(error, value);
      }
    };
    whenIdle = () => finish(null, null);
    const result = handler(event, context, callback);
    if (typeof result?.then === "function") {
      result.then((value) => finish(null, value), (error) => finish(error ?? "rejected", undefined));
    }
  });
}

async function answer(handler, headers, body) {
  const id = requestId;
  let text;
  try {
    const event = JSON.parse(body);
    if (handler[STREAMING]) {
      await runStreaming(handler, event, makeContext(headers, () => {}), id);
      return;
    }
    text = JSON.stringify(await call(handler, event, headers)) ?? "null";
  } catch (error) {
    await fail("Invoke Error", error);
    return;
  } finally {
    whenIdle = undefined;
  }
  await tell(`/invocation/${id}/response`, text);
}

async function fail(title, error) {
  logFault(title, error);
  const body = errorBody(error);
  await tell(`/invocation/${requestId}/error`, JSON.stringify(body), faultHeaders(body));
}

// ---------------------------------------------------------------- the loop

let givingUp = false;

async function giveUp(title, error, code) {
  if (givingUp) {
    return;
  }
  givingUp = true;
  try {
    if (requestId === undefined) {
      logFault(title, error);
      const body = errorBody(error);
      await tell("/init/error", JSON.stringify(body), faultHeaders(body));
    } else {
      await fail(title, error);
    }
  } finally {
    process.exit(code);
  }
}

async function main() {
  takeConsole();
  process.on("uncaughtException", (error) => void giveUp("Uncaught Exception", error, 129));
  process.on("unhandledRejection", (reason, promise) => {
    const error = new RuntimeFault("Runtime.UnhandledPromiseRejection", String(reason));
    error.reason = reason;
    error.promise = promise;
    void giveUp("Unhandled Promise Rejection", error, 128);
  });
  let handler;
  try {
    handler = await loadHandler(env.LAMBDA_TASK_ROOT, env._HANDLER);
  } catch (error) {
    await giveUp("Uncaught Exception", error, 1);
    return;
  }
  for (;;) {
    const { response, body } = await ask("GET", "/invocation/next");
    const { headers } = response;
    requestId = headers["lambda-runtime-aws-request-id"];
    if (headers["lambda-runtime-trace-id"]) {
      env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
    } else {
      delete env._X_AMZN_TRACE_ID;
    }
    await answer(handler, headers, body);
  }
}

main();
