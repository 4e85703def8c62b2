using System.Globalization;
using Millrace.Fuzz.Targets;

namespace Millrace.Fuzz;

/// <summary>What the command line asks for.</summary>
/// <param name="Time">How long to look, all seeds together.</param>
/// <param name="Seeds">Seeds; they share the time.</param>
/// <param name="Finds">The folder that reproducers go to.</param>
/// <param name="Targets">What to look at, one thread each.</param>
/// <param name="Reproduce">A reproducer to run once instead; null: none.</param>
internal sealed record FuzzOptions(TimeSpan Time, IReadOnlyList<int> Seeds, string Finds, IReadOnlyList<Target> Targets, string? Reproduce)
{
    public static readonly string Usage =
        $"""
        Millrace.Fuzz [--minutes N] [--seed S[,S...]] [--finds DIR] [--reproduce FILE] [TARGET...]
          --minutes    how long to look (default 1)
          --seed       numbers or 'random'; several share the time (default random)
          --finds      the folder for what was found (default fuzz-finds)
          --reproduce  runs one input through the given targets and says what comes of it
          targets      {string.Join(", ", AllTargets.Names)} (default all)
        """;

    public static (FuzzOptions? Options, string? Mistake) Read(string[] args)
    {
        var options = new FuzzOptions(TimeSpan.FromMinutes(1), [RandomSeed()], "fuzz-finds", [], null);
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                if (AllTargets.Find(name) is not { } target)
                    return (null, $"There is no target '{name}'.");
                options = options with { Targets = [.. options.Targets, target] };
                continue;
            }
            if (++i == args.Length)
                return (null, $"'{name}' needs a value.");
            if (options.With(name, args[i]) is not { } more)
                return (null, $"'{name} {args[i]}' is not understood.");
            options = more;
        }
        return (options.Targets.Count > 0 ? options : options with { Targets = AllTargets.Create() }, null);
    }

    private FuzzOptions? With(string name, string value)
    {
        switch (name)
        {
            case "--minutes" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes)
                && minutes is > 0 and < 100_000:
                return this with { Time = TimeSpan.FromMinutes(minutes) };
            case "--seed":
                var seeds = value.Split(',').Select(Seed).ToList();
                return seeds.Contains(null) ? null : this with { Seeds = [.. seeds.OfType<int>()] };
            case "--finds": return this with { Finds = value };
            case "--reproduce": return this with { Reproduce = value };
            default: return null;
        }
    }

    private static int? Seed(string text) => string.Equals(text, "random", StringComparison.Ordinal) ? RandomSeed()
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) ? seed : null;

    private static int RandomSeed() => Random.Shared.Next(1, 1_000_000_000);
}
