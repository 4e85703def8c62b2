using System.Runtime.InteropServices;
using Millrace.Cli.Output;
using Spectre.Console;

namespace Millrace.Cli.Running;

/// <summary>Ctrl-C and its like: the first time it asks to end, the second time it ends.</summary>
internal sealed class Interruption : IDisposable
{
    // What shells expect of a process that an interruption ended: 128 and the signal's number.
    private const int EndedBySignal = 130;

    private readonly CancellationTokenSource _source;
    private readonly Terminal _terminal;
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption(Terminal terminal, CancellationToken otherwise)
    {
        _terminal = terminal;
        _source = CancellationTokenSource.CreateLinkedTokenSource(otherwise);
        // A terminal that is closed counts too: the run must not leave its files behind.
        _registrations =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(
                signal => PosixSignalRegistration.Create(signal, Handle)),
        ];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!_source.IsCancellationRequested)
        {
            _source.Cancel();
            return;
        }
        _terminal.RichError?.Cursor.Show();
        Environment.Exit(EndedBySignal);
    }
}
