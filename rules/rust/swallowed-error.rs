use std::fs;

fn positives(client: &mut Client, path: &str) {
    match client.save() {
        Ok(()) => client.done(),
        // ruleid: swallowed-error
        Err(_) => {}
    }

    match client.save() {
        Ok(()) => client.done(),
        // ruleid: swallowed-error
        Err(_error) => (),
    }

    // ruleid: swallowed-error
    if let Err(_) = client.save() {
        // nothing to do
    }

    // ruleid: swallowed-error
    client.save().ok();

    // ruleid: swallowed-error
    let _ = fs::write(path, "x");

    // ruleid: swallowed-error
    let _ = client.commit();
}

fn negatives(client: &mut Client, path: &str) -> Result<(), Error> {
    // ok: swallowed-error
    if let Err(error) = client.save() {
        warn!("not saved: {error}");
    }

    let size = match path.parse::<u32>() {
        Ok(size) => size,
        // ok: swallowed-error
        Err(_) => 0,
    };

    // ok: swallowed-error
    let port = path.parse::<u16>().ok();
    // ok: swallowed-error
    let _ = fs::remove_file(path);
    // ok: swallowed-error
    let _ = client.sender.send(size);
    // ok: swallowed-error
    let _ = fs::write(path, "x")?;
    // Err(_) => {}
    // ok: swallowed-error
    let sample = "Err(_) => {}";
    match port {
        Some(port) => client.bind(port, sample),
        // ok: swallowed-error
        None => {}
    }
    Ok(())
}
