using System.Globalization;
using System.Text;
using System.Xml;
using Millrace.Cli.Output;

namespace Millrace.Cli.Testing;

/// <summary>The report that build servers read: a suite for each file, a problem of a file being an error of it.</summary>
internal static class JUnitReport
{
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<TestedFile> files)
    {
        using var xml = XmlWriter.Create(
            path,
            new XmlWriterSettings
            {
                Indent = true,
                Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                CheckCharacters = false,
            });
        xml.WriteStartElement("testsuites");
        foreach (var (file, cases) in files)
        {
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", file.Path);
            xml.WriteAttributeString("tests", Number(cases.Count + file.Problems.Length));
            xml.WriteAttributeString("failures", Number(cases.Count(one => !one.Outcome.Passed)));
            xml.WriteAttributeString("errors", Number(file.Problems.Length));
            foreach (var (one, outcome) in cases)
                WriteCase(xml, file.Path, one.Name, "failure", outcome.Failures);
            foreach (var problem in file.Problems)
                WriteCase(xml, file.Path, problem.Code, "error", [ProblemLines.Format(file.Path, problem)]);
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static void WriteCase(XmlWriter xml, string file, string name, string element, IReadOnlyList<string> lines)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", file);
        xml.WriteAttributeString("name", Printable.Of(name));
        if (lines.Count > 0)
        {
            xml.WriteStartElement(element);
            xml.WriteAttributeString("message", Printable.Of(lines[0]));
            xml.WriteString(string.Join('\n', lines.Select(Printable.Of)));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
