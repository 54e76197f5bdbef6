SELECT
    hour_name(hour) AS hour, row_number() OVER (PARTITION BY events.hour ORDER BY count(*) DESC, category_id) AS rank, category_id, count(*) AS events,
    count(*) FILTER (event_type = 'view') AS views, count(*) FILTER (event_type = 'cart') AS carts,
    count(*) FILTER (event_type = 'remove_from_cart') AS removals, count(*) FILTER (event_type = 'purchase') AS purchases,
    money(sum(price * quantity) FILTER (event_type = 'purchase')) AS revenue
FROM events WHERE category_id IS NOT NULL GROUP BY events.hour, category_id ORDER BY events.hour, rank
