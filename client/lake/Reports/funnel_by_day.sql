-- A session counts on the day on which it began.
WITH counted AS (
    SELECT
        date, whole(sum(sessions)) AS sessions, whole(sum(sessions) FILTER (viewed)) AS view, whole(sum(sessions) FILTER (carted)) AS cart,
        whole(sum(sessions) FILTER (purchased)) AS purchase
    FROM funnel_counts GROUP BY date
)
SELECT
    date_name(date) AS date, sessions, view, cart, purchase, share(sessions - view, sessions) AS view_drop_off, share(view - cart, view) AS cart_drop_off,
    share(cart - purchase, cart) AS purchase_drop_off
FROM counted ORDER BY counted.date
