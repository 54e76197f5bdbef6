WITH placed AS (SELECT isodow(date) AS weekday_number, weekday_name(date) AS weekday, outcome FROM carts)
SELECT
    CASE WHEN grouping(weekday_number) = 1 THEN 'all' ELSE any_value(placed.weekday) END AS weekday, count(*) AS carts, count(*) FILTER (outcome = 'purchased') AS purchased,
    count(*) FILTER (outcome = 'removed') AS removed, count(*) FILTER (outcome = 'abandoned') AS abandoned,
    abandonment_rate(count(*) FILTER (outcome = 'abandoned'), count(*) FILTER (outcome = 'purchased')) AS rate
FROM placed GROUP BY GROUPING SETS ((weekday_number), ()) ORDER BY grouping(weekday_number), weekday_number
