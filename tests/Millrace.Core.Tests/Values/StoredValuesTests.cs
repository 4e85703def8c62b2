using System.Text;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Values;

/// <summary>Values on their way into the store and back.</summary>
public sealed class StoredValuesTests
{
    private readonly KeptValues _kept = new();

    [Fact]
    public void A_small_value_is_stored_as_it_is()
    {
        var value = ValueJson.Parse("""{"a":[1,2.0,null,"ü"],"b":{"size":3}}""");

        Assert.Equal(value.ToJson(), Stored(value));
        Assert.Empty(_kept.Contents);
    }

    [Theory]
    [InlineData(StoredValues.LargestInline - 2, 0)]
    [InlineData(StoredValues.LargestInline - 1, 1)]
    public void A_value_of_more_than_the_limit_becomes_a_reference(int length, int references)
    {
        Value text = new string('x', length);

        var stored = Stored(text);

        Assert.Equal(references, _kept.Contents.Count);
        if (references > 0)
            Assert.Equal($$"""{"$blob":"1","size":{{length + 2}}}""", stored);
        Assert.Equal(text, Read(stored));
    }

    [Theory]
    [InlineData('\u0001')]
    [InlineData('ü')]
    [InlineData('"')]
    public void What_counts_is_the_bytes_of_the_json(char character)
    {
        Value text = new string(character, (StoredValues.LargestInline / 2) + 1);

        Assert.StartsWith("""{"$blob":""", Stored(text));
    }

    [Fact]
    public void Many_small_values_are_large_together()
    {
        Value list = ListValue.Create(Enumerable.Range(0, 100_000).Select(number => (Value)(long)number));

        var stored = Stored(MapValue.Of(("list", list), ("count", 100_000)));

        Assert.Equal($$"""{"list":{"$blob":"1","size":{{list.ToUtf8().Length}}},"count":100000}""", stored);
        Assert.Equal(list, Read(stored)["list"]);
    }

    [Fact]
    public void Only_the_large_part_is_replaced()
    {
        Value value = MapValue.Of(("status", 200), ("body", Large('x')));

        var stored = Stored(value);

        Assert.StartsWith("""{"status":200,"body":{"$blob":"1",""", stored);
        Assert.Equal(value, Read(stored));
    }

    [Fact]
    public void A_part_that_occurs_again_is_stored_once_and_read_once()
    {
        var text = Large('x');
        var stored = Stored(MapValue.Of(("a", text), ("b", Value.List(text, MapValue.Of("c", text)))));
        Stored(MapValue.Of("d", text));

        Assert.Single(_kept.Contents);
        var read = Read(stored);
        Assert.Equal(1, _kept.Fetches);
        Assert.Same(read["a"].AsString(), read["b"].AsList()[0].AsString());
    }

    [Fact]
    public void What_is_left_around_large_parts_may_be_large_itself()
    {
        Value value = ListValue.Create(
            Enumerable.Range(0, 10_000).Select(number => (Value)$"number {number} of many items of text").Append(Large('x')));

        var stored = Stored(value);

        Assert.StartsWith("""{"$blob":"2",""", stored);
        Assert.Equal(value, Read(stored));
    }

    [Theory]
    [InlineData("""{"$blob":"1","size":5}""")]
    [InlineData("""{"$$blob":"1"}""")]
    [InlineData("""[{"a":{"$blob":null,"$$blob":1,"$$$blob":2}}]""")]
    [InlineData("""{"$":1,"$blobs":2,"blob":3,"x$blob":4,"$ blob":5}""")]
    public void Data_that_looks_like_a_reference_comes_back_as_it_was(string json)
    {
        var value = ValueJson.Parse(json);
        Value besides = MapValue.Of(("large", Large('x')), ("small", value));

        Assert.Equal(value, Read(Stored(value)));
        Assert.Equal(value, StoredValues.Inline.Read(StoredValues.Inline.ToUtf8(value)));
        Assert.Equal(besides, Read(Stored(besides)));
        Assert.Single(_kept.Contents);
    }

    [Fact]
    public void A_reference_to_nothing_says_what_is_missing()
    {
        var problem = Assert.Throws<InvalidDataException>(() => Read("""{"$blob":"7","size":300000}"""));
        Assert.Contains("7", problem.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => StoredValues.Inline.Read("""{"$blob":"7","size":300000}"""u8));
    }

    [Fact]
    public void What_is_written_around_known_parts_keeps_nothing_more()
    {
        Value written = MapValue.Of("text", Large('x'));
        Value read = Read(Stored(MapValue.Of("other", Large('y'))));
        var stored = Stored(written);
        Value around = MapValue.Of(("written", written), ("read", read), ("new", Large('z')));

        var utf8 = _kept.ToUtf8AroundKnown(around);

        Assert.Equal(2, _kept.Contents.Count);
        Assert.StartsWith($$"""{"written":{{stored}},"read":{"other":{"$blob":"1",""", Encoding.UTF8.GetString(utf8));
        Assert.InRange(utf8.Length, StoredValues.LargestInline, StoredValues.LargestInline + 300);
        Assert.Equal(around, _kept.Read(utf8));
    }

    [Fact]
    public void A_large_value_that_is_not_kept_stays_where_it_is()
    {
        Value value = MapValue.Of("body", Large('x'));

        Assert.Equal(value.ToJson(), Encoding.UTF8.GetString(StoredValues.Inline.ToUtf8(value)));
    }

    private static Value Large(char character) => new string(character, StoredValues.LargestInline);

    private string Stored(Value value) => Encoding.UTF8.GetString(_kept.ToUtf8(value));

    private Value Read(string stored) => _kept.Read(Encoding.UTF8.GetBytes(stored));

    private sealed class KeptValues : StoredValues
    {
        public Dictionary<string, byte[]> Contents { get; } = [];

        public int Fetches { get; private set; }

        protected override string? Keep(ReadOnlySpan<byte> utf8)
        {
            var id = (Contents.Count + 1).ToString();
            Contents.Add(id, utf8.ToArray());
            return id;
        }

        protected override ReadOnlyMemory<byte> Fetch(string id)
        {
            Fetches++;
            return Contents.TryGetValue(id, out var content) ? content : throw new InvalidDataException($"There is no {id}.");
        }
    }
}
