using System.Collections.Immutable;

namespace Millrace.Server.Plugins;

/// <summary>Plug-ins that cannot be used: the process does not start without what its workflows may need.</summary>
/// <param name="problems">A sentence for each, which names the file and says what to do.</param>
internal sealed class PluginException(ImmutableArray<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public ImmutableArray<string> Problems { get; } = problems;
}
