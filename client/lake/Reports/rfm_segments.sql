-- Buyers by recency (days from the last purchase to the last day of the lake), frequency (days with purchases) and money spent, each in fifths, 5 the best.
-- Equal buyers are in the same fifth, so fifths need not be of one size.
WITH buyers AS (
    SELECT
        user_id, date_diff('day', max(date), (SELECT max(date) FROM counts(by_date := true))) AS days_ago, count(DISTINCT date) AS days, money(sum(price * quantity)) AS spent
    FROM actions WHERE event_type = 'purchase' GROUP BY user_id
),
scored AS (
    SELECT
        *, count(*) OVER () AS everyone,
        (5 * count(*) OVER (ORDER BY days_ago DESC) + everyone - 1) // everyone AS recency,
        (5 * count(*) OVER (ORDER BY days) + everyone - 1) // everyone AS frequency,
        (5 * count(*) OVER (ORDER BY spent) + everyone - 1) // everyone AS monetary
    FROM buyers
),
named AS (
    SELECT
        *,
        CASE
            WHEN recency >= 4 AND frequency >= 4 AND monetary >= 4 THEN 'champions'
            WHEN recency >= 3 AND frequency >= 4 THEN 'loyal'
            WHEN recency >= 4 AND monetary >= 4 THEN 'big spenders'
            WHEN recency >= 4 THEN 'recent'
            WHEN recency <= 2 AND (frequency >= 4 OR monetary >= 4) THEN 'at risk'
            WHEN recency <= 2 THEN 'lapsed'
            ELSE 'occasional'
        END AS segment
    FROM scored
)
SELECT
    segment, count(*) AS users, money(sum(spent)) AS revenue, mean(money(sum(spent)), count(*)) AS revenue_per_user,
    share(sum(days_ago), count(*)) AS days_ago, share(sum(days), count(*)) AS purchase_days
FROM named GROUP BY segment ORDER BY revenue DESC, segment
