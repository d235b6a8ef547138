// ruleid: suppress-warnings
@SuppressWarnings("all")
class Rows {
    // ruleid: suppress-warnings
    @SuppressWarnings({"unused", "unchecked"})
    void positives(Object value) {
        int count = 0; // counts
        // ruleid: suppress-warnings
        count++; // NOSONAR
    }

    // ruleid: suppress-warnings
    @SuppressWarnings("unchecked")
    void cast(Object value) {
        List<Row> rows = (List<Row>) value;
    }

    void negatives(Object value) {
        // ok: suppress-warnings
        @SuppressWarnings("unchecked")
        List<Row> rows = (List<Row>) value;
        // ok: suppress-warnings
        // the sonar of the ship
        String text = "@SuppressWarnings(\"all\")";
    }

    // ok: suppress-warnings
    @SuppressWarnings("deprecation")
    void bridge(Old old) {}

    // ok: suppress-warnings
    @Deprecated
    void old() {}
}
