SELECT
    row_number() OVER (ORDER BY count(*) FILTER (event_type = 'view') DESC, brand) AS rank, brand,
    count(*) FILTER (event_type = 'view') AS views, count(*) FILTER (event_type = 'cart') AS carts,
    count(*) FILTER (event_type = 'remove_from_cart') AS removals, count(*) FILTER (event_type = 'purchase') AS purchases,
    money(sum(price * quantity) FILTER (event_type = 'purchase')) AS revenue,
    share(count(*) FILTER (event_type = 'purchase'), count(*) FILTER (event_type = 'view')) AS conversion
FROM events WHERE brand IS NOT NULL GROUP BY brand ORDER BY rank
