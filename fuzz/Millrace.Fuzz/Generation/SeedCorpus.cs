using System.Reflection;

namespace Millrace.Fuzz.Generation;

/// <summary>The files of the Corpus folder, which are part of the program. Below finds/ lie inputs that once did harm.</summary>
internal static class SeedCorpus
{
    /// <summary>Every file of a folder such as "json", those that lie deeper included.</summary>
    public static IReadOnlyList<byte[]> Read(string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Select(name => (Name: name, Path: name.Replace('\\', '/')))
            .Where(file => file.Path.StartsWith(folder + "/", StringComparison.Ordinal))
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .Select(file => Read(assembly, file.Name))];
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
