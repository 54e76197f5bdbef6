WITH named AS (
    SELECT split_part(category_code, '.', 2) AS sub_category, event_type, events FROM counts(by_code := true) WHERE category_code IS NOT NULL AND split_part(category_code, '.', 2) <> ''
),
counted AS (
    SELECT
        sub_category, whole(sum(events)) AS events, whole(sum(events) FILTER (event_type = 'view')) AS views, whole(sum(events) FILTER (event_type = 'cart')) AS carts,
        whole(sum(events) FILTER (event_type = 'remove_from_cart')) AS removals, whole(sum(events) FILTER (event_type = 'purchase')) AS purchases
    FROM named GROUP BY sub_category
)
SELECT
    row_number() OVER (ORDER BY views DESC, sub_category) AS rank, sub_category, events, views, carts, removals, purchases,
    share(views, events) AS view_share, share(carts, events) AS cart_share, share(removals, events) AS removal_share, share(purchases, events) AS purchase_share
FROM counted ORDER BY rank
