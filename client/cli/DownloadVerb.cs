using System.CommandLine;

namespace OrleansAnalytics.Cli;

/// <summary><c>download</c>: says where the full months of the sample shop are published; downloads nothing.</summary>
internal static class DownloadVerb
{
    // Sizes as Kaggle shows them for the months in its archive, unpacked; the .csv.gz of the publisher are about a third of that.
    private const string Where =
        """
        The sample files are the beginning of months that REES46 Marketing Platform publishes in full. This program downloads nothing; fetch them yourself:

          REES46 Open CDP   https://rees46.com/en/open-cdp
          Kaggle            "eCommerce behavior data from multi category store", by Michael Kechinov
                            https://www.kaggle.com/datasets/mkechinov/ecommerce-behavior-data-from-multi-category-store

          file            rows             unpacked   columns
          2019-Oct.csv    42.4 million     5.7 GB     event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
          2019-Nov.csv    67.5 million     9.0 GB     the same
          2019-Dec.csv.gz to 2020-Apr.csv.gz          the same; linked from the description on Kaggle

        Terms: free to use, as long as the source is mentioned: REES46 Marketing Platform, with a link to https://rees46.com. Read the publisher's page for what holds today.

        Then:
          orleans-analytics import 2019-Oct.csv 2019-Nov.csv
        """;

    public static Command Create()
    {
        var command = new Command(
            "download",
            """
            Say where the full months of the sample shop are published, how large they are and on which terms. Nothing is downloaded.

            Example:
              orleans-analytics download
            """);
        command.SetAction(_ =>
        {
            Console.Out.WriteLine(Where);
            return CommandLine.Success;
        });
        return command;
    }
}
