export function View({ rows }: Props) {
  // ruleid: debug-output
  console.log(">>> render", rows);
  // ok: debug-output
  return <p title="debugger">{rows.length}</p>;
}
