// ruleid: ts-ignore
// @ts-nocheck
import { load } from "./load";

// ruleid: ts-ignore
// @ts-ignore
load(1);
// ruleid: ts-ignore
// @ts-ignore: the types are wrong
load(2);
// ruleid: ts-ignore
/* @ts-ignore */
load(3);
// ruleid: ts-ignore
// @ts-expect-error
load(4);

// ok: ts-ignore
// @ts-expect-error: a number is refused
load(5);
// ok: ts-ignore
// @ts-check
load("6");
// ok: ts-ignore
// we never write @ts-ignore here
load("7");
// ok: ts-ignore
const help = "// @ts-ignore";
