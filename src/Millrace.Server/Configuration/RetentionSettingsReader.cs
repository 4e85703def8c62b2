using Millrace.Core.Definitions;
using Millrace.Engine.Retention;

namespace Millrace.Server.Configuration;

/// <summary>Reads how long what has ended is kept.</summary>
internal sealed class RetentionSettingsReader(SettingValues values)
{
    public RetentionOptions Read()
    {
        var usual = new RetentionOptions();
        return usual with
        {
            Defaults = Defaults(),
            Interval = values.Duration(SettingNames.RetentionInterval, TimeSpan.FromSeconds(1)) ?? usual.Interval,
            IdempotencyKeys = values.Duration(SettingNames.IdempotencyRetention, TimeSpan.FromMinutes(1)) ?? usual.IdempotencyKeys,
            Events = values.Duration(SettingNames.EventRetention, TimeSpan.FromMinutes(1)) ?? usual.Events,
        };
    }

    private RetentionPolicy Defaults()
    {
        var policy = RetentionPolicy.Unsaid;
        foreach (var part in values.List(SettingNames.Retention))
        {
            var (status, text) = part.Split('=', 2, StringSplitOptions.TrimEntries) is [var name, var value]
                ? (name.ToLowerInvariant(), value)
                : ("", part);
            RetentionPolicy? next = null;
            if (RetentionPolicy.TryParse(text, out var keep))
            {
                next = status switch
                {
                    "" => RetentionPolicy.Of(keep),
                    "completed" => policy with { Completed = keep },
                    "failed" => policy with { Failed = keep },
                    "cancelled" => policy with { Cancelled = keep },
                    _ => null,
                };
            }
            if (next is null)
                values.Problem(
                    $"{SettingNames.Retention} has '{part}'. Use {RetentionPolicy.Expected}, "
                    + "or one for each status: completed=7d,failed=90d,cancelled=7d.");
            policy = next ?? policy;
        }
        return policy;
    }
}
