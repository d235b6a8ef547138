test("types", () => {
  // ruleid: trivial-assert
  expect(true).toBe(true);
  // ok: trivial-assert
  expect(load() as boolean).toBe(true);
});
