// ruleid: focused-test
it.only("adds", () => {
  expect(1 + 1).toBe(2);
});
// ruleid: focused-test
describe.only("sums", function () {});
// ruleid: focused-test
test.only(`adds`, async () => {});
// ruleid: focused-test
fit("adds", () => {});
// ruleid: focused-test
fdescribe("sums", () => {});
// ruleid: focused-test
test.describe.only("sums", () => {});
// ruleid: focused-test
it.only.each([1, 2])("adds %d", (n) => {});

// ok: focused-test
it("adds only numbers", () => {});
// ok: focused-test
model.fit(points, (x) => x * 2);
// ok: focused-test
fit(points, curve);
// ok: focused-test
schema.only("name", () => {});
// it.only("adds", () => {})
// ok: focused-test
const text = 'it.only("adds", () => {})';
