it("renders", async () => {
  render(<View />);
  // ruleid: sleep-in-test
  await delay(300);
  // ok: sleep-in-test
  await screen.findByText("done");
});
