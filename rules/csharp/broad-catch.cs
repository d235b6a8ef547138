class Positives {
    void Run(Row row) {
        try { row.Save(); }
        // ruleid: broad-catch
        catch (Exception e) { log.Warn(e); }

        try { row.Save(); }
        // ruleid: broad-catch
        catch { row.Undo(); }

        try { row.Save(); }
        // ruleid: broad-catch
        catch (System.Exception) { return; }
    }
}

class Negatives {
    void Run(Row row) {
        try { row.Save(); }
        // ok: broad-catch
        catch (IOException e) { log.Warn(e); }

        try { row.Save(); }
        // ok: broad-catch
        catch (Exception) { row.Undo(); throw; }

        try { row.Save(); }
        // ok: broad-catch
        catch (Exception e) when (e is IOException) { log.Warn(e); }

        try { row.Save(); }
        // ok: broad-catch
        catch (Exception e) { throw new RowException("not saved", e); }
    }
}
