export function load(rows: Rows): number {
  try {
    return rows.load();
  } finally {
    // ruleid: jump-in-finally
    return 0 as number;
  }
  // ok: jump-in-finally
  return 1;
}
