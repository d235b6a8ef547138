async function load(id: string): Promise<void> {
  try {
    await fetch(`/orders/${id}`);
  // ruleid: log-only-catch
  } catch (error: unknown) {
    console.error(error);
  }
  // ok: log-only-catch
  await fetch(id).catch((error: Error) => { throw new Error(id, { cause: error }); });
}
