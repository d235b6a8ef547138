func positives(store: Store, row: Row) {
    do {
        try store.save(row)
    // ruleid: swallowed-error
    } catch {
    }
    do {
        try store.load()
    // ruleid: swallowed-error
    } catch {
        // nothing we can do
    }
    // ruleid: swallowed-error
    try? store.save(row)
    // ruleid: swallowed-error
    _ = try? store.write(row)
    print(row)
}

func alone(store: Store, row: Row) {
    // ruleid: swallowed-error
    try? store.save(row)
}

func value(store: Store) -> [Row]? {
    // ok: swallowed-error
    try? store.load()
}

func values(stores: [Store]) -> [[Row]] {
    // ok: swallowed-error
    stores.compactMap { try? $0.load() }
}

func negatives(store: Store, row: Row) throws {
    do {
        try store.save(row)
    // ok: swallowed-error
    } catch {
        logger.error("\(error)")
    }
    do {
        try store.save(row)
    // ok: swallowed-error
    } catch StoreError.cancelled {
    }
    // ok: swallowed-error
    let data = try? store.load()
    // ok: swallowed-error
    try? FileManager.default.removeItem(at: row.url)
    // ok: swallowed-error
    try store.save(row)
    // try? store.save(row)
    // ok: swallowed-error
    print(data ?? "try? store.save(row)")
}
