using System.CommandLine;

namespace OrleansAnalytics.Cli;

/// <summary><c>download</c>: says where the full months of the sample shop are published; downloads nothing.</summary>
internal static class DownloadVerb
{
    // Rows of October and November as many have counted them, sizes as Kaggle shows them; the .csv.gz of the publisher are about a third of that.
    private const string Where =
        """
        The sample files are the beginning of months that REES46 Marketing Platform publishes in full. This program downloads nothing; fetch them yourself:

          REES46 Open CDP   https://rees46.com/en/open-cdp
          Kaggle            "eCommerce behavior data from multi category store", by Michael Kechinov
                            https://www.kaggle.com/datasets/mkechinov/ecommerce-behavior-data-from-multi-category-store

          file                rows          unpacked   columns
          2019-Oct.csv.gz     42,448,764    5.7 GB     event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
          2019-Nov.csv.gz     67,501,979    9.0 GB     the same; 2.9 GB packed
          2019-Dec.csv.gz to 2020-Apr.csv.gz           the same

          The publisher's files are https://data.rees46.com/datasets/marketplace/2019-Oct.csv.gz and so on; Kaggle has October and November in one archive, unpacked as .csv.

        Terms: free to use, as long as the source is mentioned: REES46 Marketing Platform, with a link to https://rees46.com. Read the publisher's page for what holds today.

        Then:
          orleans-analytics import 2019-Oct.csv.gz 2019-Nov.csv.gz
          orleans-analytics backfill          if live reports and journeys are to have these months too
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
