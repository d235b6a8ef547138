using System;
using System.IO;

class Store
{
    void Positives(Client client, string[] rows)
    {
        try { client.Save(); }
        // ruleid: swallowed-exception
        catch { }

        try { client.Save(); }
        // ruleid: swallowed-exception
        catch (Exception)
        {
            // nothing to do
        }

        try { client.Save(); }
        // ruleid: swallowed-exception
        catch (IOException ex) // nothing to do
        {
        }

        foreach (var row in rows)
        {
            try { client.Add(row); }
            // ruleid: swallowed-exception
            catch (System.Exception ex) { continue; }
        }

        try { client.Save(); }
        // ruleid: swallowed-exception
        catch
        {
            // give up
            return;
        }
    }

    int? Negatives(Client client, string text)
    {
        try { client.Save(); }
        // ok: swallowed-exception
        catch (IOException ex) { logger.LogWarning(ex, "not saved"); }

        try { client.Save(); }
        // ok: swallowed-exception
        catch (Exception) { client.Abort(); throw; }

        try { client.Save(); }
        // ok: swallowed-exception
        catch (HttpRequestException ex) when (ex.StatusCode == HttpStatusCode.NotFound) { }

        try { client.Wait(); }
        // ok: swallowed-exception
        catch (OperationCanceledException) { }

        // try { F(); } catch { }
        // ok: swallowed-exception
        var sample = "try { F(); } catch { }";

        try { return int.Parse(text); }
        // ok: swallowed-exception
        catch (FormatException) { return null; }
    }
}
