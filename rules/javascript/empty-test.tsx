// ruleid: empty-test
it("renders", () => {
  /* later */
});
// ok: empty-test
it("shows", () => {
  render(<View />);
});
