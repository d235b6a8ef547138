export function Page() {
  return (
    <main>
      {/* ruleid: ts-ignore */}
      {/* @ts-ignore */}
      <Chart data={1} />
      {/* ruleid: ts-ignore */}
      {/* @ts-expect-error */}
      <Chart data={2} />
      {/* ok: ts-ignore */}
      {/* @ts-expect-error the chart takes a list */}
      <Chart data={3} />
      {/* ok: ts-ignore */}
      <Chart title="// @ts-ignore" />
    </main>
  );
}
