export function sum(rows: number[]): number {
  // ruleid: debug-output
  debugger;
  // ok: debug-output
  console.log(`${rows.length} rows`);
  return 0;
}
