-- The steps of some users, in the order of their journeys.
SELECT
    user_id, make_timestamp(epoch_us(event_time)) AS event_time, event_type, coalesce(product_id, url) AS subject, price::DECIMAL(18, 4) AS price,
    money(CASE WHEN event_type = 'purchase' THEN price * quantity END) AS revenue
FROM stored WHERE list_contains($users, user_id) ORDER BY user_id, stored.event_time, log_position, file_index, file_row_number
