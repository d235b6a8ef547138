// ruleid: ts-ignore
// @ts-nocheck
const fs = require("fs");

// ruleid: ts-ignore
// @ts-ignore
fs.readSync();
// ok: ts-ignore
// @ts-check
const help = "// @ts-ignore";
