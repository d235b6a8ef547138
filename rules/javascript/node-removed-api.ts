import * as url from "node:url";
// ruleid: node-removed-api
import request from "request";

// ruleid: node-removed-api
export const host: string | null = url.parse("https://example.org").host;
// ok: node-removed-api
export const same: string = new URL("https://example.org").host;
