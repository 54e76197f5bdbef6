using OrleansAnalytics.Hosting;

return await SiloCommandLine.Create().Parse(args).InvokeAsync();
