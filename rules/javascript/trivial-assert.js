test("positives", () => {
  // ruleid: trivial-assert
  expect(true).toBe(true);
  // ruleid: trivial-assert
  expect(1).toEqual(1);
  // ruleid: trivial-assert
  expect(true).toBeTruthy();
  // ruleid: trivial-assert
  expect(true).to.be.true;
  // ruleid: trivial-assert
  assert(true);
  // ruleid: trivial-assert
  assert.ok(true, "done");
  // ruleid: trivial-assert
  assert.strictEqual("a", "a");
});

test("negatives", () => {
  const value = load();
  // ok: trivial-assert
  expect(value).toBe(true);
  // ok: trivial-assert
  expect(value).toBe(value);
  // ok: trivial-assert
  expect(true).toBe(false);
  // ok: trivial-assert
  expect(1 + 1).toBe(2);
  // ok: trivial-assert
  assert(false, "not reached");
  // ok: trivial-assert
  assert.equal(value, 1);
  // ok: trivial-assert
  form.expect(true);
  // expect(true).toBe(true)
  // ok: trivial-assert
  expect(value).toBe("expect(true).toBe(true)");
});
