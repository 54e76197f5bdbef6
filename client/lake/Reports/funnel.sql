-- The share is that of all sessions; the drop-off is the share of the step before that did not take this one.
WITH counted AS (
    SELECT
        whole(sum(sessions)) AS sessions, whole(sum(sessions) FILTER (viewed)) AS viewed, whole(sum(sessions) FILTER (carted)) AS carted,
        whole(sum(sessions) FILTER (purchased)) AS purchased
    FROM funnel_counts
),
rows AS (
    SELECT 1 AS place, 'sessions' AS step, sessions AS reached, NULL::BIGINT AS before, sessions AS total FROM counted
    UNION ALL SELECT 2, 'view', viewed, sessions, sessions FROM counted
    UNION ALL SELECT 3, 'cart', carted, viewed, sessions FROM counted
    UNION ALL SELECT 4, 'purchase', purchased, carted, sessions FROM counted
)
SELECT step, reached AS sessions, share(reached, total) AS share, share(before - reached, before) AS drop_off FROM rows ORDER BY place
