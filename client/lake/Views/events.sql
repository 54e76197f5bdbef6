-- The events as everyone asks for them: times as plain UTC timestamps, with date and hour. Through the microseconds, as a cast would ask the calendar of the time
-- zone for every row.
CREATE VIEW events AS
SELECT
    make_timestamp(epoch_us(event_time)) AS event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand,
    price::DECIMAL(18, 4) AS price, quantity, url, duration_ms, event_id, log_partition, log_position, date, hour
FROM stored;
