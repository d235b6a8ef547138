import fsPromises from "node:fs/promises";

async function positives(rows, save, url) {
  // ruleid: floating-promise
  rows.forEach(async (row) => {
    await save(row);
  });
  // ruleid: floating-promise
  const later = new Promise(async (resolve) => {
    resolve(await save(rows));
  });
  // ruleid: floating-promise
  fetch(url, { method: "POST" });
  // ruleid: floating-promise
  fsPromises.writeFile("rows.json", "[]");
  // ruleid: floating-promise
  fetch(url).then((response) => response.json()).then(save);
  return later;
}

async function negatives(rows, save, url, store) {
  // ok: floating-promise
  await Promise.all(rows.map(async (row) => { await save(row); }));
  for (const row of rows) {
    // ok: floating-promise
    await save(row);
  }
  // ok: floating-promise
  rows.forEach((row) => row.close());
  // ok: floating-promise
  void fetch(url);
  // ok: floating-promise
  fetch(url).then(save).catch(report);
  // ok: floating-promise
  fetch(url).then(save, report);
  // ok: floating-promise
  store.fetch(url);
  // ok: floating-promise
  const later = new Promise((resolve) => setTimeout(resolve, 10));
  // fetch(url);
  // ok: floating-promise
  return [later, fetch(url), "fetch(url);"];
}
