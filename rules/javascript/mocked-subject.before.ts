// ok: mocked-subject
test("old", () => {
  expect(pay.charge(5)).toBe(5);
});
