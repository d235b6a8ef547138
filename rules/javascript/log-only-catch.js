async function positives(shop, order) {
  try {
    await shop.charge(order);
  // ruleid: log-only-catch
  } catch (error) {
    console.log(error);
  }
  try {
    await shop.ship(order);
  // ruleid: log-only-catch
  } catch (error) {
    console.error("not shipped");
    console.error(error.message);
  }
  // ruleid: log-only-catch
  shop.mail(order).catch(console.error);
  // ruleid: log-only-catch
  await shop.index(order).catch((error) => console.warn("index", error));
  // ruleid: log-only-catch
  main().catch(function (error) {
    console.log(error);
  });
}

async function negatives(shop, order, logger, setError) {
  try {
    await shop.charge(order);
  // ok: log-only-catch
  } catch (error) {
    console.error(error);
    throw error;
  }
  try {
    await shop.charge(order);
  // ok: log-only-catch
  } catch (error) {
    console.error(error);
    setError(error.message);
  }
  try {
    await shop.charge(order);
  // ok: log-only-catch
  } catch (error) {
    logger.error({ error, order }, "not charged");
  }
  try {
    await shop.close();
  // ok: log-only-catch
  } catch (error) {
    console.warn(error);
  }
  try {
    await shop.charge(order);
  // ok: log-only-catch
  } catch (error) {
    console.log(JSON.stringify({ verdict: "fail", error: error.message }));
  }
  // ok: log-only-catch
  main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
  // ok: log-only-catch
  const count = await shop.count().catch(() => 0);
  // .catch(console.error)
  // ok: log-only-catch
  return count + "catch (e) { console.log(e) }";
}
