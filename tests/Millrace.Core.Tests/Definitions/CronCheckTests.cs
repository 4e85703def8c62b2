using Millrace.Core.Definitions.Validation;

namespace Millrace.Core.Tests.Definitions;

public sealed class CronCheckTests
{
    [Theory]
    [InlineData("0 3 * * *")]
    [InlineData("*/5 0-6,22-23 1,15 JAN-MAR mon-fri")]
    [InlineData("30 0 3 * * ?")]
    [InlineData("0 0 L * *")]
    [InlineData("0 0 L-3 * *")]
    [InlineData("0 0 15W * 5#2")]
    [InlineData("0 0 LW * 5L")]
    [InlineData("H H * * 7")]
    [InlineData("0 0 12 * * ? 2026")]
    [InlineData("0 0 12 ? * MON 2026-2030/2")]
    [InlineData("0 0 12 * * ? *")]
    [InlineData("@hourly")]
    public void A_cron_expression_is_accepted(string cron) => Assert.Null(CronCheck.Find(cron));

    [Theory]
    [InlineData("99 99 * * *", "'99' does not fit the minutes")]
    [InlineData("0 24 * * *", "'24' does not fit the hours")]
    [InlineData("0 0 0 * *", "'0' does not fit the days of the month")]
    [InlineData("0 0 * 13 *", "'13' does not fit the months")]
    [InlineData("0 0 * * 8", "'8' does not fit the days of the week")]
    [InlineData("0 0 * * MOON", "'MOON' does not fit the days of the week")]
    [InlineData("60 0 0 * * *", "'60' does not fit the seconds")]
    [InlineData("*/0 * * * *", "'*/0' does not fit the minutes")]
    [InlineData("1- * * * *", "'1-' does not fit the minutes")]
    [InlineData("L * * * *", "'L' does not fit the minutes")]
    [InlineData(", * * * *", "',' does not fit the minutes")]
    [InlineData("0 0 12 * * ? 26", "'26' does not fit the years")]
    [InlineData("0 0 12 * * ? * *", "A cron expression has 5 fields, or 6 with the seconds first, or 7 with the years last, not 8.")]
    [InlineData("* * * *", "A cron expression has 5 fields")]
    [InlineData("", "A cron expression has 5 fields")]
    [InlineData("@nightly", "'@nightly' is none of")]
    public void What_is_out_of_range_is_named(string cron, string sentence) =>
        Assert.StartsWith(sentence, CronCheck.Find(cron), StringComparison.Ordinal);
}
