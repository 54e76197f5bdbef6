SELECT
    any_value(weekday_name(date)) AS weekday, count(*) FILTER (event_type = 'view') AS views, count(*) FILTER (event_type = 'cart') AS carts,
    count(*) FILTER (event_type = 'purchase') AS purchases,
    share(count(*) FILTER (event_type = 'purchase'), count(*) FILTER (event_type = 'view')) AS conversion
FROM events WHERE event_type IN ('view', 'cart', 'purchase') GROUP BY isodow(date) ORDER BY isodow(date)
