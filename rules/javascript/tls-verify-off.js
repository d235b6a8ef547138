const https = require("node:https");

// ruleid: tls-verify-off
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
// ruleid: tls-verify-off
const agent = new https.Agent({ rejectUnauthorized: false });

function positives(options, send) {
  // ruleid: tls-verify-off
  options.rejectUnauthorized = false;
  // ruleid: tls-verify-off
  send({ url: "https://example.org", "strictSSL": false });
  return { agent };
}

function negatives(options, send, ca) {
  // ok: tls-verify-off
  const strict = new https.Agent({ rejectUnauthorized: true, ca });
  // ok: tls-verify-off
  options.rejectUnauthorized = options.verify;
  // ok: tls-verify-off
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";
  // ok: tls-verify-off
  send({ strict: false });
  // rejectUnauthorized: false
  // ok: tls-verify-off
  return [strict, "rejectUnauthorized: false"];
}
