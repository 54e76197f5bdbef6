-- The steps are those of one category: a view of it, then a cart of it, then a purchase of it.
WITH counted AS (
    SELECT
        category_id, whole(sum(sessions)) AS sessions, whole(sum(sessions) FILTER (viewed)) AS view, whole(sum(sessions) FILTER (carted)) AS cart,
        whole(sum(sessions) FILTER (purchased)) AS purchase
    FROM category_funnel_counts GROUP BY category_id
)
SELECT
    row_number() OVER (ORDER BY sessions DESC, category_id) AS rank, category_id, sessions, view, cart, purchase, share(sessions - view, sessions) AS view_drop_off,
    share(view - cart, view) AS cart_drop_off, share(cart - purchase, cart) AS purchase_drop_off
FROM counted ORDER BY rank
