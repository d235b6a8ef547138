struct Store;

impl Store {
    fn save(&self, row: Row) -> Result<(), Error> {
        // ruleid: unfinished
        todo!()
    }

    fn load(&self, key: &str) -> Row {
        // ruleid: unfinished
        unimplemented!();
    }

    fn drop_row(&self, key: &str) {
        // ruleid: unfinished
        std::todo!("drop {key}");
    }

    fn count(&self) -> usize {
        // ruleid: unfinished
        unimplemented!("not implemented for now")
    }
}

impl Sink for Store {
    fn seek(&mut self, to: u64) {
        // ok: unfinished
        unimplemented!("a pipe has no position to seek to")
    }

    fn flush(&mut self) {
        match self.state {
            State::Open => {}
            // ok: unfinished
            State::Closed => unreachable!(),
        }
        // todo!()
        // ok: unfinished
        println!("todo!()");
        // ok: unfinished
        my_todo!();
    }
}
