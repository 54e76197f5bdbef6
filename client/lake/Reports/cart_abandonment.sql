SELECT
    CASE WHEN grouping(hour) = 1 THEN 'all' ELSE hour_name(hour) END AS hour, count(*) AS carts, count(*) FILTER (outcome = 'purchased') AS purchased,
    count(*) FILTER (outcome = 'removed') AS removed, count(*) FILTER (outcome = 'abandoned') AS abandoned,
    abandonment_rate(count(*) FILTER (outcome = 'abandoned'), count(*) FILTER (outcome = 'purchased')) AS rate
FROM carts GROUP BY GROUPING SETS ((carts.hour), ()) ORDER BY grouping(carts.hour), carts.hour
