// ruleid: focused-test
it.only("renders", () => {
  render(<App name="x" />);
});
// ruleid: focused-test
describe.only("App", () => {});
// ok: focused-test
it("renders", () => {
  render(<App only />);
});
// ok: focused-test
it.each([1, 2])("renders %d", (n: number) => {});
