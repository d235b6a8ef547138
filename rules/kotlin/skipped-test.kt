class OrderTest {
    // ruleid: skipped-test
    @Ignore
    @Test
    fun adds() {}

    // ruleid: skipped-test
    @Disabled("flaky")
    @Test
    fun pays() {}

    @Test
    // ruleid: skipped-test
    @Ignore("later")
    fun sends() {}

    // ok: skipped-test
    @Test
    fun totals() {}

    // ok: skipped-test
    @DisabledOnOs(OS.WINDOWS)
    @Test
    fun paths() {}

    // ok: skipped-test
    @JsonIgnore
    val name = "Ignore"
}
