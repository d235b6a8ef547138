// ruleid: ignored-test
#[ignore]
#[test]
fn saves() {}

#[tokio::test]
// ruleid: ignored-test
#[ignore]
async fn loads() {}

// ruleid: ignored-test
#[test] #[ignore] fn drops() {}

// ok: ignored-test
#[ignore = "needs a database"]
#[test]
fn connects() {}

// ok: ignored-test
#[cfg_attr(windows, ignore)]
#[test]
fn forks() {}

// ok: ignored-test
#[serde(ignore)]
struct Row;

// #[ignore]
// ok: ignored-test
const TEXT: &str = "#[ignore]";
