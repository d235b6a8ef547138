class Tests
{
    // ruleid: skipped-test
    [Fact(Skip = "flaky")]
    public void Saves() { }

    // ruleid: skipped-test
    [Ignore]
    [TestMethod]
    public void Loads() { }

    // ruleid: skipped-test
    [Test, Ignore("later")]
    public void Drops() { }

    // ok: skipped-test
    [Fact(DisplayName = "counts")]
    public void Counts() { }

    // ok: skipped-test
    [SkippableFact]
    public void Forks() { }

    // ok: skipped-test
    [JsonIgnore]
    public int Row { get; set; }

    // [Ignore]
    // ok: skipped-test
    public string Text => "[Ignore]";
}
