export async function Page({ load }: { load: () => Promise<string[]> }) {
  // ruleid: fallback-hides-error
  const rows = await load().catch(() => []);
  // ok: fallback-hides-error
  return <ul>{rows.map((row) => <li>{row}</li>)}</ul>;
}
