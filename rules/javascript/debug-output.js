function positives(row, total) {
  // ruleid: debug-output
  debugger;
  // ruleid: debug-output
  console.log("DEBUG: row is", row);
  // ruleid: debug-output
  console.log(`[DEBUG] ${total}`);
  // ruleid: debug-output
  console.log("here 2");
  // ruleid: debug-output
  console.log("test", row);
}

function negatives(row, total, options) {
  // ok: debug-output
  console.log(`total: ${total}`);
  // ok: debug-output
  console.log("*".repeat(40));
  // ok: debug-output
  console.debug("row", row);
  // ok: debug-output
  console.log("here is your receipt:", row);
  if (options.debug) {
    // ok: debug-output
    console.log("DEBUG: row is", row);
  }
  // debugger;
  // ok: debug-output
  return { debugger: "debugger;", text: 'console.log("here")' };
}
