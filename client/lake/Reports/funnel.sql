-- Of the sessions that took the step before, how many did not take this one.
WITH counted AS (
    SELECT
        count(*) AS sessions, count(*) FILTER (viewed) AS viewed, count(*) FILTER (carted) AS carted, count(*) FILTER (purchased) AS purchased
    FROM funnels
),
rows AS (
    SELECT 1 AS place, 'sessions' AS step, sessions, NULL::BIGINT AS before FROM counted
    UNION ALL SELECT 2, 'view', viewed, sessions FROM counted
    UNION ALL SELECT 3, 'cart', carted, viewed FROM counted
    UNION ALL SELECT 4, 'purchase', purchased, carted FROM counted
)
SELECT step, sessions, before - sessions AS lost, share(before - sessions, before) AS drop_off FROM rows ORDER BY place
