const fs = require("node:fs");
const url = require("node:url");
const util = require("node:util");
const crypto = require("node:crypto");
const os = require("./os");
const { isDate, isString: isWord, inspect } = require("util");
const { isNumber } = require("./checks");
// ruleid: node-removed-api
const request = require("request");

function positives(text, key) {
  // ruleid: node-removed-api
  const bytes = new Buffer(text, "base64");
  // ruleid: node-removed-api
  const where = url.parse(text);
  // ruleid: node-removed-api
  if (util.isArray(text)) return where;
  // ruleid: node-removed-api
  if (isWord(text)) return where;
  // ruleid: node-removed-api
  fs.exists("rows.json", (there) => there);
  // ruleid: node-removed-api
  fs.rmdirSync("out", { recursive: true });
  // ruleid: node-removed-api
  return crypto.createCipher("aes192", key).update(bytes);
}

function negatives(text, key, iv, parser) {
  // ok: node-removed-api
  const bytes = Buffer.from(text, "base64");
  // ok: node-removed-api
  const where = new URL(text);
  // ok: node-removed-api
  const parsed = parser.url.parse(text);
  // ok: node-removed-api
  if (fs.existsSync("rows.json") && util.types.isDate(where)) return parsed;
  // ok: node-removed-api
  const list = new ArrayBuffer(8);
  // ok: node-removed-api
  fs.rmSync("out", { recursive: true });
  // ok: node-removed-api
  inspect(isNumber(text));
  // ok: node-removed-api
  os.tmpDir();
  // new Buffer(text)
  // ok: node-removed-api
  return [list, crypto.createCipheriv("aes192", key, iv).update(bytes), "new Buffer(1)"];
}

// ok: node-removed-api
const host = (url, text) => url.parse(text);

function late(text) {
  const os = require("os");
  // ok: node-removed-api
  const free = { ...text, os: os.tmpdir() };
  // ruleid: node-removed-api
  return [free, os.tmpDir(), host];
}
