using Millrace.Cli.Documents;
using Millrace.Cli.Running;
using Millrace.Core.Values;
using Millrace.Server.Configuration;

namespace Millrace.Cli.CrashTesting;

/// <summary>What is tested, and how.</summary>
internal sealed record CrashTestSetup
{
    public required WorkflowFile File { get; init; }

    /// <summary>What every run is started with.</summary>
    public required RunStart Start { get; init; }

    public required ServerSettings Settings { get; init; }

    /// <summary>What nodes give instead of having their effect, by node id.</summary>
    public MapValue Outputs { get; init; } = MapValue.Empty;

    /// <summary>What nodes that wait are answered, by node id.</summary>
    public MapValue Answers { get; init; } = MapValue.Empty;

    /// <summary>Whether effects happen; else they are only recorded.</summary>
    public bool IsLive { get; init; }

    /// <summary>The longest that one run may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The maximum number of crashes.</summary>
    public required int MaxCrashes { get; init; }
}
