class Loader {
    int positives(Rows rows) {
        try {
            return rows.load();
        } finally {
            rows.close();
            // ruleid: jump-in-finally
            return 0;
        }
    }

    void underIf(List<Row> rows) {
        for (Row row : rows) {
            try {
                row.load();
            } finally {
                // ruleid: jump-in-finally
                if (row.isClosed()) continue;
                if (row.isLost()) {
                    // ruleid: jump-in-finally
                    throw new IllegalStateException("lost");
                }
            }
        }
    }

    int negatives(List<Row> rows, RuntimeException kept) {
        try {
            // ok: jump-in-finally
            return rows.size();
        } catch (RuntimeException e) {
            // ok: jump-in-finally
            throw new IllegalStateException(e);
        } finally {
            for (Row row : rows) {
                // ok: jump-in-finally
                if (row.isClosed()) continue;
                row.close();
            }
            // ok: jump-in-finally
            if (kept != null) throw kept;
            // ok: jump-in-finally
            rows.removeIf(row -> { return row.isClosed(); });
        }
        // finally { return; }
    }
}
