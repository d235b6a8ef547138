test("old", () => {
  pay.charge = jest.fn(() => 5);
  // ruleid: mocked-subject
  expect(pay.charge(5)).toBe(5);
});

it("charges", async () => {
  vi.spyOn(pay, "charge").mockResolvedValue(3);
  // ruleid: mocked-subject
  expect(await pay.charge(5)).toBe(3);
});

it("refunds", () => {
  sinon.stub(pay, "refund").returns(true);
  // ruleid: mocked-subject
  assert(pay.refund(7));
});

it("sends", () => {
  jest.spyOn(bank, "send").mockReturnValue(3);
  // ok: mocked-subject
  expect(pay.charge(5)).toBe(3);
  // ok: mocked-subject
  expect(bank.send).toHaveBeenCalled();
});

it("spies", () => {
  const spy = jest.spyOn(pay, "charge");
  // ok: mocked-subject
  pay.charge(1);
  expect(spy).toHaveBeenCalled();
});
