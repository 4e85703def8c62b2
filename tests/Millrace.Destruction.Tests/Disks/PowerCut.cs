using System.Text;

namespace Millrace.Destruction.Tests.Disks;

/// <summary>
/// Makes of files what a power cut could have left: of what was not synced, any block may be as it was before any of the writes to it.
/// </summary>
internal sealed class PowerCut
{
    private readonly Random _random;
    private readonly Func<string, string> _place;
    private readonly bool _losesAll;
    private readonly int _blockSize;

    private PowerCut(Random random, bool losesAll, Func<string, string> place)
    {
        _random = random;
        _place = place;
        _losesAll = losesAll || random.Next(3) == 0;
        _blockSize = random.Next(2) == 0 ? 512 : 4096;
    }

    /// <summary>Cuts the power after the last record.</summary>
    /// <param name="records">What the disk did, in its order.</param>
    /// <param name="random">Decides what is lost.</param>
    /// <param name="losesAll">Whether all is lost that can be.</param>
    /// <param name="place">Where a file is now, by its name in the records; null: there.</param>
    public static void Strike(IReadOnlyList<DiskRecord> records, Random random, bool losesAll = false, Func<string, string>? place = null)
    {
        var cut = new PowerCut(random, losesAll, place ?? (name => name));
        var synced = new Dictionary<long, long>();
        foreach (var sync in records.Where(record => record.Kind == 'S'))
            synced[sync.Inode] = sync.UpTo;
        var open = records.Select((record, index) => (Record: record, Index: index))
            .Where(one => one.Record.Kind != 'S' && one.Index >= synced.GetValueOrDefault(one.Record.Inode))
            .Select(one => one.Record);
        foreach (var file in open.GroupBy(record => record.Inode))
            cut.Undo([.. file]);
    }

    /// <summary>Goes back to an earlier moment, with nothing lost.</summary>
    /// <param name="records">What the disk did since, in its order.</param>
    /// <param name="place">Where a file is now, by its name in the records.</param>
    public static void Rewind(IEnumerable<DiskRecord> records, Func<string, string> place)
    {
        foreach (var record in records.Reverse())
        {
            if (record.Kind == 'R')
                File.Move(place(record.Path), place(Encoding.UTF8.GetString(record.Old)), overwrite: true);
            else if (record.Kind != 'S')
                Restore(place(record.Path), record, record.Offset, record.End, record.Size);
        }
    }

    private void Undo(List<DiskRecord> open)
    {
        // Where a file was cut off, what is left of it depends on what came first: it is all or nothing then.
        var isWhole = _losesAll || open.Exists(record => record.Kind == 'T');
        var lost = open.SelectMany(Blocks).GroupBy(block => block).ToDictionary(block => block.Key, block => isWhole ? block.Count() : _random.Next(block.Count() + 1));
        var left = new Dictionary<long, int>(lost);
        var name = open[^1].Path;
        foreach (var record in Enumerable.Reverse(open))
        {
            if (record.Kind == 'R' && (isWhole || _random.Next(2) == 0))
            {
                File.Move(_place(name), _place(Encoding.UTF8.GetString(record.Old)), overwrite: true);
                name = Encoding.UTF8.GetString(record.Old);
            }
            foreach (var block in Blocks(record).Where(block => left[block]-- > 0))
                Restore(_place(name), record, Math.Max(record.Offset, block * _blockSize), Math.Min(record.End, (block + 1) * _blockSize), size: null);
        }
        if (open.Find(record => record.Kind != 'R') is { } first && (isWhole || _random.Next(2) == 0))
            Cut(_place(name), Math.Max(first.Size, SizeKept(open, lost)));
    }

    // A block of which any write was kept is there, and so is the file up to it.
    private long SizeKept(List<DiskRecord> open, Dictionary<long, int> lost)
    {
        var writes = open.SelectMany(Blocks).GroupBy(block => block).ToDictionary(block => block.Key, block => block.Count());
        return open.SelectMany(record => Blocks(record).Where(block => lost[block] < writes[block]).Select(block => Math.Min(record.End, (block + 1) * _blockSize))).Append(0).Max();
    }

    private IEnumerable<long> Blocks(DiskRecord record)
    {
        for (var block = record.Offset / _blockSize; record.Kind != 'R' && block * _blockSize < record.End; block++)
            yield return block;
    }

    private static void Cut(string path, long size)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        if (file.Length > size)
            file.SetLength(size);
    }

    // What was beyond the end of the file reads as zeros where its new length is kept.
    private static void Restore(string path, DiskRecord record, long from, long to, long? size)
    {
        var bytes = new byte[to - from];
        var known = Math.Clamp(record.Old.Length - (from - record.Offset), 0, bytes.Length);
        record.Old.AsSpan((int)Math.Min(from - record.Offset, record.Old.Length), (int)known).CopyTo(bytes);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.Position = from;
        file.Write(bytes);
        if (size is { } length)
            file.SetLength(length);
    }
}
