async function orders(db, user) {
  try {
    return await db.query(user);
  // ruleid: fallback-hides-error
  } catch {
    return [];
  }
}

async function profile(url) {
  try {
    const response = await fetch(url);
    return response.body;
  // ruleid: fallback-hides-error
  } catch (error) {
    return null;
  }
}

async function save(db, row) {
  try {
    await db.insert(row);
    return true;
  // ruleid: fallback-hides-error
  } catch (error) {
    return false;
  }
}

async function both(db) {
  // ruleid: fallback-hides-error
  const users = await db.users().catch(() => []);
  // ruleid: fallback-hides-error
  const settings = await db.settings().catch(function () {
    return {};
  });
  return [users, settings];
}

function parse(text) {
  try {
    return JSON.parse(text);
  // ok: fallback-hides-error
  } catch {
    return null;
  }
}

async function isAlive(db) {
  try {
    await db.ping();
    return true;
  // ok: fallback-hides-error
  } catch {
    return false;
  }
}

async function told(db, user, logger) {
  try {
    return await db.query(user);
  // ok: fallback-hides-error
  } catch (error) {
    logger.error(error);
    return [];
  }
}

async function looked(fs, path) {
  // ok: fallback-hides-error
  const stats = await fs.stat(path).catch(() => null);
  // ok: fallback-hides-error
  const body = await path.json().catch(() => ({}));
  // ok: fallback-hides-error
  const found = await fs.open(path).catch((error) => ({ error }));
  // db.users().catch(() => [])
  // ok: fallback-hides-error
  return [stats, body, found, "catch { return [] }"];
}
