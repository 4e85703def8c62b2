using System.Buffers.Binary;
using System.Text;

namespace Millrace.Destruction.Tests.Disks;

/// <summary>One change of a file, or a sync, as disk.c notes it.</summary>
/// <param name="Kind">W(rite), T(runcate), S(ync) or R(ename).</param>
/// <param name="Inode">Which file, whatever its name.</param>
/// <param name="Offset">Where.</param>
/// <param name="Length">How many bytes were changed.</param>
/// <param name="Size">How long the file was before.</param>
/// <param name="UpTo">Of a sync: how many records there were when it began.</param>
/// <param name="Path">The file's name; of a rename: the new one.</param>
/// <param name="Old">What was there before; of a rename: the old name.</param>
internal sealed record DiskRecord(char Kind, long Inode, long Offset, long Length, long Size, long UpTo, string Path, byte[] Old)
{
    /// <summary>Where the change ends.</summary>
    public long End => Kind == 'T' ? Size : Offset + Length;
}

/// <summary>What a disk did, in its order.</summary>
internal static class DiskLog
{
    private const int Fields = 8;

    /// <summary>Reads all records that were noted wholly, each with the place in the log behind it.</summary>
    public static List<(DiskRecord Record, long End)> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var records = new List<(DiskRecord, long)>();
        for (var at = 0; bytes.Length - at >= Fields * sizeof(long);)
        {
            long Field(int index) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + (index * sizeof(long))));
            var (nameLength, oldLength) = ((int)Field(6), (int)Field(7));
            var body = at + (Fields * sizeof(long));
            if (bytes.Length - body < nameLength + oldLength)
                break;
            records.Add((new DiskRecord((char)Field(0), Field(1), Field(2), Field(3), Field(4), Field(5),
                Encoding.UTF8.GetString(bytes, body, nameLength), bytes[(body + nameLength)..(body + nameLength + oldLength)]), body + nameLength + oldLength));
            at = body + nameLength + oldLength;
        }
        return records;
    }
}
