test("adds up", () => {
  expect(total()).toBe(3);
});

it("finds", () => {
  assert.equal(find("a"), "b");
});

test("has items", () => {
  expect(items()).toEqual([1]);
});

test("is loose", () => {
  expect(order).toBeDefined();
});

test("has more", () => {
  expect(order.total).toBe(3);
});

test("is exact", () => {
  expect(order.total).toBe(3);
});
