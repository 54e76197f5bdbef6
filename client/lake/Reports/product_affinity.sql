-- Pairs of products bought in one session, at least twice. Support: the share of sessions with a purchase that have both. Confidence: of the sessions with the
-- first, those with the second as well. Lift: confidence by the share of sessions with the second. Sessions with more than 100 products (resellers, tests) are
-- left out: their pairs would outnumber all others. The thousand pairs with the most sessions.
WITH baskets AS (
    SELECT user_id, user_session, session_number, list_sort(list_distinct(list(product_id))) AS products
    FROM session_actions WHERE event_type = 'purchase' AND product_id IS NOT NULL GROUP BY user_id, user_session, session_number
    HAVING count(DISTINCT product_id) <= 100
),
bought AS (SELECT row_number() OVER () AS basket, unnest(products) AS product_id FROM baskets),
single AS (SELECT product_id, count(*) AS sessions FROM bought GROUP BY product_id),
pairs AS (
    SELECT a.product_id AS product_id, b.product_id AS other_product_id, count(*) AS sessions
    FROM bought AS a JOIN bought AS b ON a.basket = b.basket AND a.product_id < b.product_id
    GROUP BY ALL HAVING count(*) >= 2
)
SELECT
    p.product_id, p.other_product_id, p.sessions, share(p.sessions, n.sessions) AS support, share(p.sessions, a.sessions) AS confidence,
    share(p.sessions, b.sessions) AS other_confidence, share(p.sessions::HUGEINT * n.sessions, a.sessions::HUGEINT * b.sessions) AS lift
FROM pairs AS p
JOIN single AS a ON a.product_id = p.product_id
JOIN single AS b ON b.product_id = p.other_product_id
CROSS JOIN (SELECT count(*) AS sessions FROM baskets) AS n
ORDER BY p.sessions DESC, lift DESC, p.product_id, p.other_product_id LIMIT 1000
