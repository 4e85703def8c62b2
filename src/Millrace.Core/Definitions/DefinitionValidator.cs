using System.Collections.Immutable;
using Millrace.Core.Definitions.Validation;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>Finds everything that is wrong with what a definition says, all at once. Executes nothing.</summary>
public static class DefinitionValidator
{
    /// <summary>
    /// Validates. Pointers lead into <paramref name="document"/>, the authored tree the definition was read from; without one, into the
    /// canonical form of <see cref="DefinitionWriter"/>. Cycles are not judged here: see <see cref="DefinitionCycles"/>.
    /// </summary>
    public static ImmutableArray<Problem> Validate(WorkflowDefinition definition, Value? document, INodeCatalog catalog)
    {
        var checking = new Checking(definition, document, catalog);
        WorkflowChecks.Run(checking);
        GraphChecks.Run(checking);
        return checking.Problems.ToImmutable();
    }
}
