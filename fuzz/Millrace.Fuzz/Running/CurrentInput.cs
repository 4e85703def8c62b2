using System.IO.MemoryMappedFiles;

namespace Millrace.Fuzz.Running;

/// <summary>The input at hand, in a file that survives the process: an overflow of the stack ends it without a word.</summary>
internal sealed class CurrentInput : IDisposable
{
    private const int Capacity = 1024 * 1024;

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public CurrentInput(FindFolder folder, string target)
    {
        Directory.CreateDirectory(folder.Path);
        _path = Path.Combine(folder.Path, $"{target}-current");
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Create, null, Capacity);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>The input's length, four bytes, and the input; what is too long is cut.</summary>
    public void Write(byte[] input)
    {
        var length = Math.Min(input.Length, Capacity - sizeof(int));
        _view.Write(0, length);
        _view.WriteArray(sizeof(int), input, 0, length);
    }

    public byte[] Read()
    {
        var input = new byte[_view.ReadInt32(0)];
        _view.ReadArray(sizeof(int), input, 0, input.Length);
        return input;
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
