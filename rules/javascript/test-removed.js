describe("orders", () => {
  it("adds up", () => {
    expect(total()).toBe(1);
  });
});

test("has a new name", () => {
  expect(name()).toBe("a");
});
