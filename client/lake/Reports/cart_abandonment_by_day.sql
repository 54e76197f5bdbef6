SELECT
    date_name(date) AS date, count(*) AS carts, count(*) FILTER (outcome = 'purchased') AS purchased,
    count(*) FILTER (outcome = 'removed') AS removed, count(*) FILTER (outcome = 'abandoned') AS abandoned,
    abandonment_rate(count(*) FILTER (outcome = 'abandoned'), count(*) FILTER (outcome = 'purchased')) AS rate
FROM carts GROUP BY carts.date ORDER BY carts.date
