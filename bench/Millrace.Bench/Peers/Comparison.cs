using System.Globalization;
using System.Text;

namespace Millrace.Bench.Peers;

/// <summary>Figures of several systems and rounds, printed as one markdown table of medians.</summary>
internal sealed class Comparison(TextWriter progress)
{
    private readonly List<string> _systems = [];
    private readonly List<(string Name, int Decimals)> _rows = [];
    private readonly Dictionary<(string Row, string System), List<double>> _figures = [];

    /// <summary>Adds a figure of one round.</summary>
    /// <param name="row">What was measured, with its unit.</param>
    /// <param name="system">Of what.</param>
    /// <param name="value">The figure.</param>
    /// <param name="decimals">How many decimals are worth showing.</param>
    public void Add(string row, string system, double value, int decimals = 0)
    {
        if (!_systems.Contains(system, StringComparer.Ordinal))
            _systems.Add(system);
        if (!_rows.Exists(known => string.Equals(known.Name, row, StringComparison.Ordinal)))
            _rows.Add((row, decimals));
        if (!_figures.TryGetValue((row, system), out var figures))
            _figures[(row, system)] = figures = [];
        figures.Add(value);
        progress.WriteLine($"  {system,-10} {row}: {Text(value, decimals)}");
    }

    /// <summary>Adds the rate, the median and the 99th percentile of some requests.</summary>
    /// <param name="workload">What was asked.</param>
    /// <param name="system">Of what.</param>
    /// <param name="times">Microseconds of each request.</param>
    /// <param name="duration">How long it ran.</param>
    /// <param name="processor">Processor time of the system.</param>
    public void AddRequests(string workload, string system, List<double> times, TimeSpan duration, TimeSpan processor)
    {
        times.Sort();
        Add($"{workload}: workflows/s", system, times.Count / duration.TotalSeconds);
        Add($"{workload}: p50, ms", system, times[times.Count / 2] / 1_000, 2);
        Add($"{workload}: p99, ms", system, times[(int)((times.Count - 1) * 0.99)] / 1_000, 2);
        Add($"{workload}: CPU each, ms", system, processor.TotalMilliseconds / times.Count, 2);
    }

    /// <summary>The table: a row for each measure, a column for each system, and how Millrace stands to each of the others.</summary>
    public string ToMarkdown()
    {
        var others = _systems.Where(system => system is not "Millrace").ToList();
        var text = new StringBuilder();
        text.AppendLine($"| | {string.Join(" | ", _systems)} | {string.Join(" | ", others.Select(other => $"Millrace / {other}"))} |");
        text.AppendLine($"|---|{string.Concat(Enumerable.Repeat("--:|", _systems.Count + others.Count))}");
        foreach (var (row, decimals) in _rows.OrderBy(row => row.Name[..2], StringComparer.Ordinal))
        {
            var own = Median(row, "Millrace");
            var cells = _systems.Select(system => Median(row, system) is { } value ? Text(value, decimals) : "–")
                .Concat(
                    others.Select(
                        other => own is { } mine && Median(row, other) is { } theirs && theirs > 0 ? Text(mine / theirs, 2) : "–"));
            text.AppendLine($"| {row} | {string.Join(" | ", cells)} |");
        }
        return text.ToString();
    }

    private double? Median(string row, string system) =>
        _figures.TryGetValue((row, system), out var figures) ? figures.Order().ElementAt(figures.Count / 2) : null;

    private static string Text(double value, int decimals) => value.ToString($"N{decimals}", CultureInfo.InvariantCulture);
}
