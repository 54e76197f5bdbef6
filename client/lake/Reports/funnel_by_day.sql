-- A session counts on the day on which it began.
SELECT
    date_name(started::DATE) AS date, count(*) AS sessions, count(*) FILTER (viewed) AS view, count(*) FILTER (carted) AS cart, count(*) FILTER (purchased) AS purchase,
    share(count(*) FILTER (NOT viewed), count(*)) AS view_drop_off, share(count(*) FILTER (viewed AND NOT carted), count(*) FILTER (viewed)) AS cart_drop_off,
    share(count(*) FILTER (carted AND NOT purchased), count(*) FILTER (carted)) AS purchase_drop_off
FROM funnels GROUP BY started::DATE ORDER BY started::DATE
