fun pay(order: Order): Boolean {
    // ruleid: unfinished
    return TODO()
}

// ruleid: unfinished
fun total(order: Order): Int = TODO("later")

fun name(): String {
    // ruleid: unfinished
    throw NotImplementedError("name")
}

fun negatives(list: List<String>) {
    // ok: unfinished
    // TODO: sort
    list.forEach { println(it) }
    // ok: unfinished
    println("TODO()")
    // ok: unfinished
    throw UnsupportedOperationException("read only")
}
