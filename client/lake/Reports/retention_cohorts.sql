-- Users by the week (from Monday) of their first event, and how many of them came back so many weeks later.
WITH weeks AS MATERIALIZED (SELECT DISTINCT user_id, date_trunc('week', date)::DATE AS week FROM user_days),
firsts AS (SELECT user_id, min(week) AS cohort FROM weeks GROUP BY user_id),
cohorts AS (SELECT cohort, week FROM weeks JOIN firsts USING (user_id)),
counted AS (SELECT cohort, date_diff('day', cohort, week) // 7 AS weeks_later, count(*) AS users FROM cohorts GROUP BY ALL)
SELECT
    date_name(cohort) AS cohort, weeks_later, users, first_value(users) OVER (PARTITION BY counted.cohort ORDER BY weeks_later) AS cohort_users,
    share(users, first_value(users) OVER (PARTITION BY counted.cohort ORDER BY weeks_later)) AS retention
FROM counted ORDER BY counted.cohort, weeks_later
