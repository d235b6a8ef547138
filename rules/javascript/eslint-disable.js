// ruleid: eslint-disable
/* eslint-disable */
// ruleid: eslint-disable
/* eslint no-console: "off" */
// ruleid: eslint-disable
// eslint-disable-next-line no-eval
eval(text);
// ruleid: eslint-disable
debug(text); // eslint-disable-line no-undef -- set by the page
// ruleid: eslint-disable
// biome-ignore lint/suspicious/noDebugger: for now
debugger;

// ok: eslint-disable
/* eslint-enable */
// ok: eslint-disable
/* eslint-env browser */
// ok: eslint-disable
/* eslint no-console: "error" */
// ok: eslint-disable
// we do not use eslint-disable here
// ok: eslint-disable
// prettier-ignore
const matrix = [1, 0];
// ok: eslint-disable
const help = "// eslint-disable-next-line";
