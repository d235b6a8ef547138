import java.io.IOException;

class Store {
    void positives(Client client, Iterable<String> rows) {
        try {
            client.save();
        // ruleid: swallowed-exception
        } catch (Exception e) {
        }

        try {
            client.save();
        // ruleid: swallowed-exception
        } catch (IOException | IllegalStateException e) {
            // nothing to do
        }

        try {
            client.save();
        // ruleid: swallowed-exception
        } catch (final Throwable ignored) {}

        try {
            Thread.sleep(10);
        // ruleid: swallowed-exception
        } catch (InterruptedException ignored) { /* who would? */ }

        for (String row : rows) {
            try {
                client.add(row);
            // ruleid: swallowed-exception
            } catch (RuntimeException e) {
                continue;
            }
        }

        try {
            client.save();
        // ruleid: swallowed-exception
        } catch (Exception e) {
            // give up
            return;
        }
    }

    Integer negatives(Client client, String text) {
        try {
            client.save();
        // ok: swallowed-exception
        } catch (IOException e) {
            log.warn("not saved", e);
        }

        try {
            client.save();
        // ok: swallowed-exception
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }

        try {
            Class.forName("org.example.Extra");
        // ok: swallowed-exception
        } catch (ClassNotFoundException e) {
            // the extra is optional
        }

        try {
            client.close();
        // ok: swallowed-exception
        } catch (IOException ignored) {
        }

        try {
            client.read(-1);
            fail();
        // ok: swallowed-exception
        } catch (IllegalArgumentException expected) {
        }

        // try { f(); } catch (Exception e) { }
        // ok: swallowed-exception
        String sample = "try { f(); } catch (Exception e) { }";

        try {
            return Integer.valueOf(text);
        // ok: swallowed-exception
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
