SELECT date_name(date) AS date, user_id AS customer_id, money(sum(price * quantity)) AS total_spent
FROM events WHERE event_type = 'purchase' GROUP BY events.date, user_id ORDER BY events.date, user_id
