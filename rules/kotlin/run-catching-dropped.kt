fun positives(row: Row) {
    // ruleid: run-catching-dropped
    runCatching { row.save() }
    if (row.open) {
        // ruleid: run-catching-dropped
        runCatching {
            row.close()
        }
    }
    // ruleid: run-catching-dropped
    row.runCatching { save() }
}

fun negatives(row: Row): Result<Unit> {
    // ok: run-catching-dropped
    runCatching { row.save() }.onFailure { log.error("not saved", it) }
    // ok: run-catching-dropped
    val saved = runCatching { row.save() }
    // ok: run-catching-dropped
    row.list.map { runCatching { it.save() } }
    // ok: run-catching-dropped
    return runCatching { row.close() }
}

// ok: run-catching-dropped
fun last(row: Row) = runCatching { row.save() }
