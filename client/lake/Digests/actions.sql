-- Carts, removals and purchases, with their order in the lake. Comparisons, as the reader of files passes rows by for them, and not for a list.
SELECT
    event_time, event_type, user_id, user_session, product_id, category_id, price, quantity, date, hour, log_position, file_index, file_row_number
FROM undigested WHERE event_type <> 'view' AND event_type <> 'page'
