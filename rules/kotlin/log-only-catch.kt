fun positives(shop: Shop, order: Order) {
    try {
        shop.charge(order)
    // ruleid: log-only-catch
    } catch (e: PaymentException) {
        e.printStackTrace()
    }
    try {
        shop.ship(order)
    // ruleid: log-only-catch
    } catch (error: Exception) {
        println("not shipped: ${error.message}")
    }
    try {
        shop.mail(order)
    // ruleid: log-only-catch
    } catch (t: Throwable) {
        // the customer does not mind
        t.printStackTrace()
    }
}

fun negatives(shop: Shop, order: Order, writer: PrintWriter) {
    try {
        shop.charge(order)
    // ok: log-only-catch
    } catch (e: PaymentException) {
        Log.e("shop", "charging", e)
    }
    try {
        shop.charge(order)
    // ok: log-only-catch
    } catch (e: PaymentException) {
        e.printStackTrace()
        throw e
    }
    try {
        shop.charge(order)
    // ok: log-only-catch
    } catch (e: PaymentException) {
        e.printStackTrace(writer)
    }
    // e.printStackTrace()
    // ok: log-only-catch
    println("e.printStackTrace()")
}
