export function Orders({ load }: { load: () => Promise<void> }) {
  // ruleid: log-only-catch
  const onClick = () => load().catch((error) => console.log(error));
  // ok: log-only-catch
  return <button onClick={() => load().catch(report)}>{"load"}</button>;
}
