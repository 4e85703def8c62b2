using System.Globalization;

namespace Millrace.Bench.Peers;

/// <summary>What some processes and all their descendants use, from Linux's /proc.</summary>
internal static class ProcessTree
{
    // sysconf(_SC_CLK_TCK) of every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Resident memory, bytes. Of several processes of one tree, what they share counts once.</summary>
    public static long Memory(IEnumerable<int> roots) =>
        roots.Sum(root =>
            Members(root) is [var alone]
                ? Kilobytes($"/proc/{alone}/status", "VmRSS:")
                : Members(root).Sum(id => Kilobytes($"/proc/{id}/smaps_rollup", "Pss:"))) * 1024;

    /// <summary>Bytes that they gave to the disk so far.</summary>
    public static long Written(IEnumerable<int> roots) => roots.SelectMany(Members).Sum(id => Number($"/proc/{id}/io", "write_bytes:"));

    /// <summary>Processor time so far, of children that ended as well.</summary>
    public static TimeSpan ProcessorTime(IEnumerable<int> roots) => TimeSpan.FromSeconds(roots.SelectMany(Members).Sum(id =>
        Stat(id) is { } fields ? fields[11..15].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond : 0));

    private static List<int> Members(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) && Stat(id) is { } fields)
                parents[id] = int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        var members = new List<int> { root };
        for (var next = 0; next < members.Count; next++)
            members.AddRange(parents.Where(entry => entry.Value == members[next]).Select(entry => entry.Key));
        return members;
    }

    // The fields after the program's name, which may hold anything: state, parent, ...
    private static string[]? Stat(int id) => Read($"/proc/{id}/stat") is { } text ? text[(text.LastIndexOf(')') + 2)..].Split(' ') : null;

    private static long Kilobytes(string file, string name) => Number(file, name);

    private static long Number(string file, string name)
    {
        var line = Read(file)?.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    // Null: the process ended meanwhile.
    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
