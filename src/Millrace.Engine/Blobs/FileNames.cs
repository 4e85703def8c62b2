namespace Millrace.Engine.Blobs;

/// <summary>What files may be called.</summary>
public static class FileNames
{
    private const int Longest = 255;

    /// <summary>A name without folders, control characters and what hides the end of a name; null where nothing is left.</summary>
    public static string? Clean(string? name)
    {
        if (name is null)
            return null;
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var clean = string.Concat(
            last.EnumerateRunes()
                .Where(rune =>
                    !System.Text.Rune.IsControl(rune)
                        && System.Text.Rune.GetUnicodeCategory(rune) is not System.Globalization.UnicodeCategory.Format))
            .Trim();
        if (clean.Length > Longest)
            clean = clean[..(char.IsHighSurrogate(clean[Longest - 1]) ? Longest - 1 : Longest)];
        return clean is "" or "." or ".." ? null : clean;
    }
}
