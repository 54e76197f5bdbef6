-- The steps are those of one category: a view of it, then a cart of it, then a purchase of it.
SELECT
    row_number() OVER (ORDER BY count(*) DESC, category_id) AS rank, category_id, count(*) AS sessions,
    count(*) FILTER (viewed) AS viewed, count(*) FILTER (carted) AS carted, count(*) FILTER (purchased) AS purchased,
    share(count(*) FILTER (viewed AND NOT carted), count(*) FILTER (viewed)) AS cart_drop_off,
    share(count(*) FILTER (carted AND NOT purchased), count(*) FILTER (carted)) AS purchase_drop_off
FROM category_funnels GROUP BY category_id ORDER BY rank
