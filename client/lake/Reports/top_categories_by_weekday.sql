WITH ranked AS (
    SELECT
        isodow(date) AS weekday_number, any_value(weekday_name(date)) AS weekday, category_id, whole(sum(events)) AS events,
        whole(sum(events) FILTER (event_type = 'view')) AS views, whole(sum(events) FILTER (event_type = 'cart')) AS carts,
        whole(sum(events) FILTER (event_type = 'remove_from_cart')) AS removals, whole(sum(events) FILTER (event_type = 'purchase')) AS purchases,
        money(sum(revenue)) AS revenue
    FROM counts(by_date := true, by_category := true, with_revenue := true) WHERE category_id IS NOT NULL GROUP BY isodow(date), category_id
)
SELECT
    weekday, row_number() OVER (PARTITION BY weekday_number ORDER BY events DESC, category_id) AS rank, category_id, events, views, carts, removals, purchases, revenue
FROM ranked ORDER BY weekday_number, rank
