SELECT
    CASE WHEN grouping(date) = 1 THEN 'all' ELSE date_name(date) END AS date, count(*) AS carts, count(*) FILTER (outcome = 'purchased') AS purchased,
    count(*) FILTER (outcome = 'removed') AS removed, count(*) FILTER (outcome = 'abandoned') AS abandoned,
    abandonment_rate(count(*) FILTER (outcome = 'abandoned'), count(*) FILTER (outcome = 'purchased')) AS rate
FROM carts GROUP BY GROUPING SETS ((carts.date), ()) ORDER BY grouping(carts.date), carts.date
