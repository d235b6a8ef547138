class Shop {
    bool Pay(Order order) {
        // ruleid: unfinished
        throw new NotImplementedException();
    }

    // ruleid: unfinished
    int Total(Order order) => throw new NotImplementedException("later");

    // ruleid: unfinished
    string Name { get { throw new System.NotImplementedException(); } }

    // ok: unfinished
    void Add(Row row) { throw new NotSupportedException("read only"); }

    void Run() {
        // ok: unfinished
        try { Pay(null); } catch (NotImplementedException e) { log.Warn(e); }
        // ok: unfinished
        // throw new NotImplementedException();
        Log("NotImplementedException");
    }
}
