test("view", () => {
  const view = render(<View open={true} />);
  // ok: trivial-assert
  expect(view).toBeTruthy();
  // ruleid: trivial-assert
  expect("view").toBeDefined();
});
