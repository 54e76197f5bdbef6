SELECT date_name(date) AS date, user_id AS customer_id, money(sum(price * quantity)) AS total_spent
FROM actions WHERE event_type = 'purchase' GROUP BY actions.date, user_id ORDER BY actions.date, user_id
