fun positives(row: Row) {
    try {
        row.save()
    // ruleid: broad-catch
    } catch (e: Exception) {
        log.warn("not saved", e)
    }
    try {
        row.save()
    // ruleid: broad-catch
    } catch (t: Throwable) {
        row.undo()
    }
    try {
        row.save()
    // ruleid: broad-catch
    } catch (e: RuntimeException) {
        return
    }
}

fun negatives(row: Row) {
    try {
        row.save()
    // ok: broad-catch
    } catch (e: IOException) {
        log.warn("not saved", e)
    }
    try {
        row.save()
    // ok: broad-catch
    } catch (e: Exception) {
        row.undo()
        throw e
    }
    try {
        row.save()
    // ok: broad-catch
    } catch (e: MyException) {
        row.undo()
    }
}
