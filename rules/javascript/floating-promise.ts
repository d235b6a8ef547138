export async function store(rows: Row[], url: string): Promise<void> {
  // ruleid: floating-promise
  rows.forEach(async (row: Row): Promise<void> => {
    await row.save();
  });
  // ok: floating-promise
  await fetch(url);
}
