async function positives(save, order) {
  try {
    await save(order);
  // ruleid: useless-catch
  } catch (error) {
    throw error;
  }

  try {
    order.check();
  // ruleid: useless-catch
  } catch (e) {
    // let it through
    throw e;
  }

  // ruleid: useless-catch
  await save(order).catch((error) => { throw error; });
}

async function negatives(save, order, log) {
  try {
    await save(order);
  // ok: useless-catch
  } catch (error) {
    log.error(error);
    throw error;
  }

  try {
    await save(order);
  // ok: useless-catch
  } catch (error) {
    throw new Error("not saved", { cause: error });
  }

  try {
    await save(order);
  // ok: useless-catch
  } catch (error) {
    throw error;
  } finally {
    order.close();
  }
}
