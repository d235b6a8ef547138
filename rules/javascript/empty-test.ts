// ruleid: empty-test
test("loads", async (): Promise<void> => {});
// ok: empty-test
test("adds", () => {
  expect(1 + 1 as number).toBe(2);
});
