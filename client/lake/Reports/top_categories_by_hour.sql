SELECT
    hour_name(hour) AS hour, row_number() OVER (PARTITION BY counted.hour ORDER BY whole(sum(events)) DESC, category_id) AS rank, category_id, whole(sum(events)) AS events,
    whole(sum(events) FILTER (event_type = 'view')) AS views, whole(sum(events) FILTER (event_type = 'cart')) AS carts,
    whole(sum(events) FILTER (event_type = 'remove_from_cart')) AS removals, whole(sum(events) FILTER (event_type = 'purchase')) AS purchases,
    money(sum(revenue)) AS revenue
FROM counts(by_hour := true, by_category := true, with_revenue := true) AS counted
WHERE category_id IS NOT NULL GROUP BY counted.hour, category_id ORDER BY counted.hour, rank
