-- Comparisons, as the reader of files passes rows by for them, and not for a list.
CREATE VIEW actions AS
SELECT
    make_timestamp(epoch_us(event_time)) AS event_time, event_type, user_id, user_session, product_id, category_id, price::DECIMAL(18, 4) AS price, quantity, date, hour,
    log_position, file_index, file_row_number
FROM stored WHERE event_type <> 'view' AND event_type <> 'page';
