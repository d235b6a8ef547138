// ruleid: skipped-test
it.skip("adds", () => {
  expect(1 + 1).toBe(2);
});
// ruleid: skipped-test
describe.skip("sums", function () {});
// ruleid: skipped-test
test.skip("adds", async () => {});
// ruleid: skipped-test
xit("adds", () => {});
// ruleid: skipped-test
xdescribe(`sums`, () => {});
// ruleid: skipped-test
it.concurrent.skip("adds", () => {});
// ruleid: skipped-test
test.skip.each([1, 2])("adds %d", (n) => {});
// ruleid: skipped-test
describe.skip(Sum.name, () => {});
// ruleid: skipped-test
test("adds", { skip: true }, () => {});

// ok: skipped-test
it("adds", () => {});
// ok: skipped-test
it.todo("subtracts");
// ok: skipped-test
it.skipIf(process.platform === "win32")("forks", () => {});
// ok: skipped-test
test.skip(browserName === "firefox", "no such API there");
// ok: skipped-test
test("forks", { skip: process.platform === "win32" }, () => {});
// ok: skipped-test
const page = query.skip(10).limit(5);
// ok: skipped-test
cursor.skip("name", () => {});
// it.skip("adds", () => {})
// ok: skipped-test
const text = 'it.skip("adds", () => {})';
