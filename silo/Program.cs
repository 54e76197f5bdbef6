using OrleansAnalytics.Hosting;

return await SiloCommandLine.RunAsync(args);
