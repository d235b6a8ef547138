class OrderTest {
  @Test
  void sends() throws Exception {
    send();
    // ruleid: sleep-in-test
    Thread.sleep(2000);
    assertTrue(sent());
  }

  @Test
  void pays() throws Exception {
    pay();
    // ruleid: sleep-in-test
    TimeUnit.SECONDS.sleep(1);
    // ruleid: sleep-in-test
    Thread.sleep(10);
  }

  @Test
  void waits() throws Exception {
    while (!sent()) {
      // ok: sleep-in-test
      Thread.sleep(1);
    }
    // ok: sleep-in-test
    clock.sleep(1000);
  }

  void slow() throws Exception {
    // ok: sleep-in-test
    Thread.sleep(1000);
  }
}
