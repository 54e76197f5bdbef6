-- Users by the week (from Monday) of their first event, and how many of them came back so many weeks later.
WITH weeks AS (SELECT DISTINCT user_id, date_trunc('week', date)::DATE AS week FROM user_days),
cohorts AS (SELECT user_id, week, min(week) OVER (PARTITION BY user_id) AS cohort FROM weeks),
counted AS (SELECT cohort, date_diff('day', cohort, week) // 7 AS weeks_later, count(*) AS users FROM cohorts GROUP BY ALL)
SELECT
    date_name(cohort) AS cohort, weeks_later, users, first_value(users) OVER (PARTITION BY counted.cohort ORDER BY weeks_later) AS cohort_users,
    share(users, first_value(users) OVER (PARTITION BY counted.cohort ORDER BY weeks_later)) AS retention
FROM counted ORDER BY counted.cohort, weeks_later
