test("loads", async () => {
  // ruleid: sleep-in-test
  await new Promise<void>((resolve) => setTimeout(resolve, 100));
  // ok: sleep-in-test
  await waitFor((): boolean => loaded);
});
