class Positives {
  void run(Row row) {
    try {
      row.save();
    // ruleid: broad-catch
    } catch (Exception e) {
      log.warn("not saved", e);
    }
    try {
      row.save();
    // ruleid: broad-catch
    } catch (Throwable t) {
      row.undo();
    }
    try {
      row.save();
    // ruleid: broad-catch
    } catch (final RuntimeException e) {
      return;
    }
  }
}

class Negatives {
  void run(Row row) throws IOException {
    try {
      row.save();
    // ok: broad-catch
    } catch (IOException | SQLException e) {
      log.warn("not saved", e);
    }
    try {
      row.save();
    // ok: broad-catch
    } catch (Exception e) {
      row.undo();
      throw new IllegalStateException("not saved", e);
    }
    try {
      row.save();
    // ok: broad-catch
    } catch (MyException e) {
      row.undo();
    }
  }
}
