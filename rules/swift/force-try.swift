func positives(store: Store, data: Data) {
    // ruleid: force-try
    try! store.save(data)
    // ruleid: force-try
    let rows = try! JSONDecoder().decode([Row].self, from: data)
    // ruleid: force-try
    return use(try! store.load(), rows)
}

func negatives(store: Store, data: Data) throws {
    // ok: force-try
    try store.save(data)
    // ok: force-try
    let pattern = try! NSRegularExpression(pattern: "[a-z]+")
    // ok: force-try
    let rows = try? store.load()
    // try! store.save(data)
    // ok: force-try
    print(rows!, pattern, "try! store.save(data)")
}
