// ruleid: empty-test
it("saves", () => {});
// ruleid: empty-test
test("loads", async () => {
  // TODO: write
});
describe("orders", function () {
  // ruleid: empty-test
  it("are kept", function () {});
  // ruleid: empty-test
  it.only("are shown", () => {});
  // ok: empty-test
  it("are counted", () => {
    expect(count()).toBe(1);
  });
  // ok: empty-test
  it("are deleted");
  // ok: empty-test
  it.todo("are sent");
  // ok: empty-test
  beforeEach(() => {});
});
// ok: empty-test
it("is known", () => {
  // ... existing code ...
});
// ok: empty-test
describe("later", () => {});
// ok: empty-test
button.on("click", () => {});
// ok: empty-test
regex.test("x", () => {});
// it("saves", () => {});
// ok: empty-test
const text = 'it("saves", () => {})';
