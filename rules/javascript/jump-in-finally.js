function positives(lock, rows) {
  try {
    rows.load();
  } finally {
    lock.release();
    // ruleid: jump-in-finally
    return rows;
  }
}

function underIf(lock, rows) {
  for (const row of rows) {
    try {
      row.load();
    } finally {
      // ruleid: jump-in-finally
      if (lock.held) continue;
      if (lock.lost) {
        // ruleid: jump-in-finally
        throw new Error("lost");
      }
    }
  }
}

function negatives(lock, rows) {
  try {
    // ok: jump-in-finally
    return rows.load();
  } catch (error) {
    // ok: jump-in-finally
    throw new Error("rows", { cause: error });
  } finally {
    for (const row of rows) {
      // ok: jump-in-finally
      if (row.closed) continue;
      row.close();
    }
    // ok: jump-in-finally
    if (lock.failure) throw lock.failure;
    // ok: jump-in-finally
    lock.release(() => { return true; });
  }
  // finally { return; }
  // ok: jump-in-finally
  return "finally { return; }";
}
