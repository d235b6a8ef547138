export function View({ rows }: Props) {
  try {
    rows.load();
  } finally {
    // ruleid: jump-in-finally
    return <p>{"loaded"}</p>;
  }
  // ok: jump-in-finally
  return null;
}
