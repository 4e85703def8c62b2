using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

// The copy of the variables that the execution's row has.
internal sealed partial class Mailbox
{
    /// <summary>Variables of no more bytes are written with each commit that changes them.</summary>
    internal const int FewBytes = 1024;

    // Which variables were written last, what that took, and how much was journaled since.
    private long _storedVariables;
    private long _variablesBytes;
    private long _journaledBytes;

    // A list to which each of many items adds would be written whole as many times. So large variables follow when as much was journaled
    // as they took last, and before the execution is let go: all these copies together are no more than the journal.
    private bool AreVariablesDue => _storedVariables != _state.VariablesRevision
        && (_isLetGo || _variablesBytes <= FewBytes || _journaledBytes >= _variablesBytes);

    private JsonText StoredVariables()
    {
        if (_storedVariables != _state.VariablesRevision)
            (_storedVariables, _journaledBytes) = (_state.VariablesRevision, 0);
        var keptBefore = _values.BytesKept;
        var stored = Stored(_state.Variables);
        _variablesBytes = stored.Utf8.Length + _values.BytesKept - keptBefore;
        return stored;
    }
}
