using Millrace.Core.Values;

namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>Reads JSON objects, one a line, each up to a size.</summary>
internal sealed class FrameReader(Stream stream, int limit)
{
    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>The next one; null: the stream has ended.</summary>
    /// <exception cref="InvalidDataException">It is too large.</exception>
    /// <exception cref="System.Text.Json.JsonException">It is no JSON.</exception>
    public async Task<Value?> NextAsync()
    {
        for (var seen = 0; ;)
        {
            var length = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _buffer.AsMemory(_start, seen + length);
                _start += seen + length + 1;
                return ValueJson.Parse(line.Span);
            }
            seen = _end - _start;
            if (seen > limit)
                throw new InvalidDataException("The line is too long.");
            MakeRoom();
            var count = await stream.ReadAsync(_buffer.AsMemory(_end));
            if (count == 0)
                return null;
            _end += count;
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
