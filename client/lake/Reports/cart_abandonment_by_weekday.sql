SELECT
    any_value(weekday_name(date)) AS weekday, count(*) AS carts, count(*) FILTER (outcome = 'purchased') AS purchased,
    count(*) FILTER (outcome = 'removed') AS removed, count(*) FILTER (outcome = 'abandoned') AS abandoned,
    abandonment_rate(count(*) FILTER (outcome = 'abandoned'), count(*) FILTER (outcome = 'purchased')) AS rate
FROM carts GROUP BY isodow(date) ORDER BY isodow(date)
