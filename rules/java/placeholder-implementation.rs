fn pay(order: &Order) -> bool {
    // ruleid: placeholder-implementation
    // For now, we just return a hardcoded success
    true
}

fn total(order: &Order) -> u32 {
    // ok: placeholder-implementation
    // for now the sum is small enough for u32
    order.sum()
}
