import * as url from "node:url";
import { isArray as isList, inspect } from "util";
import { isDate } from "./util";
// ruleid: node-removed-api
import request from "request";

// ruleid: node-removed-api
export const host: string | null = url.parse("https://example.org").host;
// ok: node-removed-api
export const same: string = new URL("https://example.org").host;
// ruleid: node-removed-api
export const list: boolean = isList(host);
// ok: node-removed-api
export const told: string = inspect(host) + isDate(host);
