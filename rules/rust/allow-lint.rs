// ruleid: allow-lint
#![allow(dead_code)]

// ruleid: allow-lint
#[allow(unused_variables)]
fn positives(path: &str) {
    // ruleid: allow-lint
    #[allow(clippy::unwrap_used, clippy::panic)]
    let text = read(path).unwrap();
    drop(text);
}

// ok: allow-lint
#[allow(clippy::too_many_arguments, reason = "mirrors the C function")]
fn negatives(path: &str) {
    // ok: allow-lint
    #[expect(unused_variables)]
    let text = read(path);
}

// ok: allow-lint
#[allow(non_snake_case)]
fn GetLastError() {}

// ok: allow-lint
#[deny(missing_docs)]
mod inner {
    // #[allow(dead_code)]
    // ok: allow-lint
    const TEXT: &str = "#[allow(dead_code)]";
}
