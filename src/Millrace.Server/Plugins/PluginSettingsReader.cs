using Millrace.Server.Configuration;

namespace Millrace.Server.Plugins;

/// <summary>Reads where plug-ins are.</summary>
internal sealed class PluginSettingsReader(SettingValues values)
{
    /// <summary>Their directory. The usual one need not exist, one that is named must.</summary>
    public string Directory(string dataDirectory)
    {
        if (values.Text(SettingNames.PluginsDirectory) is not { } directory)
            return Path.Combine(dataDirectory, "plugins");
        if (!System.IO.Directory.Exists(directory))
            values.Problem($"{SettingNames.PluginsDirectory} is '{directory}', which is not a directory. Create it, or remove the setting.");
        return directory;
    }
}
