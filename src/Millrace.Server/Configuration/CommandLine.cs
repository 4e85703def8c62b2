using Millrace.Core.Values;

namespace Millrace.Server.Configuration;

/// <summary>Reads options such as <c>--port 9000</c> and <c>--port=9000</c>.</summary>
internal static class CommandLine
{
    public static Dictionary<string, string?> Read(IReadOnlyList<string> arguments, ICollection<string> problems)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                problems.Add($"'{argument}' is not an option. Options begin with '--', such as '--port 8001'.");
                continue;
            }
            var assignment = argument.IndexOf('=', StringComparison.Ordinal);
            var option = assignment < 0 ? argument[2..] : argument[2..assignment];
            var value = assignment >= 0 ? argument[(assignment + 1)..]
                : i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal) ? arguments[++i]
                : null;
            if (SettingNames.Find(option.Replace('-', '_')) is not { } name)
                problems.Add($"'--{option}' is not an option. {Suggestion(option)}");
            else if (value is null)
                problems.Add($"'--{option}' needs a value, such as '--{option}=VALUE'.");
            else
                values[name] = value;
        }
        return values;
    }

    private static string Suggestion(string option) => ClosestName.Find(option, SettingNames.Options) is { } guess
        ? $"Did you mean '--{guess}'?"
        : $"There are {string.Join(", ", SettingNames.Options.Select(name => "--" + name))}.";
}
