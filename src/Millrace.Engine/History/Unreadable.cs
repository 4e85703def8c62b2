using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Engine.History;

/// <summary>Says of an execution that what is stored of it cannot be read, and what can be done.</summary>
internal static class Unreadable
{
    /// <summary>What a reader of a whole execution throws in place of what says which part is damaged.</summary>
    public static InvalidDataException Because(ExecutionSummary record, InvalidDataException damage)
    {
        // A reader inside this one has said so already.
        if (damage.InnerException is InvalidDataException)
            return damage;
        var remedy = record.Status.IsTerminal() ? "Restore it from a backup, or delete it." : "Restore it from a backup, or cancel it.";
        return new InvalidDataException($"Execution '{record.Id}' cannot be read: {damage.Message} {remedy}", damage);
    }
}
