class Tests {
    // ruleid: skipped-test
    @Disabled
    @Test
    void saves() {}

    // ruleid: skipped-test
    @Ignore("flaky")
    @Test
    public void loads() {}

    // ruleid: skipped-test
    @Test(enabled = false)
    public void drops() {}

    // ok: skipped-test
    @DisabledOnOs(OS.WINDOWS)
    @Test
    void forks() {}

    // ok: skipped-test
    @Test(enabled = true)
    public void counts() {}

    // ok: skipped-test
    @JsonIgnore
    private int row;

    // @Disabled
    // ok: skipped-test
    @Test
    void text() {
        String text = "@Disabled";
    }
}
