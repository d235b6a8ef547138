// ruleid: assertion-removed
test("adds up", () => {
  expect(total()).toBe(3);
});

describe("cart", () => {
  // ruleid: assertion-removed
  it("holds items", async () => {
    await items();
  });
});

// ruleid: assertion-removed
test("is refused", () => {
  make(-1);
});

// ok: assertion-removed
test("reworded", () => {
  expect(f(1)).toEqual(2);
});

// ok: assertion-removed
test("folded", () => {
  for (const [given, expected] of [[1, 2], [2, 3]]) expect(f(given)).toBe(expected);
});

// ok: assertion-removed
test("untouched", () => {
  expect(g()).toBe(1);
});
