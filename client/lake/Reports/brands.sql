SELECT
    row_number() OVER (ORDER BY whole(sum(events) FILTER (event_type = 'view')) DESC, brand) AS rank, brand,
    whole(sum(events) FILTER (event_type = 'view')) AS views, whole(sum(events) FILTER (event_type = 'cart')) AS carts,
    whole(sum(events) FILTER (event_type = 'remove_from_cart')) AS removals, whole(sum(events) FILTER (event_type = 'purchase')) AS purchases,
    money(sum(revenue)) AS revenue,
    share(whole(sum(events) FILTER (event_type = 'purchase')), whole(sum(events) FILTER (event_type = 'view'))) AS conversion
FROM brand_counts WHERE brand IS NOT NULL GROUP BY brand ORDER BY rank
