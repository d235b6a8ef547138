fn positives(row: &Row, total: u32) -> u32 {
    // ruleid: debug-macro
    dbg!(row);
    // ruleid: debug-macro
    eprintln!("DEBUG: {total}");
    // ruleid: debug-macro
    println!("here 2");
    // ruleid: debug-macro
    std::dbg!(total) + 1
}

fn negatives(row: &Row, total: u32) -> u32 {
    // ok: debug-macro
    println!("total: {total}");
    // ok: debug-macro
    debug!(?row, "loaded");
    // ok: debug-macro
    debug_assert!(total > 0);
    // ok: debug-macro
    println!("here is your receipt: {total}");
    // dbg!(row)
    // ok: debug-macro
    println!("{}", "dbg!(row)");
    total
}
