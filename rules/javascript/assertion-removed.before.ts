test("adds up", () => {
  expect(total()).toBe(3);
  expect(tax()).toBe(1);
});

describe("cart", () => {
  it("holds items", async () => {
    await expect(items()).resolves.toEqual([1]);
  });
});

test("is refused", () => {
  assert.throws(() => make(-1));
});

test("reworded", () => {
  expect(f(1)).toBe(2);
});

test("folded", () => {
  expect(f(1)).toBe(2);
  expect(f(2)).toBe(3);
});

test("untouched", () => {
  // expect(nothing)
  expect(g()).toBe(1);
});
