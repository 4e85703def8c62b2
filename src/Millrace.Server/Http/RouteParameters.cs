using System.Globalization;

namespace Millrace.Server.Http;

/// <summary>Reads the variable parts of a route.</summary>
internal static class RouteParameters
{
    /// <summary>A part of the path, decoded.</summary>
    public static string RouteText(this HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    /// <summary>A number from 1 in the path; null: it is none.</summary>
    public static int? RouteNumber(this HttpContext context, string name) =>
        int.TryParse(context.RouteText(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : null;
}
