class Shop {
    void positives(Order order) {
        try {
            charge(order);
        // ruleid: log-only-catch
        } catch (PaymentException e) {
            e.printStackTrace();
        }
        try {
            ship(order);
        // ruleid: log-only-catch
        } catch (Exception ex) {
            System.out.println("not shipped: " + ex.getMessage());
        }
        try {
            mail(order);
        // ruleid: log-only-catch
        } catch (IOException e) {
            System.err.println("no mail");
            e.printStackTrace();
        }
    }

    void negatives(Order order, PrintWriter writer) throws IOException {
        try {
            charge(order);
        // ok: log-only-catch
        } catch (PaymentException e) {
            logger.error("charging {}", order, e);
        }
        try {
            charge(order);
        // ok: log-only-catch
        } catch (PaymentException e) {
            e.printStackTrace();
            throw new IllegalStateException(e);
        }
        try {
            charge(order);
        // ok: log-only-catch
        } catch (PaymentException e) {
            e.printStackTrace(writer);
        }
        try {
            wait();
        // ok: log-only-catch
        } catch (InterruptedException e) {
            System.err.println("stopping");
            Thread.currentThread().interrupt();
        }
        // catch (Exception e) { e.printStackTrace(); }
        // ok: log-only-catch
        writer.println("e.printStackTrace()");
    }
}
