import java.io.IOException

class Store {
    fun positives(client: Client, rows: List<String>) {
        try {
            client.save()
        // ruleid: swallowed-exception
        } catch (e: Exception) {
        }

        try {
            client.save()
        // ruleid: swallowed-exception
        } catch (e: IOException) {
            // nothing to do
        }

        try {
            client.save()
        // ruleid: swallowed-exception
        } catch (ignored: Throwable) {}

        for (row in rows) {
            try {
                client.add(row)
            // ruleid: swallowed-exception
            } catch (e: RuntimeException) {
                continue
            }
        }

        try {
            client.save()
        // ruleid: swallowed-exception
        } catch (e: Exception) {
            return
        }
    }

    fun negatives(client: Client, text: String): Int? {
        try {
            client.save()
        // ok: swallowed-exception
        } catch (e: IOException) {
            log.warn("not saved", e)
        }

        try {
            client.save()
        // ok: swallowed-exception
        } catch (e: Exception) {
            throw IllegalStateException(e)
        }

        try {
            Class.forName("org.example.Extra")
        // ok: swallowed-exception
        } catch (e: ClassNotFoundException) {
            // the extra is optional
        }

        try {
            client.close()
        // ok: swallowed-exception
        } catch (ignored: IOException) {
        }

        // try { f() } catch (e: Exception) { }
        // ok: swallowed-exception
        val sample = "try { f() } catch (e: Exception) { }"

        return try {
            text.toInt()
        // ok: swallowed-exception
        } catch (e: NumberFormatException) {
            null
        }
    }
}
