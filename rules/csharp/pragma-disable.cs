// ruleid: pragma-disable
#nullable disable
class Rows
{
// ruleid: pragma-disable
#pragma warning disable CS0168
    void Positives()
    {
        int unused;
    }
// ok: pragma-disable
#pragma warning restore CS0168

    // ruleid: pragma-disable
    [SuppressMessage("Style", "IDE0060")]
    void More(int unused)
    {
        // ruleid: pragma-disable
        // ReSharper disable once UnusedVariable
        int other;
    }

    // ok: pragma-disable
    [Obsolete("use More")]
    void Old()
    {
        // ok: pragma-disable
        // The pragma warning of this file was removed.
        Log("#pragma warning disable");
    }
}
// ok: pragma-disable
#nullable enable
