SELECT date_name(date) AS date, count(*) AS visitors FROM user_days GROUP BY user_days.date ORDER BY user_days.date
