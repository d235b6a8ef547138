fn load(path: &str) -> Result<Config, Error> {
    // ruleid: unwrap-in-result
    let text = std::fs::read_to_string(path).unwrap();
    // ruleid: unwrap-in-result
    let config = toml::from_str(&text).expect("bad config");
    Ok(config)
}

async fn send(url: &str) -> anyhow::Result<()> {
    // ruleid: unwrap-in-result
    client().post(url).send().await.unwrap();
    Ok(())
}

fn first(rows: &[Row]) -> io::Result<Row> {
    // ruleid: unwrap-in-result
    Ok(rows.first().unwrap())
}

fn clean(path: &str, state: &Mutex<State>) -> Result<Config, Error> {
    // ok: unwrap-in-result
    let text = std::fs::read_to_string(path)?;
    // ok: unwrap-in-result
    let state = state.lock().unwrap();
    // ok: unwrap-in-result
    let pattern = Regex::new("^[a-z]+$").unwrap();
    // ok: unwrap-in-result
    let address = "127.0.0.1:0".parse::<SocketAddr>().unwrap();
    // ok: unwrap-in-result
    let port = state.port.unwrap_or(80);
    // ok: unwrap-in-result
    let head = text.chars().next().expect("the text is not empty here");
    // path.parse().unwrap()
    // ok: unwrap-in-result
    parse(&text, "x.unwrap()")
}

fn plain(path: &str) -> String {
    // ok: unwrap-in-result
    std::fs::read_to_string(path).unwrap()
}

mod tests {
    fn reads() -> Result<(), Error> {
        // ok: unwrap-in-result
        let text = load("a.toml").unwrap();
        Ok(())
    }
}
