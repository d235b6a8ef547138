class Positives {
  boolean pay(Order order) {
    // ruleid: unfinished
    throw new UnsupportedOperationException("Not implemented yet");
  }

  int total() {
    // ruleid: unfinished
    throw new RuntimeException("TODO");
  }

  int name() {
    // ruleid: unfinished
    throw new NotImplementedException();
  }
}

class Negatives {
  void add(Row row) {
    // ok: unfinished
    throw new UnsupportedOperationException();
  }

  void put(Row row) {
    // ok: unfinished
    throw new UnsupportedOperationException("read only");
  }

  void run() {
    // ok: unfinished
    log("not implemented yet");
  }
}
