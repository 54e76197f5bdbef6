-- Tables in the place of views, for whoever asks many reports of one database: see ReportTables. A table has the columns and rows of its view, or finer ones that add up
-- to them; so a report's statement is the same in both cases.
CREATE OR REPLACE TABLE hour_count_rows AS FROM counts(by_date := true, by_hour := true, by_category := true, by_code := true, with_prices := true, with_revenue := true);
CREATE OR REPLACE MACRO counts(by_date := false, by_hour := false, by_category := false, by_code := false, with_prices := false, with_revenue := false) AS TABLE
FROM hour_count_rows;
CREATE OR REPLACE TABLE brand_count_rows AS FROM brand_counts;
CREATE OR REPLACE VIEW brand_counts AS FROM brand_count_rows;
