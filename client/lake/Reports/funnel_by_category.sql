-- The steps are those of one category: a view of it, then a cart of it, then a purchase of it.
SELECT
    row_number() OVER (ORDER BY count(*) DESC, category_id) AS rank, category_id, count(*) AS sessions, count(*) FILTER (viewed) AS view, count(*) FILTER (carted) AS cart, count(*) FILTER (purchased) AS purchase,
    share(count(*) FILTER (NOT viewed), count(*)) AS view_drop_off, share(count(*) FILTER (viewed AND NOT carted), count(*) FILTER (viewed)) AS cart_drop_off,
    share(count(*) FILTER (carted AND NOT purchased), count(*) FILTER (carted)) AS purchase_drop_off
FROM category_funnels GROUP BY category_id ORDER BY rank
