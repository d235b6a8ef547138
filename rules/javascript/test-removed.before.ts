// ruleid: test-removed
test("is gone", () => {
  expect(f(1)).toBe(2);
});

describe("orders", () => {
  // ruleid: test-removed
  it("refunds", () => {
    expect(refund()).toBe(3);
  });

  // ok: test-removed
  it("adds up", () => {
    expect(total()).toBe(1);
  });
});

// ok: test-removed
test("has an old name", () => {
  expect(name()).toBe("a");
});

// ok: test-removed
helper("is no test", () => {});
