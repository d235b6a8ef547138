test("saves", async ({ page }) => {
  // ruleid: sleep-in-test
  await page.waitForTimeout(2000);
});
it("expires", async () => {
  // ruleid: sleep-in-test
  await new Promise((resolve) => setTimeout(resolve, 500));
  // ruleid: sleep-in-test
  await sleep(1_000);
});
it("shows", () => {
  // ruleid: sleep-in-test
  cy.wait(3000);
  // ok: sleep-in-test
  cy.wait("@orders");
});
it("yields", async () => {
  // ok: sleep-in-test
  await new Promise((resolve) => setTimeout(resolve, 0));
  // ok: sleep-in-test
  await sleep(interval * 2);
  for (let i = 0; i < 10; i++) {
    // ok: sleep-in-test
    await sleep(100);
  }
  // ok: sleep-in-test
  await page.waitForSelector("#done");
});
async function backoff() {
  // ok: sleep-in-test
  await sleep(1000);
}
// cy.wait(3000)
// ok: sleep-in-test
const text = "page.waitForTimeout(2000)";
