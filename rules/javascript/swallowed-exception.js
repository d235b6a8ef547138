async function positives(client, rows, done) {
  try {
    client.save();
  // ruleid: swallowed-exception
  } catch (error) {}

  try {
    client.save();
    // ruleid: swallowed-exception
  } catch {
    // nothing to do
  }

  // ruleid: swallowed-exception
  client.on("error", () => {});
  // ruleid: swallowed-exception
  client.flush().catch(() => { return; });

  try {
    client.save();
    // ruleid: swallowed-exception
  } catch (error) {
    /* best effort */ ;
  } finally {
    client.close();
  }

  for (const row of rows) {
    try {
      client.add(row);
      // ruleid: swallowed-exception
    } catch (error) {
      continue;
    }
  }

  // ruleid: swallowed-exception
  client.flush().catch(() => {});
  // ruleid: swallowed-exception
  await client.flush().catch((error) => { /* ignored */ });
  await client
    .flush()
    // ruleid: swallowed-exception
    .catch(function () {});
  // ruleid: swallowed-exception
  client.flush().catch(() => undefined);
  // ruleid: swallowed-exception
  client.flush().then(done, () => {});
  // ruleid: swallowed-exception
  client.flush().catch(noop);

  try {
    client.save();
    // ruleid: swallowed-exception
  } catch (error) {
    return;
  }
}

async function negatives(client, rows, schema) {
  try {
    client.save();
    // ok: swallowed-exception
  } catch (error) {
    console.error("not saved", error);
  }

  try {
    client.save();
    // ok: swallowed-exception
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }

  let value;
  try {
    value = JSON.parse(rows);
    // ok: swallowed-exception
  } catch {
    value = {};
  }

  // ok: swallowed-exception
  await client.flush().catch((error) => console.warn(error));
  // ok: swallowed-exception
  const found = await client.find().catch(() => []);
  // ok: swallowed-exception
  const name = schema.string().catch("");
  // ok: swallowed-exception
  client.flush().then(() => {});
  // ok: swallowed-exception
  client.on("close", () => {});
  // ok: swallowed-exception
  client.flush().finally(() => {});
  // try { f() } catch (e) {}
  // ok: swallowed-exception
  return [value, found, name, "try { f() } catch (e) {}"];
}

function parse(text) {
  try {
    return JSON.parse(text);
    // ok: swallowed-exception
  } catch {
    return null;
  }
}
