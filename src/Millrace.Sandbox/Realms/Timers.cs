using Jint;
using Jint.Native;
using Jint.Runtime;

namespace Millrace.Sandbox.Realms;

/// <summary>What a call has put off: run in the order in which it is due, one after the other.</summary>
internal sealed class Timers
{
    private const double MaxMilliseconds = int.MaxValue;

    private readonly PriorityQueue<int, (long Due, long Order)> _due = new();
    private readonly Dictionary<int, Timer> _timers = [];
    private int _last;
    private long _order;

    /// <summary>Whether nothing is put off.</summary>
    public bool IsEmpty => _timers.Count == 0;

    /// <summary>Puts something off.</summary>
    /// <param name="arguments">The function, the milliseconds, and what the function is given.</param>
    /// <param name="repeats">Again and again.</param>
    /// <returns>Its number.</returns>
    public JsValue Add(Engine engine, JsValue[] arguments, bool repeats)
    {
        if (arguments.Length == 0 || !arguments[0].IsCallable())
            throw new JavaScriptException(engine.Intrinsics.TypeError, "A timer needs a function");
        var asked = arguments.Length > 1 ? TypeConverter.ToNumber(arguments[1]) : 0;
        var wait = (long)(asked is >= 1 and <= MaxMilliseconds ? asked : 1);
        var timer = new Timer(++_last, arguments[0], arguments.Length > 2 ? arguments[2..] : [], wait, repeats);
        _timers.Add(timer.Id, timer);
        Enqueue(timer);
        return JsNumber.Create(timer.Id);
    }

    /// <summary>Takes one back; one that there is not is none.</summary>
    public JsValue Remove(JsValue[] arguments)
    {
        if (arguments.Length > 0 && arguments[0].IsNumber())
            _timers.Remove((int)arguments[0].AsNumber());
        return JsValue.Undefined;
    }

    /// <summary>Waits for the next one that is due, and runs it.</summary>
    /// <param name="engine">The realm.</param>
    public void RunNext(Engine engine)
    {
        while (_due.TryDequeue(out var id, out var when))
        {
            if (!_timers.TryGetValue(id, out var timer))
                continue;
            var wait = when.Due - Environment.TickCount64;
            if (wait > 0)
                Thread.Sleep((int)Math.Min(wait, int.MaxValue));
            if (timer.Repeats)
                Enqueue(timer);
            else
                _timers.Remove(id);
            engine.Call(timer.Function, JsValue.Undefined, timer.Arguments);
            return;
        }
    }

    private void Enqueue(Timer timer) => _due.Enqueue(timer.Id, (Environment.TickCount64 + timer.Milliseconds, _order++));

    private sealed record Timer(int Id, JsValue Function, JsValue[] Arguments, long Milliseconds, bool Repeats);
}
