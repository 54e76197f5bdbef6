SELECT
    any_value(weekday_name(date)) AS weekday, whole(sum(events) FILTER (event_type = 'view')) AS views, whole(sum(events) FILTER (event_type = 'cart')) AS carts,
    whole(sum(events) FILTER (event_type = 'purchase')) AS purchases,
    share(whole(sum(events) FILTER (event_type = 'purchase')), whole(sum(events) FILTER (event_type = 'view'))) AS conversion
FROM counts(by_date := true) WHERE event_type IN ('view', 'cart', 'purchase') GROUP BY isodow(date) ORDER BY isodow(date)
