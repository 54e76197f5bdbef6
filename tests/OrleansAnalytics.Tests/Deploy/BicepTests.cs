using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using OrleansAnalytics.Tests.House;
using Xunit;

namespace OrleansAnalytics.Tests.Deploy;

/// <summary>The templates for Azure through the compiler and its linter.</summary>
public sealed class BicepTests
{
    public static TheoryData<string> Templates => [.. Repository.Files(".bicep")];

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_template_compiles_without_a_warning(string file)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Skip("the compiler comes for Linux on x64");
            return;
        }

        var bicep = typeof(BicepTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "Bicep").Value!;
        File.SetUnixFileMode(bicep, File.GetUnixFileMode(bicep) | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo(bicep) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["build", Path.Combine(Repository.Root, file), "--stdout"])
        {
            start.ArgumentList.Add(argument);
        }

        using var compiler = Process.Start(start)!;
        var template = compiler.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await compiler.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await compiler.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", said);
        Assert.Equal(0, compiler.ExitCode);
        Assert.Contains("\"resources\"", await template, StringComparison.Ordinal);
    }
}
