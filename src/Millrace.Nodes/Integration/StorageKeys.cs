using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Millrace.Nodes.Integration;

/// <summary>
/// Which buckets and keys there can be: what names a file on every system, and an object in S3. Everything else is refused rather than
/// bent, so that two keys are never one file and no key leads out of its bucket.
/// </summary>
internal static class StorageKeys
{
    private const int MaxBucketLength = 63;
    private const int MaxKeyLength = 1_024;
    private const int MaxSegmentLength = 200;
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\\:*?\"<>|");

    private static readonly FrozenSet<string> DeviceNames = Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" })
        .Concat(["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Why a text is no bucket's name; null where it is one.</summary>
    public static string? BucketProblem(string bucket)
    {
        var isName = bucket.Length is > 0 and <= MaxBucketLength
            && bucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.')
            && char.IsAsciiLetterOrDigit(bucket[0]) && char.IsAsciiLetterOrDigit(bucket[^1]) && !IsDevice(bucket);
        return isName
            ? null
            : $"'{Shown(bucket)}' cannot be a bucket: it has 1 to {MaxBucketLength} lower-case letters, digits, '-', '_' or '.', and "
                + "begins and ends with a letter or digit.";
    }

    /// <summary>Why a text is no key; null where it is one.</summary>
    public static string? KeyProblem(string key)
    {
        if (key.Length is 0 or > MaxKeyLength)
            return $"A key has 1 to {MaxKeyLength} characters, not {key.Length}.";
        foreach (var segment in key.Split('/'))
        {
            if (SegmentProblem(segment) is { } problem)
                return $"'{Shown(key)}' cannot be a key: {problem}.";
        }
        return null;
    }

    /// <summary>Why a text cannot be the beginning of keys; null where it can.</summary>
    public static string? PrefixProblem(string prefix) =>
        prefix.Length == 0 ? null : KeyProblem(prefix.EndsWith('/') ? prefix + "x" : prefix);

    private static string? SegmentProblem(string segment)
    {
        if (segment.Length == 0)
            return "it begins or ends with '/', or has two in a row";
        if (segment is "." or "..")
            return $"it has '{segment}' between its slashes";
        if (segment[^1] is '.' or ' ' || segment[0] is ' ')
            return "a part of it begins with a blank, or ends with a blank or a dot, which some systems drop";
        if (segment.Any(char.IsControl))
            return "it has a control character";
        if (segment.AsSpan().IndexOfAny(Forbidden) is >= 0 and var at)
            return $"it has the character {segment[at]}";
        if (IsDevice(segment))
            return $"'{segment}' is a device on some systems";
        return IsText(segment, out var bytes) ? bytes > MaxSegmentLength ? $"a part of it is longer than {MaxSegmentLength} "
            + "bytes" : null : "it is not valid Unicode";
    }

    private static bool IsDevice(string name) => DeviceNames.Contains(name.Split('.')[0].TrimEnd());

    private static bool IsText(string text, out int bytes)
    {
        bytes = 0;
        try
        {
            bytes = StrictUtf8.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static string Shown(string text) => new([.. text.Take(100).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
}
