using Microsoft.Extensions.Logging;

namespace Millrace.Engine.Runtime;

/// <summary>Work that nobody waits for.</summary>
internal static class Unawaited
{
    /// <summary>Lets a task run on by itself. What it does not catch is logged: nobody else would hear of it.</summary>
    /// <param name="task">The background task whose failure is logged.</param>
    /// <param name="logger">Who hears of it.</param>
    /// <param name="executionId">The execution that it is for.</param>
    public static void RunOn(this Task task, ILogger logger, string executionId)
    {
        if (!task.IsCompletedSuccessfully)
            _ = ObserveAsync(task, logger, executionId);
    }

    private static async Task ObserveAsync(Task task, ILogger logger, string executionId)
    {
        try
        {
            await task;
        }
        catch (Exception e)
        {
            logger.LogError(e, "Background work for execution {ExecutionId} failed", executionId);
        }
    }
}
