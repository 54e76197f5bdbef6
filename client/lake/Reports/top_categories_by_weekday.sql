WITH ranked AS (
    SELECT
        isodow(date) AS weekday_number, any_value(weekday_name(date)) AS weekday, category_id, count(*) AS events,
        count(*) FILTER (event_type = 'view') AS views, count(*) FILTER (event_type = 'cart') AS carts,
        count(*) FILTER (event_type = 'remove_from_cart') AS removals, count(*) FILTER (event_type = 'purchase') AS purchases,
        money(sum(price * quantity) FILTER (event_type = 'purchase')) AS revenue
    FROM events WHERE category_id IS NOT NULL GROUP BY isodow(date), category_id
)
SELECT
    weekday, row_number() OVER (PARTITION BY weekday_number ORDER BY events DESC, category_id) AS rank, category_id, events, views, carts, removals, purchases, revenue
FROM ranked ORDER BY weekday_number, rank
