func pay(order: Order) -> Bool {
    // ruleid: placeholder-implementation
    // TODO: implement actual logic
    return true
}

func total(order: Order) -> Int {
    // ok: placeholder-implementation
    // TODO: round
    return order.sum()
}
