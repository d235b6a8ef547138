fun pay(order: Order): Boolean {
    // ruleid: placeholder-implementation
    // In a real app, we would call the bank here
    return true
}

fun total(order: Order): Int {
    // ok: placeholder-implementation
    // the total without tax
    return order.sum()
}
