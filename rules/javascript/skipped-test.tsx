// ruleid: skipped-test
it.skip("renders", () => {
  render(<App name="x" />);
});
// ruleid: skipped-test
describe.skip("App", () => {});
// ok: skipped-test
it("renders", () => {
  render(<App skip />);
});
// ok: skipped-test
it.each([1, 2])("renders %d", (n: number) => {});
