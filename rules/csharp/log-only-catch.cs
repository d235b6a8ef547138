class Positives {
    void Run(Row row) {
        try { row.Save(); }
        // ruleid: log-only-catch
        catch (Exception e) { Console.WriteLine(e); }

        try { row.Save(); }
        // ruleid: log-only-catch
        catch (IOException e) { Console.Error.WriteLine(e.Message); Console.WriteLine("not saved"); }

        try { row.Save(); }
        // ruleid: log-only-catch
        catch (Exception e) { System.Diagnostics.Debug.WriteLine(e.Message); }
    }
}

class Negatives {
    int Run(Row row) {
        try { row.Save(); }
        // ok: log-only-catch
        catch (Exception e) { logger.LogError(e, "not saved"); }

        try { row.Save(); }
        // ok: log-only-catch
        catch (Exception e) { Console.WriteLine(e); throw; }

        try { row.Save(); }
        // ok: log-only-catch
        catch (Exception e) { Console.Error.WriteLine(e); return 1; }

        try { row.Save(); }
        // ok: log-only-catch
        catch (IOException e) when (e.HResult == 1) { Console.WriteLine("busy"); }
        return 0;
    }
}
