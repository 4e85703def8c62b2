using FsCheck;
using FsCheck.Fluent;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Values;

public sealed class ValueTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Elements("", "a", "b", "a/b~", "\u00e9\ud83d\ude00", "\"\\\n\0"),
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get).Where(text => text.EnumerateRunes().All(rune => rune != System.Text.Rune.ReplacementChar)));

    private static readonly Gen<Value> Scalars = Gen.OneOf(
        Gen.Constant(Value.Null),
        ArbMap.Default.GeneratorFor<bool>().Select(Value.From),
        ArbMap.Default.GeneratorFor<long>().Select(Value.From),
        Gen.Choose(-2, 2).Select(i => Value.From((long)i)),
        Gen.Elements(long.MinValue, long.MaxValue, (1L << 53) + 1).Select(Value.From),
        ArbMap.Default.GeneratorFor<NormalFloat>().Select(number => Value.From(number.Get)),
        Gen.Choose(-2, 2).Select(i => Value.From((double)i)),
        Gen.Elements(0.0, -0.0, 0.1, 1e15, 1e16, 1e300, 5e-324, double.MaxValue, 9007199254740993.0, 9223372036854775808.0)
            .Select(Value.From),
        Texts.Select(text => Value.From(text)));

    private static readonly Gen<Value> Documents = Gen.Sized(size => Tree(Math.Min(size, 20)));

    [Fact]
    public void Json_that_is_written_reads_back_the_same_kinds_included() => Check(Documents, value =>
    {
        var back = ValueJson.Parse(value.ToUtf8());
        return back.Equals(value) && SameKinds(back, value);
    });

    [Fact]
    public void Equal_values_have_equal_hashes() => Check(Documents.Two(), pair =>
        !pair.Item1.Equals(pair.Item2) || pair.Item1.GetHashCode() == pair.Item2.GetHashCode());

    [Fact]
    public void Equality_is_reflexive_and_symmetric() => Check(Documents.Two(), pair =>
        pair.Item1.Equals(pair.Item1) && pair.Item1.Equals(pair.Item2) == pair.Item2.Equals(pair.Item1));

    [Fact]
    public void A_number_equals_itself_in_every_kind_and_hashes_alike() => Check(Gen.Choose(0, int.MaxValue), number =>
    {
        Value[] kinds = [number, Value.From((ulong)number), (double)number];
        return kinds.All(a => kinds.All(b => a == b && a.GetHashCode() == b.GetHashCode()));
    });

    [Fact]
    public void A_map_finds_what_it_holds_whatever_its_size() => Check(Gen.Choose(0, 40), count =>
    {
        var map = ArrayMap.Own([.. Enumerable.Range(0, count).Select(i => KeyValuePair.Create(i % 2 == 0 ? (Value)$"k{i}" : i, (Value)i))]);
        return Enumerable.Range(0, count).All(i => map.TryGet(i % 2 == 0 ? (Value)$"k{i}" : (double)i, out var found) && found == i)
            && !map.TryGet("k1", out _) && !map.TryGet(0.5, out _);
    });

    [Fact]
    public void Weight_follows_the_length_of_the_json() => Check(Documents, value =>
        value.Weight > 0 && value.Weight <= (value.ToUtf8().Length * 10) + 10);

    [Fact]
    public void Numbers_that_differ_only_beyond_a_doubles_precision_are_not_equal()
    {
        Assert.NotEqual(Value.From((1L << 53) + 1), Value.From((double)(1L << 53)));
        Assert.NotEqual(Value.From(long.MaxValue), Value.From(9223372036854775808.0));
        Assert.NotEqual(Value.From(ulong.MaxValue), Value.From(-1L));
        Assert.NotEqual(Value.From(double.NaN), Value.From(double.NaN));
    }

    [Fact]
    public void A_value_unfolding_without_end_has_the_greatest_weight_at_once()
    {
        Value value = "seed";
        for (var i = 0; i < 100; i++)
            value = Value.List(value, value, value, value);
        Assert.Equal(int.MaxValue, value.Weight);
    }

    [Theory]
    [InlineData("categoy", "category")]
    [InlineData("stauts", "status")]
    [InlineData("htp", "http")]
    [InlineData("Name", "name")]
    [InlineData("zzz", null)]
    [InlineData("a", null)]
    public void A_slip_of_the_keyboard_is_guessed(string name, string? expected) =>
        Assert.Equal(expected, ClosestName.Find(name, ["status", "category", "http", "name", "b"]));

    private static Gen<Value> Tree(int size) => size <= 1 ? Scalars : Gen.Frequency(
        (3, Scalars),
        (2, Tree(size / 3).ListOf().Select(items => (Value)ListValue.Create(items))),
        (2, Texts.Zip(Tree(size / 3)).ListOf().Select(entries => (Value)MapValue.Create(entries.Select(entry => KeyValuePair.Create(entry.Item1, entry.Item2))))));

    private static bool SameKinds(Value left, Value right) => left.Kind == right.Kind && left.Kind switch
    {
        ValueKind.List => left.AsList().Zip(right.AsList()).All(pair => SameKinds(pair.First, pair.Second)),
        ValueKind.Map =>
            left
                .AsMap().Entries
                .ToArray()
                .Zip(right.AsMap().Entries.ToArray())
                .All(pair => pair.First.Key == pair.Second.Key && SameKinds(pair.First.Value, pair.Second.Value)),
        ValueKind.Double => BitConverter.DoubleToInt64Bits(left.AsDouble()) == BitConverter.DoubleToInt64Bits(right.AsDouble()),
        _ => true,
    };

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true), Prop.ForAll(gen.ToArbitrary(), property));
}
