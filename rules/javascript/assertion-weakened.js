test("adds up", () => {
  // ruleid: assertion-weakened
  expect(total()).toBeTruthy();
});

it("finds", () => {
  // ruleid: assertion-weakened
  assert.ok(find("a"));
});

test("has items", () => {
  // ruleid: assertion-weakened
  expect(items()).toBeDefined();
});

test("is loose", () => {
  // ok: assertion-weakened
  expect(order).toBeDefined();
});

test("has more", () => {
  // ok: assertion-weakened
  expect(order).toBeDefined();
  expect(order.total).toBe(3);
});

test("is exact", () => {
  // ok: assertion-weakened
  expect(order.total).toBe(4);
});
