class Positives {
  boolean pay(Order order) {
    // ruleid: placeholder-implementation
    // In a real implementation, this would call the bank.
    return true;
  }

  int total(Order order) {
    // ruleid: placeholder-implementation
    /* placeholder implementation */
    return 42;
  }

  String name() {
    // ruleid: placeholder-implementation
    // TODO: implement this
    return "name";
  }
}

class Negatives {
  // ok: placeholder-implementation
  // In a real implementation, this would call the bank.
  boolean pay(Order order) {
    // ok: placeholder-implementation
    // TODO: use a faster hash
    return bank.pay(order);
  }

  String text() {
    // ok: placeholder-implementation
    return "In a real implementation, this would call the bank.";
  }

  int real() {
    // ok: placeholder-implementation
    // the real total, with tax
    return sum();
  }
}
